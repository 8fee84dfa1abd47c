/** What adopting needs of the stack: its settings, and which secrets it has values for. */
import type { Engine } from "../../clients/engine";
import type { SecretPlace } from "../../core/adopt";
import { PlatformError } from "../../core/errors";
import { parseSettings, type Settings } from "../../core/fleet";
import type { Io } from "../io";
import { signInOf, type OpenStack } from "../open-stack";

export interface StackFacts {
  readonly settings: Settings;
  /** Keys of a service's secrets that have a value. */
  readonly secretValues: (service: string) => readonly string[];
  readonly secretAt: (place: SecretPlace) => string;
  /** As of OpenStack. */
  readonly token: OpenStack["token"];
  /** A classic token that packages are read with, which no GitHub App and no fine-grained token may. */
  readonly packagesToken: string | undefined;
}

const namespace = "ghcr-platform:";

export async function readStack(
  engine: Engine,
  stack: string,
  environment: Io["environment"],
): Promise<StackFacts> {
  const raw = Object.fromEntries(
    Object.entries(await engine.configuration(stack)).flatMap(([key, value]) =>
      key.startsWith(namespace) && value !== undefined ? [[key.slice(namespace.length), value]] : [],
    ),
  );
  const secrets = JSON.parse(raw["secrets"] ?? "{}") as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
  const settings = parseSettings(stack, raw);
  // As the provider that compares packages is given one (components/stack-config.ts).
  const packages = raw["registryPassword"] ?? raw["githubToken"];
  return {
    settings,
    secretValues: (service) => Object.keys(secrets[service] ?? {}),
    secretAt: ({ service, key }) => {
      const value = secrets[service]?.[key];
      if (value === undefined) throw new Error(`the stack has no value for the secret ${key} of ${service}`);
      return value;
    },
    token: signInOf(environment, settings, raw),
    packagesToken: packages || environment["GHCR_TOKEN"] || environment["GITHUB_TOKEN"] || undefined,
  };
}

/** @throws PlatformError where the stack is another owner's: its provider would look for the repository there */
export function requireOwner(stack: string, settings: Settings, owner: string): void {
  if (settings.owner.toLowerCase() === owner.toLowerCase()) return;
  throw new PlatformError({
    code: "other-owner",
    where: "<owner/repository>",
    problem: `the stack ${stack} is ${settings.owner}'s, and a stack declares what one owner has`,
    got: owner,
    fix: `name a repository of ${settings.owner}, or a stack of ${owner} with --stack`,
  });
}
