import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../core/fleet";
import { defaultPolicyDeclaration } from "../core/retention";
import * as ghcr from "../provider/sdk";

export interface GhcrPackageArgs {
  /** Login of the owner, in any case. */
  readonly owner: string;
  /** Its visibility and retention are compared and shown: a change sets nothing on GitHub, and deletes no image. */
  readonly service: Pick<Service, "name" | "visibility" | "retention" | "environments">;
  /** Name of the repository that the package is meant to belong to, below the same owner. */
  readonly repository: pulumi.Input<string>;
  /** What pushes the first image; the package is looked at afterwards. @default none: a workflow pushes */
  readonly after?: pulumi.Resource | undefined;
}

/**
 * The declared package: who is meant to see it, which repository it belongs to and how long its images are kept.
 * GitHub creates a package with its first push and offers no call that sets any of it, so this creates nothing
 * there; it is compared, and a preview that changes the retention says what that would free.
 */
export class GhcrPackage extends pulumi.ComponentResource {
  /** `<owner>/<service>`, as GitHub Packages names it. */
  readonly packageName: pulumi.Output<string>;

  constructor(name: string, args: GhcrPackageArgs, opts?: pulumi.ComponentResourceOptions) {
    const { owner, service } = args;
    const { visibility, retention } = service;
    super(
      "ghcr-platform:index:GhcrPackage",
      name,
      { owner, service: service.name, visibility, retention },
      opts,
    );

    this.compare(name, args);
    this.packageName = pulumi.output(`${owner.toLowerCase()}/${service.name}`);
    this.registerOutputs({ packageName: this.packageName });
  }

  private compare(name: string, { owner, service, repository, after }: GhcrPackageArgs): void {
    new ghcr.Package(
      `${name}-visibility`,
      {
        owner,
        name: service.name,
        visibility: service.visibility,
        repository: pulumi.interpolate`${owner}/${repository}`,
      },
      { parent: this, ...(after === undefined ? {} : { dependsOn: [after] }) },
    );
    new ghcr.Retention(
      `${name}-retention`,
      {
        owner,
        name: service.name,
        policy: defaultPolicyDeclaration({
          ...service.retention,
          environments: service.environments.map((environment) => environment.name),
        }),
      },
      { parent: this },
    );
  }
}
