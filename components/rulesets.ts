/** Rules of a repository, from plain data to what the GitHub provider takes. */
import type * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { Protection, Ruleset } from "../core/fleet";

/** The provider's name of each thing that a ruleset forbids. */
const forbidden = {
  creation: "creation",
  update: "update",
  deletion: "deletion",
  "force-push": "nonFastForward",
  "merge-commits": "requiredLinearHistory",
  "unsigned-commits": "requiredSignatures",
} as const;

export function rulesetArgs(
  repository: pulumi.Input<string>,
  { name, target, enforcement, include, exclude, bypass, forbids, pullRequest, checks }: Ruleset,
): github.RepositoryRulesetArgs {
  return {
    ...{ repository, name, target, enforcement },
    bypassActors: bypass.map(({ type, id, mode }) => ({ actorType: type, actorId: id, bypassMode: mode })),
    conditions: { refName: { includes: [...include], excludes: [...exclude] } },
    rules: {
      ...Object.fromEntries(forbids.map((each) => [forbidden[each], true])),
      ...(pullRequest === undefined
        ? {}
        : {
            pullRequest: {
              requiredApprovingReviewCount: pullRequest.requiredReviews,
              requireCodeOwnerReview: pullRequest.codeOwners,
              dismissStaleReviewsOnPush: pullRequest.dismissStale,
              requireLastPushApproval: pullRequest.lastPushApproval,
              ...(pullRequest.conversations ? { requiredReviewThreadResolution: true } : {}),
            },
          }),
      ...(checks === undefined
        ? {}
        : {
            requiredStatusChecks: {
              strictRequiredStatusChecksPolicy: checks.upToDate,
              requiredChecks: checks.required.map(({ name: context, app }) => ({
                context,
                ...(app === undefined ? {} : { integrationId: app }),
              })),
            },
          }),
    },
  };
}

export function protectionArgs(
  repositoryId: pulumi.Input<string>,
  { pattern, reviews, checks, ...rule }: Protection,
): github.BranchProtectionArgs {
  return {
    ...{ repositoryId, pattern },
    enforceAdmins: rule.admins,
    requiredLinearHistory: rule.linearHistory,
    requireSignedCommits: rule.signatures,
    requireConversationResolution: rule.conversations,
    allowsForcePushes: rule.forcePushes,
    allowsDeletions: rule.deletions,
    lockBranch: rule.locked,
    ...(reviews === undefined
      ? {}
      : {
          requiredPullRequestReviews: [
            {
              requiredApprovingReviewCount: reviews.required,
              requireCodeOwnerReviews: reviews.codeOwners,
              dismissStaleReviews: reviews.dismissStale,
              requireLastPushApproval: reviews.lastPushApproval,
            },
          ],
        }),
    ...(checks === undefined
      ? {}
      : { requiredStatusChecks: [{ strict: checks.upToDate, contexts: [...checks.required] }] }),
  };
}
