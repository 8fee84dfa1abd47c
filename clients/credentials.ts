/** How this machine signs in to a registry. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { isLoopbackHost } from "../core/names";

export interface Credentials {
  readonly username: string;
  /** A secret. */
  readonly password: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials for a registry host, the first of: `GHCR_USERNAME` with `GHCR_TOKEN`; `GITHUB_ACTOR` with
 * `GITHUB_TOKEN`; `auths` in Docker's config.json (`DOCKER_CONFIG`, else `~/.docker`).
 *
 * The tokens of the environment go to ghcr.io, to this machine, and to the host that `GHCR_REGISTRY` names, and to
 * nobody else: an image reference with another registry in it must not take them there.
 * @throws PlatformError for a config.json that can't be read as JSON; no credentials is no error
 */
export function registryCredentials(host: string, environment: Environment): Credentials | undefined {
  return environmentCredentials(host, environment) ?? dockerCredentials(host, environment);
}

/** The token that the environment gives for this registry. */
export function environmentCredentials(host: string, environment: Environment): Credentials | undefined {
  const trusted = host === "ghcr.io" || host === environment["GHCR_REGISTRY"] || isLoopbackHost(host);
  if (!trusted) return undefined;
  const token = environment["GHCR_TOKEN"] || environment["GITHUB_TOKEN"];
  if (token === undefined || token === "") return undefined;
  // ghcr.io looks at the token only; a name has to be there all the same.
  const username = environment["GHCR_USERNAME"] || environment["GITHUB_ACTOR"] || "x-access-token";
  return { username, password: token };
}

function dockerCredentials(host: string, environment: Environment): Credentials | undefined {
  const path = join(environment["DOCKER_CONFIG"] || join(homedir(), ".docker"), "config.json");
  const auths = readDockerAuths(path);
  const entry = auths?.[host] ?? auths?.[`https://${host}`] ?? auths?.[`https://${host}/`];
  if (typeof entry?.auth === "string" && entry.auth !== "") {
    const decoded = Buffer.from(entry.auth, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  if (typeof entry?.username === "string" && typeof entry.password === "string") {
    return { username: entry.username, password: entry.password };
  }
  return undefined;
}

interface DockerAuth {
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
}

function readDockerAuths(path: string): Readonly<Record<string, DockerAuth>> | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return (JSON.parse(text) as { auths?: Record<string, DockerAuth> } | null)?.auths;
  } catch {
    // The parser's own message quotes the text, which holds passwords.
    throw new PlatformError({
      code: "docker-config-broken",
      where: path,
      problem: "Docker's configuration is not JSON",
      fix: `mend or remove ${path}`,
    });
  }
}
