/** From declarations to what is declared for each service and repository: defaults filled in, faults gathered. */
import type { z } from "zod";
import { PlatformError, type Fault } from "../errors";
import type { Signing } from "../evidence";
import { repositoryNameFault, serviceNameFault } from "../names";
import type { StageRules } from "../promotion";
import type { Exception } from "../scan";
import type {
  AutomationDeclaration,
  DeclaredPlatform,
  EnvironmentDeclaration,
  FleetDeclaration,
  HealthDeclaration,
  PlatformRelease,
  RepositoryDeclaration,
  RetentionDeclaration,
  ServiceDeclaration,
  Visibility,
} from "./declaration";
import {
  promotionFaults,
  releasedEnvironments,
  releaseFaults,
  signatureFaults,
  stageRules,
} from "./promotion";
import { schema } from "./schema";
import { resolveRepository, type SourceRepositoryPlan } from "./resolve-repository";
import { dockerfileNameFaults, repositoryFaults, sharedFaults, valueFaults } from "./rules";

/** A service with every default filled in. */
export interface Service {
  /** The file that declares it, for errors. */
  readonly where: string;
  readonly name: string;
  readonly formerNames: readonly string[];
  readonly description: string | undefined;
  readonly licenses: string | undefined;
  /** The group whose stack declares it; undefined: the default stack. */
  readonly group: string | undefined;
  /** Name of its source repository. */
  readonly repository: string;
  /** Whether that repository is the platform's own, which several services share. */
  readonly shared: boolean;
  /** Its folder in the repository, `.` for the top. */
  readonly path: string;
  /** Its Dockerfile, from the repository's top. */
  readonly dockerfile: string;
  readonly platforms: readonly DeclaredPlatform[];
  readonly runtime: "python" | "node" | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** How a container is tried; false where it listens nowhere. */
  readonly health: HealthDeclaration | false;
  readonly publish: "up" | "workflow";
  readonly visibility: Visibility;
  /** How the workflow signs the image and its provenance. */
  readonly signing: Signing;
  /** Vulnerabilities that may pass the gate for a while. */
  readonly exceptions: readonly Exception[];
  /** Why the image holds no operating system; undefined: it holds one. */
  readonly staticImage: string | undefined;
  readonly retention: Required<RetentionDeclaration>;
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly environments: readonly Environment[];
  /** What each of them asks of an image, in the same order. */
  readonly promotion: readonly StageRules[];
  /** Those that a published release moves, in the same order. */
  readonly onRelease: readonly Environment[];
}

