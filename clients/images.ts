/** Whole images out of a registry: an index or manifest with what stands below it. */
import { imageSource, readIndex, readManifest, type ImageSource, type ServedImage } from "../core/images";
import type { ServedManifest } from "../core/images";
import { isDigest, type Digest } from "../core/names";
import { unlessNotFound } from "./registry-error";
import type { Manifest, Registry } from "./registry";

/**
 * Reads an index and each manifest and configuration that it lists, one level deep. What the registry lacks below
 * the index is left out, so that the checks can say so.
 * @throws RegistryError with `isNotFound` where the index itself isn't there
 */
export async function readServedImage(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<ServedImage> {
  const index = served(await registry.manifest(repository, digest));
  const manifests = await byDigest(entryDigests(index.content), async (child) => {
    const manifest = await unlessNotFound(registry.manifest(repository, child));
    return manifest && served(manifest);
  });
  const configDigests = [index, ...manifests.values()].flatMap(({ content }) => configDigest(content) ?? []);
  const configs = await byDigest(configDigests, (config) =>
    unlessNotFound(registry.config(repository, config)),
  );
  return { index, manifests, configs };
}

/** The commit and version that an image, index or manifest, says it was built from. */
export async function readImageSource(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<ImageSource> {
  const image = await readServedImage(registry, repository, digest);
  return imageSource(image.index.content, [...image.configs.values()]);
}

/** A manifest as the checks in `core/images` take it. */
export function served({ digest, mediaType, size, json }: Manifest): ServedManifest {
  return { digest, mediaType, size, content: json };
}

/** The digest of a manifest's configuration; undefined for an index and for what is no manifest. */
export function configDigest(content: unknown): Digest | undefined {
  const manifest = readManifest(content);
  const digest = manifest.ok ? manifest.value.config.digest : "";
  return isDigest(digest) ? digest : undefined;
}

function entryDigests(content: unknown): readonly Digest[] {
  const index = readIndex(content);
  return index.ok ? index.value.manifests.map((entry) => entry.digest).filter(isDigest) : [];
}

/** In the order given, each digest asked for once. */
async function byDigest<T>(
  digests: readonly Digest[],
  read: (digest: Digest) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const found = await Promise.all(
    [...new Set(digests)].map(async (digest) => [digest, await read(digest)] as const),
  );
  return new Map(found.flatMap(([digest, value]) => (value === undefined ? [] : [[digest, value] as const])));
}
