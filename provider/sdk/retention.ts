import * as pulumi from "@pulumi/pulumi";
import type { PolicyDeclaration } from "../../core/retention";

export interface RetentionArgs {
  /** Login of the organization or user, in any case. Another one is another package's policy. */
  readonly owner: pulumi.Input<string>;
  /** The package's name below its owner. Another one is another package's policy. */
  readonly name: pulumi.Input<string>;
  /** Which images may go, and when: `defaultPolicyDeclaration` of `core/retention`, or rules of one's own. */
  readonly policy: pulumi.Input<PolicyDeclaration>;
}

/**
 * The policy by which images of a package may go. It is checked with all its faults at once, and a preview that
 * changes it says how many versions and bytes it would free. It deletes nothing, neither when it is created or
 * changed nor when it is deleted.
 */
export class Retention extends pulumi.CustomResource {
  /** In lower case. */
  declare readonly owner: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  /** With every default filled in. */
  declare readonly policy: pulumi.Output<Required<PolicyDeclaration>>;

  constructor(name: string, args: RetentionArgs, opts?: pulumi.CustomResourceOptions) {
    super("ghcr:index:Retention", name, { ...args }, opts);
  }
}
