/** Which workflows a repository of the fleet holds. */
import {
  retentionEnvironment,
  type Environment,
  type Fleet,
  type Service,
  type Settings,
  type SourceRepositoryPlan,
} from "../fleet";
import { PlatformError } from "../errors";
import { commandFaults } from "./commands";
import { containerPublish } from "./jobs/container-publish";
import { containerRetention } from "./jobs/container-retention";
import { promote } from "./jobs/promote";
import { drift } from "./jobs/drift";
import { pulumiPreview } from "./jobs/pulumi-preview";
import { pulumiUp } from "./jobs/pulumi-up";
import { rescan } from "./jobs/rescan";
import type { Workflow } from "./model";

/** The stack that the platform's repository previews, applies and looks at. */
const previewedStack = "prod";

/** What the workflows need of the stack's settings. */
export type WorkflowSettings = Pick<Settings, "owner" | "registry"> & {
  /** Images that services are built on, by runtime. @default those that their Dockerfiles name */
  readonly baseImages?: Settings["baseImages"];
  /** A native runner for each platform. @default GitHub's own */
  readonly runners?: Readonly<Record<string, string>>;
  /** @default Trivy's own */
  readonly vulnerabilityDatabase?: string;
  /** Where GitHub shows its repositories. @default `https://github.com` */
  readonly serverUrl?: string;
};

/**
 * The workflows of the platform's own repository, which the services without one of their own share.
 * @throws PlatformError where they call what the pinned release doesn't know
 */
export function platformWorkflows(fleet: Fleet, settings: WorkflowSettings): readonly Workflow[] {
  const { platform, automation } = fleet;
  if (platform.workflows === "kept") return [];
  const stack = {
    ...commandFrom(fleet),
    owner: settings.owner,
    repository: platform.name,
    stack: previewedStack,
    defaultBranch: platform.defaultBranch,
  };
  const [first, ...rest] = fleet.services
    .filter(({ shared }) => shared)
    .map((service) => onItsBase(service, settings));
  return knownTo(fleet, [
    ...(first === undefined
      ? []
      : [
          containerPublish({
            ...settings,
            ...commandFrom(fleet),
            repository: platform.name,
            services: [first, ...rest],
            defaultBranch: platform.defaultBranch,
            codeScanning: platform.codeScanning,
          }),
          containerRetention({
            ...settings,
            ...commandFrom(fleet),
            repository: platform.name,
            services: [first, ...rest],
            defaultBranch: platform.defaultBranch,
            approval: retentionEnvironments(platform)[0],
          }),
        ]),
    ...promotion(
      fleet,
      platform,
      [first, ...rest].filter((service) => service !== undefined),
      settings,
    ),
    pulumiPreview(stack),
    ...(first === undefined
      ? []
      : [
          rescan({
            ...settings,
            ...commandFrom(fleet),
            repository: platform.name,
            services: [first, ...rest],
          }),
        ]),
    ...(automation === undefined ? [] : [pulumiUp, drift].map((make) => make({ ...stack, automation }))),
  ]);
}

/**
 * The workflows of a repository that belongs to one service; none where the service has no such repository, or where
 * that keeps its own.
 * @throws PlatformError where they call what the pinned release doesn't know
 */
export function ownWorkflows(
  fleet: Fleet,
  service: Service,
  settings: WorkflowSettings,
): readonly Workflow[] {
  const own = fleet.ownRepositories.get(service.name);
  if (own === undefined || own.workflows === "kept") return [];
  return knownTo(fleet, [
    containerPublish({
      ...settings,
      ...commandFrom(fleet),
      repository: own.name,
      services: [onItsBase(service, settings)],
      defaultBranch: own.defaultBranch,
      codeScanning: own.codeScanning,
    }),
    containerRetention({
      ...settings,
      ...commandFrom(fleet),
      repository: own.name,
      services: [service],
      defaultBranch: own.defaultBranch,
      approval: retentionEnvironments(own)[0],
    }),
    ...promotion(fleet, own, [service], settings),
    rescan({ ...settings, ...commandFrom(fleet), repository: own.name, services: [service] }),
  ]);
}

/**
 * The environment in which a retention plan above its brake waits for a reviewer; none where no approver is declared:
 * an environment without reviewers would let everything through.
 */
export function retentionEnvironments({
  retentionApprovers,
}: Pick<SourceRepositoryPlan, "retentionApprovers">): readonly Environment[] {
  const { users, teams } = retentionApprovers;
  if (users.length + teams.length === 0) return [];
  return [
    {
      name: retentionEnvironment,
      githubName: retentionEnvironment,
      reviewers: retentionApprovers,
      waitMinutes: 0,
      selfReview: true,
      refs: "protected",
      adminsBypass: false,
      secrets: [],
      variables: {},
    },
  ];
}

/** None where no service has an environment to move. */
function promotion(
  fleet: Fleet,
  repository: Pick<SourceRepositoryPlan, "name" | "defaultBranch">,
  services: readonly Service[],
  settings: WorkflowSettings,
): readonly Workflow[] {
  const [first, ...rest] = services.filter(({ environments }) => environments.length > 0);
  if (first === undefined) return [];
  const { name, defaultBranch } = repository;
  return [
    promote({
      ...settings,
      ...commandFrom(fleet),
      ...{ repository: name, defaultBranch, services: [first, ...rest] },
    }),
  ];
}

/** @throws PlatformError where one calls what the release that it runs doesn't know */
function knownTo({ release }: Fleet, workflows: readonly Workflow[]): readonly Workflow[] {
  const faults = workflows.flatMap((workflow) => commandFaults(workflow, release));
  if (faults.length > 0) throw new PlatformError(faults);
  return workflows;
}

/** As `pulumi up` builds it: on the base image that the stack names for its runtime. */
function onItsBase(service: Service, { baseImages }: WorkflowSettings): Service {
  const base = service.runtime === undefined ? undefined : baseImages?.[service.runtime];
  return base === undefined ? service : { ...service, buildArgs: { ...service.buildArgs, BASE_IMAGE: base } };
}

/** Where every workflow of the fleet takes the `ghcr` command from. */
function commandFrom({ platform, release }: Fleet) {
  return { platformRepository: platform.name, platformBranch: platform.defaultBranch, release };
}
