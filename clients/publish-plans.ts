/** From the checkout to what `pulumi up` publishes of it. */
import { PlatformError, type Fault } from "../core/errors";
import type { Fleet, Service, Settings } from "../core/fleet";
import { planPublish, platformFaults, type PublishKind, type PublishPlan } from "../core/publish";
import { checkedOut } from "./checked-out";
import { sourceFaults } from "./sources";

/**
 * Plans the images of all services that `up` builds.
 * @param root top of the checkout, which is the program's folder
 * @returns by service name; services that the workflow alone publishes are not in it, which are all where the stack says so
 * @throws PlatformError with every fault at once: a missing folder or Dockerfile, a platform that no node builds
 */
export function readPublishPlans(
  root: string,
  fleet: Fleet,
  settings: Settings,
): ReadonlyMap<string, PublishPlan> {
  if (settings.publish === "workflow") return new Map();
  const services = fleet.services.filter(({ publish }) => publish === "up");
  const faults: Fault[] = [
    ...sourceFaults(root, services),
    ...services.flatMap((service) => platformFaults(service, settings)),
  ];
  if (faults.length > 0) throw new PlatformError(faults);
  return new Map(
    services.map((service) => [service.name, readPublishPlan(root, fleet, service, settings)] as const),
  );
}

/** Plans the image of one service from what is checked out. */
export function readPublishPlan(
  root: string,
  fleet: Fleet,
  service: Service,
  settings: Settings,
  kind: PublishKind = "up",
): PublishPlan {
  const source = {
    ...checkedOut(root, service.path, service.dockerfile),
    defaultBranch: fleet.platform.defaultBranch,
    repository: `${settings.owner}/${service.repository}`,
  };
  return planPublish(service, settings, source, kind);
}
