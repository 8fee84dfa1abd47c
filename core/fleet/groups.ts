/** Which part of a fleet a stack declares. */
import { PlatformError } from "../errors";
import type { Fleet } from "./resolve";

/** The fleet with these services alone; names that it doesn't have are passed over. For previews: see `core/engine`. */
export function onlyServices(fleet: Fleet, wanted: readonly string[]): Fleet {
  const names = new Set(wanted);
  return {
    ...fleet,
    services: fleet.services.filter(({ name }) => names.has(name)),
    ownRepositories: new Map([...fleet.ownRepositories].filter(([name]) => names.has(name))),
  };
}

/** Names on GitHub of the environments that other stacks declare in the repository that services share. */
export function environmentsElsewhere(whole: Fleet, own: Fleet): readonly string[] {
  const declared = new Set(own.services.map(({ name }) => name));
  return whole.services
    .filter(({ name, shared }) => shared && !declared.has(name))
    .flatMap(({ environments }) => environments.map(({ githubName }) => githubName));
}

/**
 * The fleet with the services of one group alone; without a group, with those that name none. The platform's
 * repository belongs to the stack without a group.
 * @param stack whose setting names the group, for the error
 * @throws PlatformError `unknown-group` where no service names the group: a typing mistake would delete everything
 */
export function ofGroup(fleet: Fleet, group: string | undefined, stack: string): Fleet {
  const services = fleet.services.filter((service) => service.group === group);
  if (group !== undefined && services.length === 0) {
    const known = [...new Set(fleet.services.flatMap((service) => service.group ?? []))].sort();
    throw new PlatformError({
      code: "unknown-group",
      where: `Pulumi.${stack}.yaml: ghcr-platform:group`,
      problem: `no service is in this group; ${known.length === 0 ? "no service names any" : `there are ${known.join(", ")}`}`,
      got: group,
      fix: `write group: "${group}" in a service's service.ts, or set another group`,
    });
  }
  return onlyServices(
    fleet,
    services.map(({ name }) => name),
  );
}
