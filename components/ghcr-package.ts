import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../core/fleet";

export interface GhcrPackageArgs {
  /** Login of the owner, in any case. */
  readonly owner: string;
  /** Kept to be compared with: a change sets nothing on GitHub, and deletes no image. */
  readonly service: Pick<Service, "name" | "visibility" | "retention">;
}

/**
 * The declared package: who is meant to see it and how long its images are kept. GitHub creates a package with
 * its first push and offers no call that sets either, so this creates nothing; it is what is compared.
 */
export class GhcrPackage extends pulumi.ComponentResource {
  /** `<owner>/<service>`, as GitHub Packages names it. */
  readonly packageName: pulumi.Output<string>;

  constructor(name: string, args: GhcrPackageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:GhcrPackage", name, { owner: args.owner, service: args.service.name }, opts);
    this.packageName = pulumi.output(`${args.owner.toLowerCase()}/${args.service.name}`);
    this.registerOutputs({
      packageName: this.packageName,
      visibility: args.service.visibility,
      retention: args.service.retention,
    });
  }
}
