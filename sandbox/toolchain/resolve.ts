/** One tool by the first way that leads to it: installed, the official release, a build, a stand-in. */
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import type { Progress } from "../progress";
import { fill, isFilled, shortHash } from "./cache";
import type { GoBuild, ToolName, ToolSpec } from "./catalogue";
import { Unreachable } from "./download";
import { buildKey } from "./go-build";
import type { Found } from "./installed";
import type { Platform } from "./platform";
import { pinnedRelease, type PinnedRelease, type ReleaseLock } from "./release-lock";

export type Origin = "installed" | "release" | "go" | "npm" | "debian" | "stand-in";

/** Where a tool came from. */
export interface Resolution {
  readonly name: ToolName;
  readonly version: string;
  readonly from: Origin;
  readonly paths: ReadonlyMap<ToolName, string>;
  /** How it is known to be the right one. */
  readonly verified: string;
  /** The ways before this one, and why each led nowhere. */
  readonly passed: readonly string[];
}

/** What a resolution works with; a test puts its own in place of what is slow or not there. */
export interface Workshop {
  /** Folder of what is downloaded and built. */
  readonly cache: string;
  readonly platform: Platform;
  readonly releases: ReleaseLock;
  readonly progress: Progress;
  /** Version of the Go on PATH; undefined: none. */
  readonly goVersion: string | undefined;
  findInstalled(tool: ToolSpec): Promise<Found | string>;
  /** Throws Unreachable where another way may do, PlatformError where everything must stop. */
  unpack(release: PinnedRelease, folder: string, say: (detail: string) => void): Promise<void>;
  /** Why nothing can be built, if so. */
  buildFault(build: GoBuild): string | undefined;
  build(build: GoBuild, folder: string): Promise<void>;
  /** What stands in for a tool where nothing else is to be had. */
  standIn(tool: ToolSpec): Found | undefined;
}

/**
 * Finds, downloads or builds a tool; what lies in the cache already comes before anything that takes time.
 * PlatformError with every way's reason if none leads to it, or if a download isn't what is pinned.
 */
export async function resolveTool(tool: ToolSpec, shop: Workshop): Promise<Resolution> {
  const passed: string[] = [];
  const resolution = (from: Origin, found: Found): Resolution => ({
    name: tool.name,
    version: tool.version,
    from,
    ...found,
    passed,
  });

  const installed = await shop.findInstalled(tool);
  if (typeof installed !== "string") return resolution("installed", installed);
  passed.push(`installed: ${installed}`);

  const release = releaseOf(tool, shop);
  const build = buildOf(tool, shop);
  if (typeof release !== "string" && isFilled(release.folder)) return resolution("release", release.found);
  if (typeof build !== "string" && isFilled(build.folder)) {
    passed.push(`release: ${typeof release === "string" ? release : "not asked for, a build is cached"}`);
    return resolution("go", build.found);
  }

  const missed = typeof release === "string" ? release : await download(tool, release, shop);
  if (missed === undefined && typeof release !== "string") return resolution("release", release.found);
  passed.push(`release: ${missed}`);

  if (typeof build !== "string") {
    await construct(tool, build, shop);
    return resolution("go", build.found);
  }
  passed.push(`build: ${build}`);

  const standIn = shop.standIn(tool);
  if (standIn !== undefined) return resolution("stand-in", standIn);
  throw new PlatformError({
    code: "tool-not-found",
    where: `${tool.name} ${tool.version}`,
    problem: `there is no way to it on this machine (${passed.join("; ")})`,
    fix: `install ${tool.name} ${tool.version}${tool.go === undefined ? "" : ", or Go to build it with"}`,
  });
}

interface Candidate {
  /** In the cache; it exists once the tool does. */
  readonly folder: string;
  readonly found: Found;
}

function releaseOf(
  tool: ToolSpec,
  shop: Workshop,
): (Candidate & { readonly release: PinnedRelease }) | string {
  const release = pinnedRelease(shop.releases, tool.name, tool.version, shop.platform);
  if (typeof release === "string") return release;
  const folder = join(shop.cache, `${tool.name}-${tool.version}-${shortHash(release.sha256)}`);
  const paths = new Map(tool.executables.map((name) => [name, join(folder, release.folder, name)]));
  return {
    release,
    folder,
    found: { paths, verified: `sha256 ${release.sha256.slice(0, 12)}… of releases.json` },
  };
}

function buildOf(tool: ToolSpec, shop: Workshop): (Candidate & { readonly go: GoBuild }) | string {
  const { go } = tool;
  if (go === undefined) return "not to be had from the Go module proxy";
  const fault = shop.buildFault(go);
  if (fault !== undefined || shop.goVersion === undefined) return fault ?? "there is no Go on PATH";
  const folder = join(
    shop.cache,
    `${tool.name}-${tool.version}-${buildKey(go, shop.goVersion, shop.platform)}`,
  );
  const names = Object.keys(go.packages) as ToolName[];
  const paths = new Map(names.map((name) => [name, join(folder, name)]));
  return { go, folder, found: { paths, verified: `go.sum, Go ${shop.goVersion}` } };
}

/** Undefined once it is there; else why it can't be had. */
async function download(
  tool: ToolSpec,
  { release, folder }: Candidate & { readonly release: PinnedRelease },
  { progress, unpack }: Workshop,
): Promise<string | undefined> {
  try {
    await progress.step(`Download ${tool.name} ${tool.version}`, { typical: "10 s" }, (say) =>
      fill(folder, (temporary) => unpack(release, temporary, say), waitingFor(say)),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    progress.note(error.message);
    return error.message;
  }
}

async function construct(
  tool: ToolSpec,
  { go, folder }: Candidate & { readonly go: GoBuild },
  { progress, build }: Workshop,
): Promise<void> {
  await progress.step(`Build ${tool.name} ${tool.version} from source`, { typical: go.typical }, (say) =>
    fill(folder, (temporary) => build(go, temporary), waitingFor(say)),
  );
}

function waitingFor(say: (detail: string) => void): (pid: number) => void {
  return (pid) => say(`waiting for process ${pid}, which is at it`);
}
