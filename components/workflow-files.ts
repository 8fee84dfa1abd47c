import * as pulumi from "@pulumi/pulumi";
import * as ghcr from "../provider/sdk";

/** A rendered file of a repository. */
export interface RenderedFile {
  /** From the repository's top, e.g. `.github/workflows/container-publish.yml`. */
  readonly path: string;
  readonly content: string;
}

export interface WorkflowFilesArgs {
  /** `<owner>/<name>`. Another one gets the files, and the former one keeps them. */
  readonly repository: pulumi.Input<string>;
  /** The branch they are committed to; it must exist. Another one gets the files, and the former one keeps them. */
  readonly branch: pulumi.Input<string>;
  /** One that is left out is deleted from the branch, unless a person changed it since. */
  readonly files: readonly RenderedFile[];
  /**
   * What a person wrote and may be lost, each as `<path>@<first digits of its blob>` or `<path>@absent`.
   * @default nothing: an update stops where a person changed a file, and names the line for here
   */
  readonly overwrite?: readonly string[];
}

/**
 * Once this exists, the files are on the branch as rendered, by one commit of all that changed; where nobody may push,
 * they wait in one pull request. What a person changed is shown and never overwritten unasked. Removing this from the
 * program leaves the files.
 */
export class WorkflowFiles extends pulumi.ComponentResource {
  /** The paths that are committed or proposed, known once they are. */
  readonly paths: pulumi.Output<string[]>;
  /** Address of the pull request in which a change waits; undefined where none does. */
  readonly pullRequest: pulumi.Output<string | undefined>;

  constructor(name: string, args: WorkflowFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:WorkflowFiles", name, { repository: args.repository }, opts);
    const { repository, branch, files, overwrite = [] } = args;
    const set = new ghcr.FileSet(
      `${name}-set`,
      {
        repository,
        branch,
        files: Object.fromEntries(files.map(({ path, content }) => [path, content])),
        ...(overwrite.length === 0 ? {} : { overwrite }),
        message: "Render the workflows",
        proposalBranch: "ghcr-platform/workflows",
      },
      { parent: this },
    );
    this.paths = set.files.apply((written) => Object.keys(written).sort());
    this.pullRequest = set.pullRequest;
    this.registerOutputs({ paths: this.paths, pullRequest: this.pullRequest });
  }
}
