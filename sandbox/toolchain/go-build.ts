/** Way (c): a build from the Go module proxy, with the committed module and sums of `go/<folder>`. */
import { join } from "node:path";
import { lt } from "semver";
import { readFileSync } from "node:fs";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import { hashFolder, shortHash } from "./cache";
import type { GoBuild, ToolName } from "./catalogue";
import { platformKey, type Platform } from "./platform";

const MODULES = join(__dirname, "go");

/** Version of the Go on PATH, e.g. `1.26.8`; undefined where there is none. */
export async function installedGo(): Promise<string | undefined> {
  try {
    return (await run("go", ["env", "GOVERSION"], { cwd: __dirname })).trim().replace(/^go/, "");
  } catch {
    return undefined;
  }
}

/** What identifies the outcome of a build: the module's files, how it is built, with which Go, for what. */
export function buildKey(build: GoBuild, goVersion: string, platform: Platform): string {
  const { packages, variables, tags = [], experiment } = build;
  const how = JSON.stringify([packages, variables, tags, ...(experiment === undefined ? [] : [experiment])]);
  return shortHash(hashFolder(join(MODULES, build.folder)), how, goVersion, platformKey(platform));
}

/** The oldest Go that a build's module asks for. */
export function requiredGo(build: GoBuild): string {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(MODULES, build.folder, "go.mod"), "utf8"))?.[1];
  if (wanted === undefined) throw new Error(`${build.folder}/go.mod names no Go version`);
  return wanted;
}

/** Builds every executable of `build` into `folder`. PlatformError if it can't be built here. */
export async function buildFromGo(build: GoBuild, folder: string): Promise<void> {
  for (const [executable, source] of Object.entries(build.packages)) {
    await run("go", goArguments(build, join(folder, executable as ToolName), source), {
      cwd: join(MODULES, build.folder),
      env: { ...process.env, ...SETTINGS, GOEXPERIMENT: build.experiment ?? "" },
    }).catch((error: unknown) => {
      throw new PlatformError(
        {
          code: "build-failed",
          where: `sandbox/toolchain/go/${build.folder}`,
          problem: `${executable} can't be built: ${error instanceof Error ? error.message : String(error)}`,
          fix: `see that the Go module proxy can be reached (go env GOPROXY), then run it again; what was built is kept`,
        },
        { cause: error },
      );
    });
  }
}

/** Why nothing can be built with this Go; undefined if it can. An older Go fetches a newer one unless told not to. */
export function goFault(
  build: GoBuild,
  goVersion: string | undefined,
  goToolchain: string,
): string | undefined {
  const wanted = requiredGo(build);
  if (goVersion === undefined) return `needs Go ${wanted} or newer, and there is none on PATH`;
  if (goToolchain === "local" && lt(goVersion, wanted))
    return `needs Go ${wanted} or newer, not ${goVersion}`;
  return undefined;
}

/** A build reads nothing but its own folder: no workspace around it, no C compiler, no flags of the user's. */
const SETTINGS = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "", GO111MODULE: "on" };

function goArguments(build: GoBuild, output: string, source: string): string[] {
  const variables = Object.entries(build.variables).map(([name, value]) => `-X ${name}=${value}`);
  return [
    ...["build", "-mod=readonly", "-trimpath", "-buildvcs=false"],
    ...(build.tags === undefined ? [] : ["-tags", build.tags.join(",")]),
    ...["-ldflags", ["-s", "-w", ...variables].join(" ")],
    ...["-o", output, source],
  ];
}
