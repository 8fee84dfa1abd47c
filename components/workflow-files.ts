import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

/** A rendered file of a repository. */
export interface RenderedFile {
  /** From the repository's top, e.g. `.github/workflows/container-publish.yml`. */
  readonly path: string;
  readonly content: string;
}

export interface WorkflowFilesArgs {
  /** Name of the repository. Another one gets the files, and the former one loses them. */
  readonly repository: pulumi.Input<string>;
  /** The branch they are committed to; it must exist. Another one gets the files, and the former one loses them. */
  readonly branch: pulumi.Input<string>;
  /** One that is left out is deleted from the branch; one of another path is another file. */
  readonly files: readonly RenderedFile[];
}

/**
 * Once this exists, the files are committed on the branch as rendered. They are written one after the other:
 * GitHub answers 409 to two commits that race for one branch.
 */
export class WorkflowFiles extends pulumi.ComponentResource {
  /** The paths that are committed, known once they are. */
  readonly paths: pulumi.Output<string[]>;

  constructor(name: string, args: WorkflowFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:WorkflowFiles", name, { repository: args.repository }, opts);
    const files: github.RepositoryFile[] = [];
    for (const { path, content } of args.files) {
      const previous = files.at(-1);
      files.push(
        new github.RepositoryFile(
          `${name}-${path}`,
          {
            repository: args.repository,
            branch: args.branch,
            file: path,
            content,
            commitMessage: `Render ${path}`,
            // A hand-copied predecessor of the same name is what this file takes the place of.
            overwriteOnCreate: true,
          },
          { parent: this, ...(previous === undefined ? {} : { dependsOn: [previous] }) },
        ),
      );
    }
    this.paths = pulumi.all(files.map((file) => file.file));
    this.registerOutputs({ paths: this.paths });
  }
}
