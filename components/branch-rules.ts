import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { platformRulesets, type Ruleset, type SourceRepositoryPlan } from "../core/fleet";
import { githubActionsAppId, type Check } from "../core/workflow";
import { rulesetArgs } from "./rulesets";

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
    // Bound to GitHub Actions, so that no other app can report a check.
    const checks = args.checks.map(({ name: check }) => ({ name: check, app: githubActionsAppId }));
    const { defaultBranch, releaseTags } = platformRulesets(args.rules, checks);
    const ruleset = (role: string, rules: Ruleset) =>
      new github.RepositoryRuleset(`${name}-${role}`, rulesetArgs(args.repository, rules), { parent: this });
    const branch = ruleset("default-branch", defaultBranch);
    const tags = ruleset("release-tags", releaseTags);
    this.rulesetIds = pulumi.all([branch.id, tags.id]);
    this.registerOutputs({ rulesetIds: this.rulesetIds });
  }
}
