import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a BuildKit endpoint known to buildx, and to all that is made of it, as `docker buildx create --driver
 * remote` does; the file is buildx's NodeGroup (store/nodegroup.go).
 */
export function writeBuildxInstance(
  buildxConfig: string,
  { name, endpoint }: { readonly name: string; readonly endpoint: string },
): void {
  const folder = join(buildxConfig, "instances");
  const instance = {
    Name: name,
    Driver: "remote",
    Nodes: [
      { Name: `${name}0`, Endpoint: endpoint, Platforms: null, DriverOpts: {}, Flags: null, Files: null },
    ],
    Dynamic: false,
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Renamed into place: a build that starts meanwhile reads the old file or the new one.
  const partial = join(buildxConfig, `${name}.new`);
  writeFileSync(partial, JSON.stringify(instance));
  renameSync(partial, join(folder, name));
}
