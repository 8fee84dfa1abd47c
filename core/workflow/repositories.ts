/** Which workflows a repository of the fleet holds. */
import type { Fleet, Service, Settings } from "../fleet";
import { containerPublish } from "./jobs/container-publish";
import { pulumiPreview } from "./jobs/pulumi-preview";
import type { Workflow } from "./model";

/** The stack whose declarations pull requests are previewed with. */
const previewedStack = "prod";

/** What the workflows need of the stack's settings. */
export type WorkflowSettings = Pick<Settings, "owner" | "registry"> & {
  /** A native runner for each platform. @default GitHub's own */
  readonly runners?: Readonly<Record<string, string>>;
};

/** The workflows of the platform's own repository, which the services without one of their own share. */
export function platformWorkflows(fleet: Fleet, settings: WorkflowSettings): readonly Workflow[] {
  const { platform } = fleet;
  const [first, ...rest] = fleet.services.filter(({ shared }) => shared);
  return [
    ...(first === undefined
      ? []
      : [
          containerPublish({
            ...settings,
            repository: platform.name,
            platformRepository: platform.name,
            services: [first, ...rest],
            defaultBranch: platform.defaultBranch,
          }),
        ]),
    pulumiPreview({
      owner: settings.owner,
      platformRepository: platform.name,
      stack: previewedStack,
      defaultBranch: platform.defaultBranch,
    }),
  ];
}

/**
 * The workflows of a repository that belongs to one service; none where the service has no such repository.
 * @param platformRef commit, tag or branch of the platform's repository whose `ghcr` command they run
 */
export function ownWorkflows(
  fleet: Fleet,
  service: Service,
  settings: WorkflowSettings,
  platformRef: string = fleet.platform.defaultBranch,
): readonly Workflow[] {
  const own = fleet.ownRepositories.get(service.name);
  if (own === undefined) return [];
  return [
    containerPublish({
      ...settings,
      repository: own.name,
      platformRepository: fleet.platform.name,
      platformRef,
      services: [service],
      defaultBranch: own.defaultBranch,
    }),
  ];
}
