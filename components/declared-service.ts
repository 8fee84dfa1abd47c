/** A service as any Pulumi program declares it: one object, without a fleet and without a platform's repository. */
import * as pulumi from "@pulumi/pulumi";
import { PlatformError } from "../core/errors";
import {
  resolveFleet,
  type EnvironmentDeclaration,
  type FleetDeclaration,
  type PlatformRelease,
  type RepositoryDeclaration,
  type ServiceDeclaration,
} from "../core/fleet";
import { ownWorkflows } from "../core/workflow";
import type { ContainerServiceArgs, ResolvedServiceArgs } from "./container-service";
import { publishOf, type DeclaredImage } from "./declared-image";
import type { SecretValues } from "./service-secrets";

/** Values of secrets by name. They reach GitHub sealed, and the state encrypted. */
type Secrets = Readonly<Record<string, pulumi.Input<string>>>;

/** A deployment environment with its protection, and with its secrets' values. */
export interface DeclaredEnvironment extends Omit<EnvironmentDeclaration, "secrets"> {
  /** @default none. One that is left out is deleted on GitHub. */
  readonly secrets?: Secrets;
}

/** A service whose repository is its own; its workflow publishes the image. The component's name is the service's. */
export interface DeclaredServiceArgs extends Omit<
  ServiceDeclaration,
  "name" | "source" | "publish" | "secrets" | "environments"
> {
  /** Login of the organization or user account. Another one is another package; the former's images stay. */
  readonly owner: string;
  /**
   * The repository that it is built from; a destroy never deletes it.
   * @default created, private, with the service's name
   */
  readonly repository?: Omit<RepositoryDeclaration, "name"> & { readonly name?: string };
  /** The service's folder in the repository. @default `.` */
  readonly path?: string;
  /** Actions secrets with their values. @default none. One that is left out is deleted on GitHub. */
  readonly secrets?: Secrets;
  /** Deployment environments by name, in promotion order. @default none */
  readonly environments?: Readonly<Record<string, DeclaredEnvironment>>;
  /** Registry host. @default that of the image's builder, else `ghcr.io` */
  readonly registry?: string;
  /**
   * What `pulumi up` builds, checks, scans and tags itself, beside the repository's workflow. Leaving it out deletes
   * nothing that was pushed. @default none: the workflow alone publishes
   */
  readonly image?: DeclaredImage;
  /** Whose `ghcr` command the workflow runs. @default what the owner's `ghcr-platform` has accepted on `main` */
  readonly platform?: {
    /** Name of the owner's repository. @default `ghcr-platform` */
    readonly repository?: string;
    /** Its default branch, which the command is built from without a release. @default `main` */
    readonly branch?: string;
    /** A commit that holds the command as one file. @default none */
    readonly release?: PlatformRelease;
  };
  /** What those services share that say nothing else. @default the platform's own defaults */
  readonly defaults?: NonNullable<FleetDeclaration["defaults"]>;
}

/** The same with every default filled in; a mistake stops the program with its message and no stack. */
export function resolved(name: string, args: ContainerServiceArgs): ResolvedServiceArgs {
  if ("service" in args) return args;
  try {
    return resolveDeclared(name, args);
  } catch (error) {
    if (error instanceof PlatformError) throw new pulumi.RunError(`\n${error.message}`);
    throw error;
  }
}

function resolveDeclared(name: string, args: DeclaredServiceArgs): ResolvedServiceArgs {
  const {
    owner,
    repository,
    path,
    secrets = {},
    environments = {},
    image,
    registry = image?.builder.registry ?? "ghcr.io",
    platform = {},
    defaults,
    ...rest
  } = args;
  const where = `ContainerService ${name}`;
  const declaration: ServiceDeclaration = {
    ...rest,
    name,
    source: { repository: { name, ...repository }, ...(path === undefined ? {} : { path }) },
    secrets: Object.keys(secrets),
    environments: Object.fromEntries(
      Object.entries(environments).map(([environment, { secrets: values = {}, ...protection }]) => [
        environment,
        { ...protection, secrets: Object.keys(values) },
      ]),
    ),
  };
  const { repository: platformName = "ghcr-platform", branch, release } = platform;
  const fleet = resolveFleet({
    platform: {
      name: platformName,
      ...(branch === undefined ? {} : { defaultBranch: branch }),
      ...(release === undefined ? {} : { release }),
    },
    services: [{ where, declaration }],
    ...(defaults === undefined ? {} : { defaults }),
  });
  const [service] = fleet.services;
  const own = fleet.ownRepositories.get(name);
  if (service === undefined || own === undefined) throw new Error(`${name} is declared, and isn't there`);
  return {
    owner,
    service,
    repository: {
      own,
      workflows: ownWorkflows(fleet, service, { owner, registry }),
    },
    secrets: secretValues(secrets, environments),
    ...(image === undefined
      ? {}
      : { publish: publishOf(service, { where, owner, registry, defaultBranch: own.defaultBranch }, image) }),
  };
}

function secretValues(
  secrets: Secrets,
  environments: Readonly<Record<string, DeclaredEnvironment>>,
): SecretValues {
  return Object.fromEntries(
    [
      ...Object.entries(secrets),
      ...Object.entries(environments).flatMap(([environment, { secrets: values = {} }]) =>
        Object.entries(values).map(([key, value]) => [`${environment}/${key}`, value] as const),
      ),
    ].map(([key, value]) => [key, pulumi.secret(value)]),
  );
}
