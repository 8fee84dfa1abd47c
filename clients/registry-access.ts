/** The registry that an image reference names, signed in to with what this machine has. */
import { registryCredentials } from "../clients/credentials";
import { openRegistry, type Manifest, type Registry } from "../clients/registry";
import { RegistryError } from "../clients/registry-error";
import { PlatformError } from "../core/errors";
import { parseImageReference, type Digest, type ImageReference } from "../core/names";
import type { Io } from "./io";

/** A reference with a digest: what a command acts on never depends on where a tag points by now. */
export type PinnedReference = ImageReference & { readonly digest: Digest };

/** @throws PlatformError */
export function parsePinned(where: string, text: string): PinnedReference {
  const reference = parseImageReference(where, text);
  if (reference.digest !== undefined) return reference as PinnedReference;
  throw new PlatformError({
    code: "digest-missing",
    where,
    problem: "must name the image by its digest, because a tag may move meanwhile",
    got: text,
    fix: "write it like ghcr.io/albeorla/hello-python@sha256:…",
  });
}

export function registryOf(reference: ImageReference, io: Io): Registry {
  const host = reference.registry;
  return openRegistry(host, { credentials: () => registryCredentials(host, io.environment) });
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
