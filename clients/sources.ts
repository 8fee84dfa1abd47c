/** Whether the sources that are to be built are where their declarations say. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../core/errors";
import type { Service } from "../core/fleet";

/** Folders and Dockerfiles that are missing, of services that `pulumi up` builds. */
export function sourceFaults(root: string, services: readonly Service[]): Fault[] {
  return services
    .filter((service) => service.publish === "up")
    .flatMap((service): Fault[] => {
      if (!statSync(join(root, service.path), { throwIfNoEntry: false })?.isDirectory()) {
        return [
          {
            code: "missing-source",
            where: `${service.where}: source.path`,
            problem: "no such folder",
            got: service.path,
            fix: "name the service's folder from the repository's top",
          },
        ];
      }
      if (!statSync(join(root, service.dockerfile), { throwIfNoEntry: false })?.isFile()) {
        return [
          {
            code: "missing-dockerfile",
            where: `${service.where}: dockerfile`,
            problem: "no such file",
            got: service.dockerfile,
            fix: `add ${service.dockerfile}, or name another file in the field dockerfile`,
          },
        ];
      }
      return [];
    });
}
