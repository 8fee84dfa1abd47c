import * as pulumi from "@pulumi/pulumi";
import { baseImageUpdateFiles } from "../core/base-image-updates";
import type { Service, SourceRepositoryPlan } from "../core/fleet";
import { promotionRules, type PromotionRules } from "../core/promotion";
import type { GateResult } from "../core/scan";
import type { Workflow } from "../core/workflow";
import { resolved, type DeclaredServiceArgs } from "./declared-service";
import { DeploymentEnvironments } from "./deployment-environments";
import { GhcrPackage } from "./ghcr-package";
import { PublishedImage, type PublishedImageArgs } from "./published-image";
import { RepositoryAutomation } from "./repository-automation";
import { ServiceSecrets, type SecretValues } from "./service-secrets";
import { SourceRepository, type RepositoryReference } from "./source-repository";

/** A declaration as it is written, or one of a fleet that is resolved already. */
export type ContainerServiceArgs = DeclaredServiceArgs | ResolvedServiceArgs;

/** A service of a fleet. */
export interface ResolvedServiceArgs {
  /** Login of the owner. Another one is another package; the former one and its images stay. */
  readonly owner: string;
  /**
   * The service, with its defaults filled in. Under another name it is another service, unless that names its
   * former one: environments and secrets go, its repository, package and images stay.
   */
  readonly service: Service;
  /**
   * Where it is built from: a repository that several services share and that is declared by others, or what
   * its own is to be, with the workflows that it is to hold. Moving from one to the other deletes environments,
   * secrets and variables in the former repository, which itself stays.
   */
  readonly repository:
    | { readonly shared: RepositoryReference }
    | { readonly own: SourceRepositoryPlan; readonly workflows: readonly Workflow[] };
  /** A value for every secret that the service declares. */
  readonly secrets: SecretValues;
  /**
   * What `pulumi up` builds and publishes. Leaving it out deletes nothing that was pushed.
   * @default none: the repository's workflow alone publishes
   */
  readonly publish?: Omit<PublishedImageArgs, "sourceUrl">;
}

/** What the stack shows of a service; `image` is absent where the repository's workflow alone publishes. */
export interface ServiceOutputs {
  /** Address of the source repository. */
  readonly repository: string;
  /** `<owner>/<service>`. */
  readonly package: string;
  readonly image?: {
    /** `<registry>/<owner>/<service>@sha256:…` */
    readonly reference: string;
    readonly digest: string;
    /** Digest of each platform's manifest. */
    readonly platforms: Readonly<Record<string, string>>;
    readonly tags: readonly string[];
    /** What the vulnerability gate found before the tags were set. */
    readonly scan: GateResult;
  };
  /** What `ghcr promote --rules` takes; absent where the service has no environments. */
  readonly promotion?: PromotionRules;
}

/** Once this exists, a service has its repository, environments, secrets, package, workflows, rules and image. */
export class ContainerService extends pulumi.ComponentResource {
  /** Name of the service. */
  readonly service: string;
  readonly repository: RepositoryReference;
  readonly environments: DeploymentEnvironments;
  readonly secrets: ServiceSecrets;
  readonly package: GhcrPackage;
  /** Undefined where the repository's workflow alone publishes. */
  readonly image: PublishedImage | undefined;

  /** What the stack shows of the service. */
  readonly outputs: pulumi.Output<ServiceOutputs>;

  constructor(name: string, given: ContainerServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const args = resolved(name, given);
    // By name only: where it is declared and in which group are no change to the service.
    super(
      "ghcr-platform:index:ContainerService",
      name,
      { service: args.service.name },
      {
        ...opts,
        aliases: [...(opts?.aliases ?? []), ...args.service.formerNames.map((former) => ({ name: former }))],
      },
    );
    const child = { parent: this };
    const { service, repository } = args;
    this.service = service.name;

    this.repository =
      "shared" in repository
        ? repository.shared
        : new SourceRepository(`${name}-source`, { repository: repository.own }, child);
    this.environments = new DeploymentEnvironments(
      `${name}-environments`,
      { repository: this.repository.repositoryName, environments: service.environments },
      child,
    );
    this.secrets = new ServiceSecrets(
      `${name}-secrets`,
      {
        repository: this.repository.repositoryName,
        service,
        environments: this.environments.githubNames,
        values: args.secrets,
      },
      child,
    );
    this.image =
      args.publish === undefined
        ? undefined
        : new PublishedImage(`${name}-image`, { ...args.publish, sourceUrl: this.repository.url }, child);
    this.package = new GhcrPackage(
      `${name}-package`,
      {
        owner: args.owner,
        service,
        repository: this.repository.repositoryName,
        after: this.image,
      },
      child,
    );
    if ("own" in repository) {
      new RepositoryAutomation(
        `${name}-automation`,
        {
          repository: this.repository,
          plan: repository.own,
          workflows: repository.workflows,
          files: baseImageUpdateFiles(repository.own, service),
          after: [this.environments, this.secrets],
        },
        child,
      );
    }
    this.outputs = pulumi.output({
      repository: this.repository.url,
      package: this.package.packageName,
      ...(this.image === undefined ? {} : { image: imageOutputs(this.image) }),
      ...(service.environments.length === 0 ? {} : { promotion: promotionRules(service) }),
    });
    this.registerOutputs({ outputs: this.outputs });
  }
}

function imageOutputs({ reference, digest, platforms, tags, scan }: PublishedImage) {
  return { reference, digest, platforms, tags, scan };
}
