/** The engine, its plugins, builder and registry, from wherever this machine can have them. */
import { cpus } from "node:os";
import { delimiter, join } from "node:path";
import type { Progress } from "../progress";
import { run } from "../run";
import { cacheFolder } from "./cache";
import { catalogue, type ToolName, type ToolSpec } from "./catalogue";
import { apt, ensureDebianPackages } from "./debian";
import { Downloader } from "./download";
import { buildFromGo, goFault, installedGo } from "./go-build";
import { findInstalled, isExecutable, type Found } from "./installed";
import { install, type Executable } from "./installation";
import { findNode } from "./node";
import { currentPlatform } from "./platform";
import { committedReleases } from "./release-lock";
import { resolveTool, type Origin, type Resolution, type Workshop } from "./resolve";

export { cacheFolder } from "./cache";
export { ensureDebianPackages } from "./debian";
export { doctorTable, printDoctor } from "./doctor";

/** One tool as it will be used. */
export interface ResolvedTool {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly from: Origin;
  /** How it is known to be the right one. */
  readonly verified: string;
  /** The ways that come before this one, and why each led nowhere. */
  readonly passed: readonly string[];
}

export interface Toolchain {
  readonly tools: readonly ResolvedTool[];
  /** The Pulumi home that holds the plugins; private to this set of tools. */
  readonly pulumiHome: string;
  /** Path of an executable. Of one that this machine has no use for, the path where it would be. */
  bin(name: string): string;
  /** Whether an executable is there. */
  has(name: ToolName): boolean;
  /** What a process needs on top of its own environment to use these tools: PATH, PULUMI_HOME and the like. */
  env(): Record<string, string>;
}

export interface ToolchainOptions {
  /** Top of the checkout. */
  readonly root: string;
  readonly progress: Progress;
  /** @default `cacheFolder()` */
  readonly cache?: string;
  /** Tools that not every run needs. @default none of them */
  readonly also?: readonly ToolName[];
}

/**
 * Finds, downloads or builds every tool that this machine needs; takes seconds once that is done. PlatformError
 * where a tool can't be had, or where a download isn't the file that is pinned.
 */
export async function resolveToolchain(options: ToolchainOptions): Promise<Toolchain> {
  const { root, progress, cache = cacheFolder(), also = [] } = options;
  const tools = join(cache, "toolchain");
  const shop = await openWorkshop(root, tools, progress);
  const wanted = catalogue.filter((tool) => isWanted(tool, also, shop));
  const resolutions = withoutSecondHost(await resolveAll(wanted, shop));
  const node = await findNode(root, shop.platform, process.env, tools);
  const runc = rootOnLinux() && apt.refusal() === undefined ? await debian(["runc"], progress) : [];

  const executables: Executable[] = resolutions.flatMap((resolution) =>
    [...resolution.paths].map(([name, path]) => ({ name, path, ...pluginOf(resolution) })),
  );
  const {
    bin,
    pulumiHome,
    executables: placed,
  } = await install(tools, [...executables, { name: "node", path: node.path }]);
  return {
    pulumiHome,
    tools: [...resolutions.flatMap(described), { name: "node", ...node, passed: [] }, ...runc],
    bin: (name) => placed.get(name) ?? join(bin, name),
    has: (name) => placed.has(name),
    env: () => ({
      PATH: [bin, process.env["PATH"] ?? ""].join(delimiter),
      PULUMI_HOME: pulumiHome,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_COMPILE_CACHE: join(cache, "node-compile-cache"),
    }),
  };
}

async function openWorkshop(root: string, cache: string, progress: Progress): Promise<Workshop> {
  const downloader = new Downloader();
  const goVersion = await installedGo();
  const goToolchain = goVersion === undefined ? "" : (await run("go", ["env", "GOTOOLCHAIN"])).trim();
  return {
    cache,
    progress,
    goVersion,
    platform: currentPlatform(),
    releases: committedReleases(),
    findInstalled: (tool) => findInstalled(tool, process.env, cache),
    unpack: (release, folder, say) => downloader.unpack(release, folder, say),
    buildFault: (build) => goFault(build, goVersion, goToolchain),
    build: buildFromGo,
    standIn: (tool) => standIn(root, tool),
  };
}

/**
 * Two builds at a time on machines with four cores or more. On fewer, builds side by side compile what they share
 * twice, which costs more than it gains.
 */
async function resolveAll(tools: readonly ToolSpec[], shop: Workshop): Promise<Resolution[]> {
  const resolved = new Map<ToolName, Resolution>();
  const queue = [...tools];
  const work = async (): Promise<void> => {
    for (let tool = queue.shift(); tool !== undefined; tool = queue.shift()) {
      const host = resolved.get("pulumi");
      if (tool.name === "pulumi-language-nodejs" && host?.paths.has(tool.name)) continue;
      try {
        resolved.set(tool.name, await resolveTool(tool, shop));
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: cpus().length >= 4 ? 2 : 1 }, work));
  return tools.flatMap(({ name }) => resolved.get(name) ?? []);
}

/** The language host that came with the engine is the one for it. */
function withoutSecondHost(resolutions: readonly Resolution[]): Resolution[] {
  const brought = resolutions.some(
    ({ name, paths }) => name === "pulumi" && paths.has("pulumi-language-nodejs"),
  );
  return resolutions.filter(({ name }) => !(brought && name === "pulumi-language-nodejs"));
}

/** The one tool that the project brings a stand-in for; see command-plugin/README.md. */
function standIn(root: string, { name, plugin }: ToolSpec): Found | undefined {
  const path = join(root, "sandbox", "toolchain", "command-plugin", "pulumi-resource-command");
  if (plugin !== "command" || !isExecutable(path)) return undefined;
  return { paths: new Map([[name, path]]), verified: "part of this checkout" };
}

async function debian(names: readonly string[], progress: Progress): Promise<ResolvedTool[]> {
  const versions = await ensureDebianPackages(names, progress);
  return [...versions].map(([name, version]) => ({
    ...{ name, version, path: `/usr/sbin/${name}`, from: "debian" },
    ...{ verified: "signed package lists, by apt", passed: [] },
  }));
}

function pluginOf({ name, version }: Resolution): Pick<Executable, "plugin"> {
  const plugin = catalogue.find((tool) => tool.name === name)?.plugin;
  return plugin === undefined ? {} : { plugin: { name: plugin, version } };
}

function described({ paths, ...resolution }: Resolution): ResolvedTool[] {
  return [...paths].map(([name, path]) => ({ ...resolution, name, path }));
}

function isWanted({ name, only, go }: ToolSpec, also: readonly ToolName[], shop: Workshop): boolean {
  if (only === "when asked for") return also.includes(name);
  if (only === "where it can be built") return go !== undefined && shop.buildFault(go) === undefined;
  return only === undefined || rootOnLinux();
}

function rootOnLinux(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}
