import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { SourceRepositoryPlan } from "../core/fleet";
import { githubActionsAppId, type Check } from "../core/workflow";

export interface BranchRulesArgs {
  /** Name of the repository. Another repository gets the rules, and the former one is left without. */
  readonly repository: pulumi.Input<string>;
  /** What the default branch asks of a change, and who may pass it by. Changed in place. */
  readonly rules: SourceRepositoryPlan["rules"];
  /**
   * The gate jobs that must have passed; each is made by the workflow that reports it, so none can dangle. None:
   * no check is required.
   */
  readonly checks: readonly Check[];
}

/**
 * Once this exists, the default branch changes only by reviewed pull requests whose checks passed, and release
 * tags (`v*`) neither move nor go. Declared last: from here on, direct commits need the bypass.
 */
export class BranchRules extends pulumi.ComponentResource {
  /** Ids of the rulesets on GitHub: the default branch's, the release tags'. */
  readonly rulesetIds: pulumi.Output<string[]>;

  constructor(name: string, args: BranchRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:BranchRules", name, args, opts);
    const bypassActors = args.rules.bypass.map(({ type, id }) => ({
      actorType: type,
      actorId: id,
      bypassMode: "always",
    }));
    const branch = new github.RepositoryRuleset(
      `${name}-default-branch`,
      {
        repository: args.repository,
        name: "default branch",
        target: "branch",
        enforcement: "active",
        bypassActors,
        conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
        rules: defaultBranchRules(args),
      },
      { parent: this },
    );
    const tags = new github.RepositoryRuleset(
      `${name}-release-tags`,
      {
        repository: args.repository,
        name: "release tags",
        target: "tag",
        enforcement: "active",
        bypassActors,
        conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
        rules: { deletion: true, nonFastForward: true, update: true },
      },
      { parent: this },
    );
    this.rulesetIds = pulumi.all([branch.id, tags.id]);
    this.registerOutputs({ rulesetIds: this.rulesetIds });
  }
}

function defaultBranchRules({ rules, checks }: BranchRulesArgs) {
  return {
    deletion: true,
    nonFastForward: true,
    requiredLinearHistory: true,
    pullRequest: {
      requiredApprovingReviewCount: rules.requiredReviews,
      requireCodeOwnerReview: rules.codeOwners,
      dismissStaleReviewsOnPush: true,
      requireLastPushApproval: rules.requiredReviews > 0,
    },
    ...(checks.length === 0
      ? {}
      : {
          requiredStatusChecks: {
            strictRequiredStatusChecksPolicy: rules.upToDate,
            requiredChecks: checks.map((check) => ({
              context: check.name,
              // Bound to GitHub Actions, so that no other app can report the check.
              integrationId: githubActionsAppId,
            })),
          },
        }),
  };
}
