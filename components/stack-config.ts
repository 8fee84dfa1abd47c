import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import * as github from "@pulumi/github";
import * as ghcr from "../provider/sdk";
import { PlatformError } from "../core/errors";
import {
  missingSecretFaults,
  ofGroup,
  onlyServices,
  parseSettings,
  secretValueKeys,
  type Fleet,
  type Service,
  type Settings,
} from "../core/fleet";
import type { RegistryCredentials } from "./image-builder";
import type { SecretValues } from "./service-secrets";

/** Values of secrets by service and key. */
type SecretTree = Record<string, Record<string, string>>;

/** The stack's configuration as the composition root uses it: plain settings, and secrets that stay secret. */
export interface StackConfig {
  readonly settings: Settings;
  /** What this stack declares of the fleet: the services of its group. */
  readonly fleet: Fleet;
  /** How the registry is signed in to, if the stack says so. */
  readonly credentials: RegistryCredentials | undefined;
  /** The token that GitHub is asked with; undefined for a GitHub App. Plain: never an input of a resource. */
  readonly token: string | undefined;
  /** The provider through which everything on GitHub is declared. */
  readonly github: github.Provider;
  /** The provider that compares packages with what GitHub shows, and writes rendered files. */
  readonly ghcr: ghcr.Provider;
  /** Values of one service's secrets. */
  secretsOf(service: Service): SecretValues;
}

/**
 * Reads and checks all of it before anything is declared.
 * @throws PlatformError with every fault at once, each with the `pulumi config set` line that mends it
 */
export function readStackConfig(wholeFleet: Fleet): StackConfig {
  const config = new pulumi.Config();
  const prefix = `${config.name}:`;
  const raw = Object.fromEntries(
    Object.entries(allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const settings = parseSettings(pulumi.getStack(), raw);
  const fleet = inReach(ofGroup(wholeFleet, settings.group, pulumi.getStack()), settings);
  const values: pulumi.Output<SecretTree> =
    config.getSecretObject<SecretTree>("secrets") ?? pulumi.output<SecretTree>({});
  const faults = missingSecretFaults(pulumi.getStack(), fleet.services, raw["secrets"]);
  if (faults.length > 0) throw new PlatformError(faults);

  const username = config.get("registryUsername");
  const password = config.getSecret("registryPassword");
  const token = raw["githubToken"] ?? process.env["GITHUB_TOKEN"];
  return {
    settings,
    fleet,
    credentials: username === undefined || password === undefined ? undefined : { username, password },
    token: settings.githubApp === undefined ? token : undefined,
    github: githubProvider(settings, config),
    ghcr: ghcrProvider(settings, config),
    secretsOf: (service) =>
      Object.fromEntries(
        secretValueKeys(service).map((key) => [
          key,
          pulumi.secret(values.apply((all) => all[service.name]?.[key] ?? "")),
        ]),
      ),
  };
}

/**
 * A preview may be told which services a change can reach, and declares only them: `GHCR_ONLY_SERVICES`, names with
 * commas. An update that did so would delete all others, unless its stack is made for the one preview that follows
 * (sandbox/preview-change.ts), on a stand-in for GitHub.
 */
function inReach(fleet: Fleet, { githubUrl }: Settings): Fleet {
  const only = process.env["GHCR_ONLY_SERVICES"];
  if (only === undefined) return fleet;
  const isThrownAway = process.env["GHCR_THROWAWAY_STACK"] === "true" && isLoopback(githubUrl);
  if (!pulumi.runtime.isDryRun() && !isThrownAway) {
    throw new PlatformError({
      code: "partial-update",
      where: "GHCR_ONLY_SERVICES",
      problem: "is for previews: an update that declares some services deletes the others",
      got: only,
      fix: "unset GHCR_ONLY_SERVICES",
    });
  }
  return onlyServices(fleet, only.split(","));
}

function isLoopback(url: string): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(new URL(url).hostname);
}

/**
 * Without a token in the stack the plugin reads GITHUB_TOKEN by itself. The SDK would copy it into the provider's
 * inputs, and so into the state, where a token that is new with every run would show as a change: it is taken
 * out of this process's environment, which the plugin doesn't inherit.
 */
function githubProvider(settings: Settings, config: pulumi.Config): github.Provider {
  const { githubPace: pace, githubApp: app } = settings;
  const token = config.getSecret("githubToken");
  delete process.env["GITHUB_TOKEN"];
  return new github.Provider("github", {
    owner: settings.owner,
    baseUrl: settings.githubUrl,
    writeDelayMs: pace.writeDelayMs,
    retryDelayMs: pace.retryDelayMs,
    parallelRequests: pace.parallelRequests,
    ...(app === undefined ? {} : { appAuth: { ...app, pemFile: config.requireSecret("githubAppKey") } }),
    ...(token === undefined ? {} : { token }),
  });
}

/**
 * The registry's password is a classic token that may read packages too; GitHub Packages takes no fine-grained one.
 * Files are written with what the GitHub provider signs in with, at its pace. Without a token in the stack the plugin
 * reads GHCR_TOKEN or GITHUB_TOKEN by itself.
 */
function ghcrProvider(settings: Settings, config: pulumi.Config): ghcr.Provider {
  const { githubUrl, registry, githubPace, githubApp: app } = settings;
  const githubToken = config.getSecret("githubToken");
  const token = config.getSecret("registryPassword") ?? githubToken;
  return new ghcr.Provider("ghcr", {
    githubUrl,
    registry,
    writeDelayMs: githubPace.writeDelayMs,
    ...(token === undefined ? {} : { token }),
    ...(githubToken === undefined ? {} : { githubToken }),
    ...(app === undefined ? {} : { githubApp: { ...app, key: config.requireSecret("githubAppKey") } }),
  });
}
