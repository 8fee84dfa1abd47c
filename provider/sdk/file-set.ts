import * as pulumi from "@pulumi/pulumi";

export interface FileSetArgs {
  /**
   * `<owner>/<name>`. In another one the files are written there, and those in the former one stay; a repository that
   * was renamed has them already.
   */
  readonly repository: pulumi.Input<string>;
  /** An existing branch. In another one the files are written there, and those in the former one stay. */
  readonly branch: pulumi.Input<string>;
  /**
   * Contents by path from the repository's top. One that is left out is deleted from the branch in the same commit,
   * unless a person changed it since: then it stays.
   */
  readonly files: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /**
   * What a person wrote and may be lost, each as `<path>@<first digits of its blob>`, or `<path>@absent` for a file
   * that a person deleted; the message that stops an update names it. It holds for that content and no later one.
   * @default nothing: an update stops where a person changed one of the files
   */
  readonly overwrite?: pulumi.Input<readonly string[]>;
  /** First line of commits, and the pull request's title. @default `Write the declared files` */
  readonly message?: pulumi.Input<string>;
  /** Branch of the pull request, where one is needed; of this set alone. @default `ghcr-platform/files` */
  readonly proposalBranch?: pulumi.Input<string>;
}

/**
 * Files of a repository that change together: in one commit, or by one pull request where rules or protection let
 * nobody push to the branch. A branch is never forced. Deleting this leaves the files as they are. Imported by
 * `<owner>/<name>:<branch>`, with `:<path>,<path>` for files that are taken over as they are.
 */
export class FileSet extends pulumi.CustomResource {
  declare readonly repository: pulumi.Output<string>;
  declare readonly branch: pulumi.Output<string>;
  declare readonly files: pulumi.Output<Readonly<Record<string, string>>>;
  /** `proposed` as long as the last change waits in a pull request, as far as GitHub was asked. */
  declare readonly status: pulumi.Output<"committed" | "proposed">;
  /** The set's last commit, on the branch or in the pull request; undefined where it never needed one. */
  declare readonly commit: pulumi.Output<string | undefined>;
  /** Address of the pull request in which the last change waits. */
  declare readonly pullRequest: pulumi.Output<string | undefined>;

  constructor(name: string, args: FileSetArgs, opts?: pulumi.CustomResourceOptions) {
    const found = { status: undefined, commit: undefined, pullRequest: undefined };
    super("ghcr:index:FileSet", name, { ...args, ...found }, opts);
  }
}
