/** A stack with what its configuration says of GitHub, for commands that run the engine on it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installationToken } from "../clients/app-token";
import { Engine } from "../clients/engine";
import { parseSettings, type Settings } from "../core/fleet";
import type { Io } from "./io";

export interface StackOptions {
  readonly stack: string;
  /** Where Pulumi.yaml is. */
  readonly folder: string;
  /** @default Pulumi.<stack>.yaml there */
  readonly configFile?: string;
}

export interface OpenStack {
  readonly name: string;
  readonly engine: Engine;
  readonly settings: Settings;
  /** Gives a token that GitHub takes now, a GitHub App's too; undefined where there is none. */
  readonly token: (() => Promise<string>) | undefined;
  /** Arguments that every operation on it gets. */
  readonly args: readonly string[];
  /** More of them for those that declare something: what no service may switch off holds for all. */
  readonly policies: readonly string[];
}

const prefix = "ghcr-platform:";
const pack = join("policy", "ghcr-policy");

/** @throws PlatformError with every fault of the configuration */
export async function openStack(io: Io, { folder, stack, configFile }: StackOptions): Promise<OpenStack> {
  const engine = new Engine(folder, io.environment, configFile);
  const raw = Object.fromEntries(
    Object.entries(await engine.configuration(stack))
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const settings = parseSettings(stack, raw);
  return {
    name: stack,
    engine,
    settings,
    token: signInOf(io.environment, settings, raw),
    args: ["--stack", stack],
    policies: existsSync(join(folder, pack)) ? ["--policy-pack", pack] : [],
  };
}

/** @param raw the stack's configuration in clear, keys without their namespace */
export function signInOf(
  environment: Io["environment"],
  { githubApp, githubUrl }: Settings,
  raw: Readonly<Record<string, string>>,
): OpenStack["token"] {
  if (githubApp !== undefined)
    return installationToken(githubUrl, { ...githubApp, key: raw["githubAppKey"] ?? "" });
  // A workflow's secret that isn't set is an empty text.
  const token = raw["githubToken"] ?? environment["GITHUB_TOKEN"] ?? "";
  return token === "" ? undefined : async () => token;
}
