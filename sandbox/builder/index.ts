/** What builds the sandbox's images, for every platform, and pushes them: BuildKit, ours or the Docker daemon's. */
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { PlatformError } from "../../core/errors";
import { startBuilder, stopBuildkitd, type BuilderOptions } from "./buildkitd";
import { dockerAnswers, startDockerBuilder, stopDockerBuilder } from "./docker";
import type { Builder } from "./builder";

export type { BuildRequest, Builder } from "./builder";
export { startBuilder, type BuilderOptions } from "./buildkitd";

/**
 * buildkitd of our own where it can run (Linux, as root, with buildkitd and runc there), since it needs nothing
 * else; else the Docker daemon's BuildKit. PlatformError, with what is missing for either, where there is neither.
 */
export async function chooseBuilder(options: BuilderOptions): Promise<Builder> {
  const missing = missingForBuildkitd(options);
  if (missing.length === 0) return startBuilder(options);
  if (await dockerAnswers()) return startDockerBuilder(options);
  throw new PlatformError({
    code: "no-builder",
    where: "builder",
    problem: `images can't be built here: no Docker daemon answers, and buildkitd needs ${missing.join(" and ")}`,
    fix: "start Docker, or run as root on Linux with runc installed (apt-get install runc)",
  });
}

/** Ends whichever of them was chosen for this folder; false if none was. */
export async function stopBuilder(dataDir: string): Promise<boolean> {
  const stopped = [await stopBuildkitd(dataDir), await stopDockerBuilder(dataDir)];
  return stopped.includes(true);
}

function missingForBuildkitd({ binaries }: BuilderOptions): string[] {
  return [
    ...(process.platform === "linux" ? [] : ["Linux"]),
    ...(process.getuid?.() === 0 ? [] : ["root"]),
    ...(isExecutable(binaries.buildkitd) && isExecutable(binaries.buildctl) ? [] : ["its programs"]),
    ...(isExecutable("buildkit-runc") || isExecutable("runc") ? [] : ["runc"]),
  ];
}

function isExecutable(command: string): boolean {
  if (isAbsolute(command)) return existsSync(command);
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}
