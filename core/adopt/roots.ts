/** Which of the program's components a repository's resources are below. */
import type { Fleet } from "../fleet";

/**
 * Names of the top components: a service's for a repository of its own; the platform's with every service that is
 * built from it. None: nothing declares the repository.
 */
export function rootsOf(fleet: Fleet, repository: string): readonly string[] {
  const same = (name: string) => name.toLowerCase() === repository.toLowerCase();
  if (same(fleet.platform.name)) {
    return ["platform", ...fleet.services.filter(({ shared }) => shared).map(({ name }) => name)];
  }
  return [...fleet.ownRepositories].filter(([, { name }]) => same(name)).map(([service]) => service);
}
