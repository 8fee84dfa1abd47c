/** Credentials for programs that read Docker's config.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { environmentCredentials } from "./credentials";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Writes a config.json into `folder` that signs in to `registry` with the token of the environment, beside what the
 * machine's own file has for other registries. Returns the folder; undefined where the machine's own does already.
 * A program's flags would show the token to everyone on the machine, and Trivy's variables would send it to the
 * registry of its database as well.
 */
export function withDockerConfig(
  folder: string,
  registry: string | undefined,
  environment: Environment,
): string | undefined {
  const credentials = registry === undefined ? undefined : environmentCredentials(registry, environment);
  if (registry === undefined || credentials === undefined) return undefined;
  const own = readOwn(environment);
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  const { [registry]: _, ...helpers } = own.credHelpers ?? {};
  // A credsStore would be asked for every registry, this one too: it can't stay.
  const config = { auths: { ...own.auths, [registry]: { auth } }, credHelpers: helpers };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
  return folder;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

function readOwn(environment: Environment): DockerConfig {
  const own = join(environment["DOCKER_CONFIG"] || join(homedir(), ".docker"), "config.json");
  try {
    return (JSON.parse(readFileSync(own, "utf8")) as DockerConfig | null) ?? {};
  } catch {
    return {};
  }
}
