/** A sandbox with a fleet of made-up services, each with a repository of its own, in groups or all in one stack. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { SandboxStack } from "../../sandbox/stack";
import { startWorld, type World } from "./world";

/** As docs/fleet.md advises. */
export const perGroup = 50;

export const nameOf = (index: number): string => `service-${String(index).padStart(3, "0")}`;
export const groupOf = (index: number): string => `group-${Math.floor(index / perGroup)}`;

/** A service as a team declares one: a repository of its own, a secret, a variable, an environment. */
export function declaration(index: number, grouped: boolean, description = "One of many"): string {
  const name = nameOf(index);
  const fields = {
    name,
    description,
    ...(grouped ? { group: groupOf(index) } : {}),
    source: { repository: { name } },
    secrets: ["API_KEY"],
    variables: { LOG_LEVEL: "info" },
    environments: { production: {} },
  };
  return `import { defineService } from "../../core/fleet";\n\nexport default defineService(${JSON.stringify(fields)});\n`;
}

export function declarationFile(index: number): string {
  return `services/${nameOf(index)}/service.ts`;
}

/** A world whose program declares these services and no others. */
export function startFleet(indexes: readonly number[], grouped: boolean): Promise<World> {
  return startWorld({
    files: {
      "services/hello-python/service.ts": null,
      "services/todost/service.ts": null,
      ...Object.fromEntries(indexes.map((index) => [declarationFile(index), declaration(index, grouped)])),
    },
  });
}

/** A stack of its own for some services, on the world's backend. */
export async function stackOf(
  world: World,
  name: string,
  indexes: readonly number[],
  config: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<SandboxStack> {
  const { sandbox } = world;
  const stack = new SandboxStack({
    ...{ root: world.program, dir: sandbox.dir, name, secretConfig: sandbox.secretConfig },
    env: { ...sandbox.env, ...env },
    config: { ...sandbox.config, ...config },
    secrets: Object.fromEntries(indexes.map((index) => [nameOf(index), ["API_KEY"]])),
  });
  await stack.prepare();
  return stack;
}

export interface GhcrRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the `ghcr` command of the world's program on a stack of it. */
export function ghcrUp(
  world: World,
  stack: SandboxStack,
  more: readonly string[] = [],
  show: (text: string) => void = () => {},
  started: (pid: number | undefined) => void = () => {},
): Promise<GhcrRun> {
  return new Promise((resolve, reject) => {
    const args = ["up", "--stack", stack.name, "--config-file", stack.configFile, "--yes", ...more];
    const child = spawn(join(world.program, "cli", "ghcr"), args, {
      cwd: world.program,
      env: { ...process.env, ...stack.engineEnv() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started(child.pid);
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
      show(chunk.toString());
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
