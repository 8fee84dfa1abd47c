import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { OwnRules } from "../core/fleet";
import { protectionArgs, rulesetArgs } from "./rulesets";
import type { RepositoryReference } from "./source-repository";

export interface OwnBranchRulesArgs {
  /** Another repository gets the rules, and the former one is left without. */
  readonly repository: RepositoryReference;
  /** One that is left out is deleted on GitHub. Changed in place, but for a name or a pattern: that is another one. */
  readonly rules: OwnRules;
}

/** Once this exists, the repository has the rules that it brought along, in the place of the platform's. */
export class OwnBranchRules extends pulumi.ComponentResource {
  constructor(name: string, args: OwnBranchRulesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:OwnBranchRules", name, { rules: args.rules }, opts);
    const { repositoryName, nodeId } = args.repository;
    for (const ruleset of args.rules.rulesets) {
      new github.RepositoryRuleset(`${name}-ruleset-${ruleset.name}`, rulesetArgs(repositoryName, ruleset), {
        parent: this,
      });
    }
    for (const protection of args.rules.protections) {
      new github.BranchProtection(
        `${name}-protection-${protection.pattern}`,
        protectionArgs(nodeId, protection),
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
