/** The platforms that an image holds, each with the digests that a scanner's report of it is held against. */
import type { Fault } from "../errors";
import { isDigest, platformOf, type Digest, type Platform } from "../names";
import { entryPlatform, isAttestation, type ServedImage, type ServedManifest } from "./checks";
import { readConfig, readIndex, readManifest } from "./documents";

export interface ImagePlatform {
  readonly platform: Platform;
  /** Of its manifest. */
  readonly digest: Digest;
  /** Of its configuration. */
  readonly config: Digest;
}

/**
 * Every platform of an index, or the one of a manifest that stands alone, by name. Only BuildKit's attestations are
 * passed over: an entry without a platform counts as an image, so that nothing hides from whoever goes through them.
 * @param where the image, for messages
 */
export function imagePlatforms(
  where: string,
  image: ServedImage,
): { readonly platforms: readonly ImagePlatform[]; readonly faults: readonly Fault[] } {
  const index = readIndex(image.index.content);
  const entries = index.ok
    ? index.value.manifests
        .filter((entry) => !isAttestation(entry))
        .map((entry) => ({ digest: entry.digest, listed: entryPlatform(entry) }))
    : [{ digest: image.index.digest, listed: undefined }];
  const results = entries.map(({ digest, listed }) => readPlatform(where, image, digest, listed));
  const none: Fault[] =
    entries.length === 0
      ? [fault(where, "the index lists no platform", "build and push the image again")]
      : [];
  return {
    platforms: results
      .flatMap((result) => ("platform" in result ? [result] : []))
      .sort((a, b) => (a.platform < b.platform ? -1 : 1)),
    faults: [...none, ...results.flatMap((result) => ("problem" in result ? [result] : []))],
  };
}

/** One of an image's manifests: its index, which may be the manifest of one platform, or what that lists. */
export function manifestIn({ index, manifests }: ServedImage, digest: string): ServedManifest | undefined {
  return index.digest === digest ? index : manifests.get(digest);
}

function readPlatform(
  where: string,
  image: ServedImage,
  digest: string,
  listed: Platform | undefined,
): ImagePlatform | Fault {
  const content = manifestIn(image, digest)?.content;
  const missing = "push the image again: its registry doesn't hold all of it";
  if (content === undefined) return fault(where, `its manifest ${digest} is not there`, missing);
  const manifest = readManifest(content);
  if (!manifest.ok || !isDigest(digest)) return fault(where, `${digest} is no image manifest`, rebuild);
  const config = manifest.value.config.digest;
  const read = readConfig(image.configs.get(config));
  const platform = listed ?? (read.ok ? platformOf(read.value) : undefined);
  if (platform === undefined || !isDigest(config)) {
    return fault(where, `nothing says which platform ${digest} is for`, rebuild);
  }
  return { platform, digest, config };
}

const rebuild = "build the image again, with BuildKit's OCI media types";

function fault(where: string, problem: string, fix: string): Fault {
  return { code: "broken-image", where, problem, fix };
}
