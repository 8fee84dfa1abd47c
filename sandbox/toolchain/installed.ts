/** Way (a): what is installed on this machine already, at the right version. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { run } from "../run";
import type { ToolName, ToolSpec } from "./catalogue";

/** Executables of a tool that was found, and how it was known to be the right one. */
export interface Found {
  readonly paths: ReadonlyMap<ToolName, string>;
  readonly verified: string;
}

/**
 * Looks for a tool on PATH, or for a plugin in the user's own Pulumi home; else says, in words, why none will do.
 * Nothing below `except` counts: that is what this resolver itself put there.
 */
export async function findInstalled(
  tool: ToolSpec,
  env: NodeJS.ProcessEnv,
  except: string,
): Promise<Found | string> {
  return tool.plugin === undefined
    ? findProgram(tool, env, except)
    : findPlugin(tool, tool.plugin, env, except);
}

function findPlugin(tool: ToolSpec, plugin: string, env: NodeJS.ProcessEnv, except: string): Found | string {
  const home = env["PULUMI_HOME"] || join(homedir(), ".pulumi");
  if (home.startsWith(except)) return "no";
  const folder = join(home, "plugins", `resource-${plugin}-v${tool.version}`);
  const path = join(folder, tool.name);
  // The engine keeps a `.partial` beside a plugin whose installation didn't end.
  if (!isExecutable(path) || isFile(`${folder}.partial`)) return "no";
  return { paths: new Map([[tool.name, path]]), verified: "in the user's Pulumi home at this version" };
}

async function findProgram(tool: ToolSpec, env: NodeJS.ProcessEnv, except: string): Promise<Found | string> {
  if (tool.ask === undefined) return "not looked for";
  const path = which(tool.name, env, except);
  if (path === undefined) return "no";
  const answer = await run(path, tool.ask.args).catch(() => "");
  if (!tool.ask.answer.test(answer)) {
    return `not ${tool.version} (${answer.trim().split("\n")[0]?.slice(0, 60) || "no answer"})`;
  }
  const paths = siblings(path, tool.executables);
  if (paths === undefined) return `without ${tool.executables.slice(1).join(" and ")} beside it`;
  return { paths, verified: `\`${[tool.name, ...tool.ask.args].join(" ")}\` says so` };
}

/** The executables that lie in one folder with `path`, links followed; undefined if one of them doesn't. */
function siblings(path: string, names: readonly ToolName[]): Map<ToolName, string> | undefined {
  for (const folder of [dirname(path), dirname(realpathSync(path))]) {
    const all = names.map((name) => [name, join(folder, name)] as const);
    if (all.every(([, file]) => isExecutable(file))) return new Map(all);
  }
  return undefined;
}

/** The first executable of this name on PATH that doesn't lie below `except`. */
export function which(name: string, env: NodeJS.ProcessEnv, except?: string): string | undefined {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && (except === undefined || !folder.startsWith(except)))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
