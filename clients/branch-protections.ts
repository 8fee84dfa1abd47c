/** Classic branch protection, which GitHub shows whole over GraphQL alone. */
import { z } from "zod";
import type { ProtectionFacts } from "../core/adopt";
import { PlatformError } from "../core/errors";
import type { GitHubCalls } from "./github-calls";

export interface ProtectionsQuestion {
  readonly calls: GitHubCalls;
  /** Base URL of the REST API. */
  readonly githubUrl: string;
  readonly owner: string;
  readonly name: string;
}

const actors = [
  "bypassForcePushAllowances",
  "bypassPullRequestAllowances",
  "pushAllowances",
  "reviewDismissalAllowances",
];
const query = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    branchProtectionRules(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        pattern requiresApprovingReviews requiredApprovingReviewCount requiresCodeOwnerReviews
        dismissesStaleReviews requireLastPushApproval requiresStatusChecks requiredStatusCheckContexts
        requiresStrictStatusChecks isAdminEnforced requiresLinearHistory requiresCommitSignatures
        requiresConversationResolution allowsForcePushes allowsDeletions lockBranch blocksCreations
        restrictsPushes restrictsReviewDismissals
        ${actors.map((name) => `${name} { totalCount }`).join(" ")}
      }
    }
  }
}`;

const count = z.looseObject({ totalCount: z.int() });
const ruleSchema = z
  .looseObject({
    pattern: z.string(),
    requiresApprovingReviews: z.boolean(),
    requiredApprovingReviewCount: z.int().nullable(),
    requiresCodeOwnerReviews: z.boolean(),
    dismissesStaleReviews: z.boolean(),
    requireLastPushApproval: z.boolean(),
    requiresStatusChecks: z.boolean(),
    requiredStatusCheckContexts: z.array(z.string()).nullable(),
    requiresStrictStatusChecks: z.boolean(),
    isAdminEnforced: z.boolean(),
    requiresLinearHistory: z.boolean(),
    requiresCommitSignatures: z.boolean(),
    requiresConversationResolution: z.boolean(),
    allowsForcePushes: z.boolean(),
    allowsDeletions: z.boolean(),
    lockBranch: z.boolean(),
    blocksCreations: z.boolean(),
    restrictsPushes: z.boolean(),
    restrictsReviewDismissals: z.boolean(),
    bypassForcePushAllowances: count,
    bypassPullRequestAllowances: count,
    pushAllowances: count,
    reviewDismissalAllowances: count,
  })
  .transform((rule): ProtectionFacts => ({
    pattern: rule.pattern,
    requiredReviews: rule.requiresApprovingReviews ? (rule.requiredApprovingReviewCount ?? 0) : undefined,
    codeOwners: rule.requiresCodeOwnerReviews,
    dismissStale: rule.dismissesStaleReviews,
    lastPushApproval: rule.requireLastPushApproval,
    checks: rule.requiresStatusChecks ? (rule.requiredStatusCheckContexts ?? []) : undefined,
    upToDate: rule.requiresStrictStatusChecks,
    admins: rule.isAdminEnforced,
    linearHistory: rule.requiresLinearHistory,
    signatures: rule.requiresCommitSignatures,
    conversations: rule.requiresConversationResolution,
    forcePushes: rule.allowsForcePushes,
    deletions: rule.allowsDeletions,
    locked: rule.lockBranch,
    actors: [
      ...(rule.restrictsPushes || rule.blocksCreations ? ["who may push"] : []),
      ...(rule.restrictsReviewDismissals ? ["who may dismiss reviews"] : []),
      ...(rule.bypassForcePushAllowances.totalCount > 0 ? ["who may force a push"] : []),
      ...(rule.bypassPullRequestAllowances.totalCount > 0 ? ["who may pass pull requests by"] : []),
    ],
  }));
const answerSchema = z.looseObject({
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
  data: z
    .looseObject({
      repository: z
        .looseObject({
          branchProtectionRules: z.looseObject({
            nodes: z.array(ruleSchema),
            pageInfo: z.looseObject({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
          }),
        })
        .nullish(),
    })
    .nullish(),
});

/** All rules of a repository. @throws PlatformError `github-refused`, and those of GitHubCalls */
export async function readProtections(question: ProtectionsQuestion): Promise<readonly ProtectionFacts[]> {
  const { calls, githubUrl, owner, name } = question;
  // Beside the REST API's version: https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
  const path = /\/api\/v3\/?$/.test(githubUrl) ? "../graphql" : "graphql";
  const rules: ProtectionFacts[] = [];
  for (let after: string | undefined, more = true; more;) {
    const body = { query, variables: { owner, name, ...(after === undefined ? {} : { after }) } };
    const { data, errors = [] } = await calls.write("POST", path, body, answerSchema);
    const found = data?.repository?.branchProtectionRules;
    if (found === undefined || errors.length > 0) throw refused(owner, name, errors);
    rules.push(...found.nodes);
    more = found.pageInfo.hasNextPage;
    after = found.pageInfo.endCursor ?? undefined;
  }
  return rules;
}

function refused(
  owner: string,
  name: string,
  errors: readonly { readonly message: string }[],
): PlatformError {
  return new PlatformError({
    code: "github-refused",
    where: `${owner}/${name}`,
    problem: `GitHub's GraphQL API doesn't show its branch protection: ${errors.map(({ message }) => message).join("; ") || "no such repository"}`,
    fix: "check that the token may administer the repository",
  });
}
