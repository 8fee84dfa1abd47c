import * as pulumi from "@pulumi/pulumi";
import type { Visibility } from "../../core/fleet";

export interface PackageArgs {
  /** Login of the organization or user, in any case. Another one is another package; the former one stays. */
  readonly owner: pulumi.Input<string>;
  /** The package's name below its owner. Another one is another package; the former one stays. */
  readonly name: pulumi.Input<string>;
  /** Who is meant to see it. Compared with what GitHub shows; a change here changes nothing there. */
  readonly visibility: pulumi.Input<Visibility>;
  /**
   * `<owner>/<name>` of the repository that it is meant to belong to. Compared as well.
   * @default none is expected, and any is right
   */
  readonly repository?: pulumi.Input<string>;
}

/**
 * A container package as it is meant to be. GitHub makes it with the first push, and its API can't write what is
 * declared here: a difference is a warning with the page on which a person changes it, and drift in a refresh.
 * Neither creating nor deleting this touches the package. Imported by `<owner>/<name>`.
 */
export class Package extends pulumi.CustomResource {
  /** In lower case. */
  declare readonly owner: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** As declared. */
  declare readonly visibility: pulumi.Output<Visibility>;
  /** As declared. */
  declare readonly repository: pulumi.Output<string | undefined>;
  /** Whether GitHub shows the package. Undefined where it could not be asked. */
  declare readonly exists: pulumi.Output<boolean | undefined>;
  /** As GitHub showed it when it was last asked. */
  declare readonly actualVisibility: pulumi.Output<Visibility | undefined>;
  /** As GitHub showed it when it was last asked; undefined where it showed none. */
  declare readonly actualRepository: pulumi.Output<string | undefined>;
  /** The page on which a person changes visibility and repository; undefined without a package. */
  declare readonly settingsUrl: pulumi.Output<string | undefined>;

  constructor(name: string, args: PackageArgs, opts?: pulumi.CustomResourceOptions) {
    const found = {
      exists: undefined,
      actualVisibility: undefined,
      actualRepository: undefined,
      settingsUrl: undefined,
    };
    super("ghcr:index:Package", name, { ...args, ...found }, opts);
  }
}
