import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { SourceRepositoryPlan } from "../core/fleet";

/** A repository that services are built from, whichever stack declares it. */
export interface RepositoryReference {
  readonly repositoryName: pulumi.Output<string>;
  /** `<owner>/<name>` */
  readonly fullName: pulumi.Output<string>;
  readonly defaultBranch: pulumi.Output<string>;
  /** Address of its page. */
  readonly url: pulumi.Output<string>;
  /** GitHub's global id, which its GraphQL API takes. */
  readonly nodeId: pulumi.Output<string>;
}

/**
 * The platform's repository as a stack sees it that declares only a group of services: it is there already, and its
 * settings, files and rules are the default stack's.
 */
export function repositoryElsewhere(
  owner: string,
  name: string,
  opts: pulumi.InvokeOutputOptions,
): RepositoryReference {
  const found = github.getRepositoryOutput({ fullName: `${owner}/${name}` }, opts);
  return {
    repositoryName: found.name,
    fullName: found.fullName,
    defaultBranch: found.defaultBranch,
    url: found.htmlUrl,
    nodeId: found.nodeId,
  };
}

export interface SourceRepositoryArgs {
  /**
   * What the repository is declared to be. Nothing in it deletes the repository. Another `name` renames one that
   * this program created; one that was taken over is renamed on GitHub first. Another `defaultBranch` renames the
   * branch of one that was created, and of one that was taken over makes that branch the default, which must exist.
   */
  readonly repository: SourceRepositoryPlan;
}

/**
 * Once this exists, so does the repository on GitHub, with its default branch and with Actions that run pinned
 * actions only and hand out read-only tokens. Removing it from the program forgets it; it never deletes it.
 */
export class SourceRepository extends pulumi.ComponentResource implements RepositoryReference {
  /** The repository's name, known once it exists. */
  readonly repositoryName: pulumi.Output<string>;
  /** `<owner>/<name>`, known once it exists. */
  readonly fullName: pulumi.Output<string>;
  /** The default branch's name, known once it exists. */
  readonly defaultBranch: pulumi.Output<string>;
  /** Address of its page; the images' `org.opencontainers.image.source`. */
  readonly url: pulumi.Output<string>;
  readonly nodeId: pulumi.Output<string>;

  constructor(name: string, args: SourceRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:SourceRepository", name, args, opts);
    const plan = args.repository;
    const child = { parent: this };

    const repository = new github.Repository(`${name}-repository`, repositoryArgs(plan), {
      ...child,
      // Never deleted by a destroy or by leaving the program: an image's source must outlive its declaration.
      retainOnDelete: true,
      ignoreChanges: undeclared(plan),
      ...(plan.existing ? { import: plan.name } : {}),
    });
    const branch = new github.BranchDefault(
      `${name}-default-branch`,
      {
        repository: repository.name,
        branch: plan.defaultBranch,
        rename: !plan.existing,
        waitForRename: true,
      },
      { ...child, retainOnDelete: true },
    );
    if (plan.actions !== "kept") {
      const { pinned, token, approvePullRequests } = plan.actions;
      new github.ActionsRepositoryPermissions(
        `${name}-actions`,
        { repository: repository.name, enabled: true, allowedActions: "all", shaPinningRequired: pinned },
        child,
      );
      new github.WorkflowRepositoryPermissions(
        `${name}-workflow-token`,
        {
          repository: repository.name,
          defaultWorkflowPermissions: token,
          canApprovePullRequestReviews: approvePullRequests,
        },
        child,
      );
    }

    // Through the branch: environments and secrets come after it, as files and rules do.
    this.repositoryName = pulumi.all([repository.name, branch.id]).apply(([itsName]) => itsName);
    this.fullName = pulumi.all([repository.fullName, branch.id]).apply(([itsName]) => itsName);
    this.defaultBranch = branch.branch;
    this.url = repository.htmlUrl;
    this.nodeId = repository.nodeId;
    this.registerOutputs({
      repositoryName: this.repositoryName,
      defaultBranch: this.defaultBranch,
      url: this.url,
    });
  }
}

/** What a person set on GitHub and no declaration says: the provider would set each back to a default of its own. */
function undeclared(plan: SourceRepositoryPlan): string[] {
  return [
    ...["allowAutoMerge", "allowForking", "allowRebaseMerge", "allowSquashMerge", "allowUpdateBranch"],
    ...["hasDiscussions", "hasDownloads", "hasProjects", "hasWiki", "isTemplate", "webCommitSignoffRequired"],
    ...["mergeCommitMessage", "mergeCommitTitle", "squashMergeCommitMessage", "squashMergeCommitTitle"],
    ...["archived", "pages", "securityAndAnalysis", "vulnerabilityAlerts"],
    ...(plan.description === undefined ? ["description"] : []),
    ...(plan.homepage === undefined ? ["homepageUrl"] : []),
  ];
}

/** Only what is declared is sent; what GitHub has of the rest stands, and drift in it is not ours. */
function repositoryArgs(plan: SourceRepositoryPlan): github.RepositoryArgs {
  return {
    name: plan.name,
    ...(plan.description === undefined ? {} : { description: plan.description }),
    ...(plan.homepage === undefined ? {} : { homepageUrl: plan.homepage }),
    visibility: plan.visibility,
    topics: [...plan.topics],
    hasIssues: plan.issues,
    deleteBranchOnMerge: plan.deleteMergedBranches,
    allowMergeCommit: plan.mergeCommits,
    // A first commit, so that the default branch exists for files, environments and rules.
    ...(plan.existing ? {} : { autoInit: true }),
    // Should the retention above ever be lost, a delete archives.
    archiveOnDestroy: true,
  };
}
