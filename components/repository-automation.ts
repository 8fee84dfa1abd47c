import * as pulumi from "@pulumi/pulumi";
import type { Environment, SourceRepositoryPlan } from "../core/fleet";
import { renderWorkflow, requiredChecks, retentionEnvironments, type Workflow } from "../core/workflow";
import { BranchRules } from "./branch-rules";
import type { RepositoryReference } from "./source-repository";
import { DeploymentEnvironments } from "./deployment-environments";
import { OwnBranchRules } from "./own-branch-rules";
import { WorkflowFiles, type RenderedFile } from "./workflow-files";

export interface RepositoryAutomationArgs {
  /** The workflows are committed to its default branch. */
  readonly repository: RepositoryReference;
  /**
   * What it is declared to be: its default branch's rules, besides the workflows' own checks, and who approves
   * retention, and what its rendered files may overwrite. Changed in place; without approvers their environment goes.
   */
  readonly plan: Pick<SourceRepositoryPlan, "rules" | "ownRules" | "retentionApprovers" | "overwriteFiles">;
  /**
   * One that is left out is deleted from the branch, and its check is no longer required; a file that a person changed
   * stays.
   */
  readonly workflows: readonly Workflow[];
  /** Rendered files beside the workflows. @default none. One that is left out is deleted like a workflow. */
  readonly files?: readonly RenderedFile[];
  /** In which its own workflows run, besides those of services. One that is left out is deleted with its secrets. */
  readonly environments?: readonly Environment[];
  /** Environments and secrets of every service in the repository: the workflows name them, so they come first. */
  readonly after: readonly pulumi.Resource[];
  /** Names of environments that the workflows name and that another stack declares. @default none */
  readonly environmentsElsewhere?: readonly string[];
}

/** Once this exists, the repository holds its rendered workflows and other files, and its rules require their gate jobs. */
export class RepositoryAutomation extends pulumi.ComponentResource {
  readonly files: WorkflowFiles;
  /** The platform's; undefined where the repository has rules of its own. */
  readonly rules: BranchRules | undefined;

  constructor(name: string, args: RepositoryAutomationArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environmentsElsewhere: names = [] } = args;
    const elsewhere = names.length === 0 ? {} : { environmentsElsewhere: names };
    super("ghcr-platform:index:RepositoryAutomation", name, elsewhere, opts);
    const environments = [...retentionEnvironments(args.plan), ...(args.environments ?? [])];
    const named =
      environments.length === 0
        ? []
        : [
            new DeploymentEnvironments(
              `${name}-environments`,
              { repository: args.repository.repositoryName, environments },
              { parent: this },
            ),
          ];
    this.files = new WorkflowFiles(
      `${name}-files`,
      {
        repository: args.repository.fullName,
        branch: args.repository.defaultBranch,
        overwrite: args.plan.overwriteFiles,
        files: [
          ...args.workflows.map((workflow) => ({
            path: `.github/workflows/${workflow.file}`,
            content: renderWorkflow(workflow),
          })),
          ...(args.files ?? []),
        ],
      },
      { parent: this, dependsOn: [...args.after, ...named] },
    );
    const { rules, ownRules } = args.plan;
    const last = { parent: this, dependsOn: [this.files] };
    const { repository } = args;
    const checks = requiredChecks(args.workflows);
    this.rules =
      ownRules === undefined
        ? new BranchRules(`${name}-rules`, { repository: repository.repositoryName, rules, checks }, last)
        : undefined;
    if (ownRules !== undefined) new OwnBranchRules(`${name}-rules`, { repository, rules: ownRules }, last);
    this.registerOutputs({
      files: this.files.paths,
      ...(this.rules === undefined ? {} : { rulesets: this.rules.rulesetIds }),
      // What is judged at an update's end is judged by a component's outputs.
      ...elsewhere,
    });
  }
}
