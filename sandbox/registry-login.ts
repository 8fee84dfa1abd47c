/** How programs on this machine sign in to the sandbox's registry. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Credentials } from "../clients/credentials";

export interface RegistryLogin extends Credentials {
  /** `127.0.0.1:18481` */
  readonly registry: string;
}

/** Docker's configuration with this sign-in alone, as DOCKER_AUTH_CONFIG and as a `config.json` have it. */
export function dockerConfig({ registry, username, password }: RegistryLogin): string {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [registry]: { auth } } });
}

/** Writes it for skopeo's REGISTRY_AUTH_FILE and the like, readable by its owner alone. */
export function writeDockerConfig(file: string, login: RegistryLogin): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, dockerConfig(login), { mode: 0o600 });
}

/** What the `ghcr` command takes its sign-in from. */
export function ghcrEnvironment({ registry, username, password }: RegistryLogin): Record<string, string> {
  return { GHCR_REGISTRY: registry, GHCR_USERNAME: username, GHCR_TOKEN: password };
}
