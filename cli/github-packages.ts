/** The package that a command's flags name, on GitHub and in the registry, and the flags themselves. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { registryCredentials } from "../clients/credentials";
import { manifestSource, type ManifestSource } from "../clients/inventory";
import { diskManifestCache, manifestCacheFolder } from "../clients/manifest-cache";
import { openPackages, ownerTypes, type OwnerType, type Packages } from "../clients/packages";
import { openRegistry } from "../clients/registry";
import { parseOwnerLogin, parseRegistryHost } from "../core/names";
import type { Io } from "./io";
import { UsageError } from "./request";
import { durationText } from "./text-table";

export interface ConnectionOptions {
  readonly githubUrl: string;
  readonly registry: string;
  readonly ownerType?: OwnerType;
}

export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    )
    .option("--registry <host>", "registry host", "ghcr.io")
    .addOption(
      new Option("--owner-type <type>", `${ownerTypes.join(" or ")}; asked for where it isn't said`)
        .env("GHCR_OWNER_TYPE")
        .argParser(parseOwnerType),
    );
}

/** Empty where a workflow's event doesn't tell. */
function parseOwnerType(text: string): OwnerType | undefined {
  if (text === "") return undefined;
  const found = ownerTypes.find((type) => type === text);
  if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${ownerTypes.join(", ")}.`);
  return found;
}

export interface Connection {
  readonly packages: Packages;
  readonly manifests: ManifestSource;
}

/** @throws UsageError without a token; PlatformError for names that can't be */
export function connect(io: Io, owner: string, name: string, options: ConnectionOptions): Connection {
  const token = io.environment["GITHUB_TOKEN"] ?? io.environment["GHCR_TOKEN"];
  if (token === undefined || token === "") {
    throw new UsageError({
      code: "no-token",
      where: "GITHUB_TOKEN",
      problem: "is not set",
      fix: "export GITHUB_TOKEN=… (read:packages; to delete, delete:packages or the Admin role on the package)",
    });
  }
  const host = parseRegistryHost("--registry", options.registry);
  const login = parseOwnerLogin("--owner", owner);
  const registry = openRegistry(host, { credentials: () => registryCredentials(host, io.environment) });
  const cache = diskManifestCache(manifestCacheFolder(io.environment));
  const onWait = (milliseconds: number, why: string) => {
    if (milliseconds >= 5_000) io.complain(`waiting ${durationText(milliseconds)}: ${why}`);
  };
  return {
    packages: openPackages({
      ...{ githubUrl: options.githubUrl, token, owner: login, name, onWait },
      ...(options.ownerType === undefined ? {} : { ownerType: options.ownerType }),
    }),
    manifests: manifestSource(registry, `${login}/${name}`.toLowerCase(), cache),
  };
}
