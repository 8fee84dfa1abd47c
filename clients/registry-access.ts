/** The registry that an image reference names, signed in to with what this machine has. */
import { registryCredentials } from "./credentials";
import { openRegistry, type Manifest, type Registry } from "./registry";
import { RegistryError } from "./registry-error";
import { PlatformError } from "../core/errors";
import type { Digest, ImageReference } from "../core/names";

type Environment = Readonly<Record<string, string | undefined>>;

/** @param pushes whether something will be written, so that one sign-in does */
export function registryOf(
  { registry: host }: Pick<ImageReference, "registry">,
  environment: Environment,
  pushes = false,
): Registry {
  return openRegistry(host, { pushes, credentials: () => registryCredentials(host, environment) });
}

/** @throws PlatformError `image-missing` */
export async function requireManifest(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<Manifest> {
  return found(`${registry.host}/${repository}@${digest}`, registry.manifest(repository, digest));
}

/** What was asked for, with a missing image as the user's mistake. */
export async function found<T>(reference: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof RegistryError) || !error.isNotFound) throw error;
    throw new PlatformError(
      {
        code: "image-missing",
        where: reference,
        problem: "the registry has no such image",
        fix: "push it first; a build by digest prints the digest that it has pushed",
      },
      { cause: error },
    );
  }
}