/** A deployment environment as GitHub knows it. */
export interface Environment {
  /** As declared, e.g. `production`. */
  readonly name: string;
  /** As on GitHub: `<service>-<name>` in a repository that services share, else `<name>`. */
  readonly githubName: string;
  readonly reviewers: { readonly users: readonly number[]; readonly teams: readonly number[] };
  readonly waitMinutes: number;
  readonly selfReview: boolean;
  readonly refs:
    "protected" | "all" | { readonly branches: readonly string[]; readonly tags: readonly string[] };
  readonly adminsBypass: boolean;
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** How the platform's repository runs its own stack. */
export interface Automation {
  readonly stateUrl: string;
  readonly stateSecrets: readonly string[];
  readonly driftSchedule: string;
  readonly environments: { readonly up: Environment; readonly drift: Environment };
}

export interface Fleet {
  readonly platform: SourceRepositoryPlan;
  /** The release of the platform that workflows run; undefined before the first. */
  readonly release: PlatformRelease | undefined;
  /** Undefined: `pulumi up` is run by hand. */
  readonly automation: Automation | undefined;
  /** By name. */
  readonly services: readonly Service[];
  /** Repositories that belong to one service each, by that service's name. */
  readonly ownRepositories: ReadonlyMap<string, SourceRepositoryPlan>;
}

const bothPlatforms: readonly DeclaredPlatform[] = ["linux/amd64", "linux/arm64"];
const retentionDefaults: Required<RetentionDeclaration> = {
  keepBuilds: 20,
  pullRequestDays: 7,
  developmentDays: 14,
  untaggedDays: 7,
};

/**
 * Checks every declaration and fills the defaults in.
 * @throws PlatformError with the faults of all declarations at once
 */
export function resolveFleet(fleet: FleetDeclaration): Fleet {
  const shapeFaults = [
    ...faultsOf("services/platform.ts", schema.platform.safeParse(fleet.platform)),
    ...faultsOf("services/automation.ts", schema.automation.optional().safeParse(fleet.automation)),
    ...faultsOf("services/defaults.ts", schema.defaults.safeParse(fleet.defaults ?? {})),
    ...fleet.services.flatMap(({ where, declaration }) =>
      faultsOf(where, schema.service.safeParse(declaration)),
    ),
  ];
  if (shapeFaults.length > 0) throw new PlatformError(shapeFaults);

  const services = fleet.services
    .map(({ where, declaration }) => service(fleet, where, declaration))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const automation = fleet.automation && resolveAutomation(fleet.platform, fleet.automation);
  const ownRepositories = new Map(
    fleet.services.flatMap(({ declaration }) =>
      declaration.source?.repository === undefined
        ? []
        : [[declaration.name, resolveRepository(fleet, declaration.source.repository)] as const],
    ),
  );
  const faults = [
    repositoryNameFault("services/platform.ts: name", fleet.platform.name),
    ...fleet.services.map(({ where, declaration }) => serviceNameFault(`${where}: name`, declaration.name)),
    ...repositoryFaults("services/platform.ts", fleet.platform),
    ...fleet.services.flatMap(({ where, declaration }) =>
      repositoryFaults(`${where}: source.repository`, declaration.source?.repository ?? {}),
    ),
    ...services.flatMap(valueFaults),
    ...services.flatMap(releaseFaults),
    ...services.flatMap(signatureFaults),
    ...services.flatMap((each) =>
      dockerfileNameFaults(each, ownRepositories.get(each.name)?.baseImageUpdates.by),
    ),
    ...fleet.services.flatMap(({ where, declaration }) => promotionFaults(where, declaration)),
    ...sharedFaults(fleet.platform.name, services, automation),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new PlatformError(faults);

  return {
    platform: resolveRepository(fleet, fleet.platform),
    release: fleet.platform.release ?? undefined,
    automation,
    services,
    ownRepositories,
  };
}

function service(fleet: FleetDeclaration, where: string, declared: ServiceDeclaration): Service {
  const home = declared.source?.repository ?? fleet.platform;
  const shared = declared.source?.repository === undefined;
  const path = declared.source?.path ?? (shared ? `services/${declared.name}` : ".");
  const environments = Object.entries(declared.environments ?? {}).map(([name, environment]) =>
    resolveEnvironment(name, shared ? `${declared.name}-${name}` : name, environment),
  );
  const below = (file: string) => (path === "." ? file : `${path}/${file}`);
  return {
    where,
    name: declared.name,
    formerNames: declared.formerNames ?? [],
    description: declared.description,
    licenses: declared.licenses ?? home.licenses,
    group: declared.group,
    repository: home.name,
    shared,
    path,
    dockerfile: below(declared.dockerfile ?? "Dockerfile"),
    platforms: declared.platforms ?? fleet.defaults?.platforms ?? bothPlatforms,
    runtime: declared.runtime,
    buildArgs: declared.buildArgs ?? {},
    health: declared.health ?? {},
    publish: declared.publish ?? (shared ? "up" : "workflow"),
    visibility: declared.visibility ?? "private",
    signing: declared.signing ?? (declared.visibility === "public" ? "keyless" : "none"),
    exceptions: declared.exceptions ?? [],
    staticImage: declared.staticImage?.reason,
    retention: { ...retentionDefaults, ...fleet.defaults?.retention, ...declared.retention },
    secrets: declared.secrets ?? [],
    variables: declared.variables ?? {},
    environments,
    promotion: stageRules(environments, [declared.promotion, fleet.defaults?.promotion]),
    onRelease: releasedEnvironments(
      environments,
      declared.promotion?.onRelease ?? fleet.defaults?.promotion?.onRelease,
    ),
  };
}

/** Only the default branch may use the environments' secrets: a pull request's code runs before it is reviewed. */
function resolveAutomation(platform: RepositoryDeclaration, declared: AutomationDeclaration): Automation {
  const refs = { branches: [platform.defaultBranch ?? "main"] };
  const { stateUrl, stateSecrets, reviewers, driftSchedule = "17 5 * * *" } = declared;
  return {
    stateUrl,
    stateSecrets,
    driftSchedule,
    environments: {
      up: resolveEnvironment("up", "infrastructure", {
        refs,
        ...(reviewers === undefined ? {} : { reviewers }),
      }),
      drift: resolveEnvironment("drift", "infrastructure-drift", { refs }),
    },
  };
}

function resolveEnvironment(name: string, githubName: string, declared: EnvironmentDeclaration): Environment {
  const reviewers = { users: declared.reviewers?.users ?? [], teams: declared.reviewers?.teams ?? [] };
  const reviewed = reviewers.users.length + reviewers.teams.length > 0;
  const refs = declared.refs ?? "protected";
  return {
    name,
    githubName,
    reviewers,
    waitMinutes: declared.waitMinutes ?? 0,
    selfReview: declared.selfReview ?? !reviewed,
    refs: typeof refs === "string" ? refs : { branches: refs.branches ?? [], tags: refs.tags ?? [] },
    adminsBypass: declared.adminsBypass ?? false,
    secrets: declared.secrets ?? [],
    variables: declared.variables ?? {},
  };
}

function faultsOf(where: string, result: z.ZodSafeParseResult<unknown>): Fault[] {
  if (result.success) return [];
  return result.error.issues.map((issue) => ({
    code: "invalid-declaration",
    where: `${where}: ${issue.path.join(".") || "declaration"}`,
    problem: issue.message,
    fix: "see the field's documentation in core/fleet/declaration.ts",
  }));
}
