/** A package as years of continuous delivery leave it, of any size, the same at every run. */
import type { Digest } from "../core/images";
import { fakeDigest } from "../core/retention/testing/arbitrary";
import { inventoryFormat, type Blob, type Inventory, type Manifest, type Version } from "../core/retention";

const start = Date.parse("2024-01-01T00:00:00Z");
const day = 86_400_000;
const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** When the plan is made. */
export const now = new Date(start + 1_000 * day);

/**
 * Images for two platforms with an attestation each (BuildKit's shape, five versions), one in ten with a signature
 * and its fallback index; builds, releases, pull requests, a developer's images, what moved tags left behind, and
 * cache exports. Base layers are shared, as they are.
 */
export function packageOf(size: number): Inventory {
  const versions: Version[] = [];
  const blobs: Blob[] = [];
  const blob = (bytes: number): number =>
    blobs.push({ digest: fakeDigest(10_000_000 + blobs.length), size: bytes }) - 1;
  const base = Array.from({ length: 12 }, (_, at) => blob(2_000_000 * (at + 1)));
  const images = Math.ceil(size / 5.2);
  const push = (time: number, tags: readonly string[], facts: Partial<Manifest>): Digest => {
    const number = versions.length + 1;
    const at = new Date(time).toISOString().replace(".000Z", "Z");
    const manifest: Manifest = { mediaType: manifestType, size: 900, children: [], blobs: [], ...facts };
    const digest = fakeDigest(number);
    versions.push({ id: number, digest, createdAt: at, updatedAt: at, tags, manifest });
    return digest;
  };
  for (let image = 0; versions.length < size; image++) {
    const time = start + Math.floor((image / images) * 1_000 * 86_400) * 1_000;
    const platform = (): Digest[] => [
      push(time, [], {
        blobs: [...base.slice(image % 6, (image % 6) + 6), blob(4_000_000), blob(900_000), blob(7_000)],
      }),
      push(time, [], { blobs: [blob(20_000)] }),
    ];
    const children = [...platform(), ...platform()];
    const root = push(time, tagsOf(image), { mediaType: indexType, size: 1_600, children });
    if (image % 10 === 0) {
      const bundle = push(time, [], { subject: root, blobs: [blob(9_000)] });
      push(time, [root.replace(":", "-")], { mediaType: indexType, children: [bundle] });
    }
    if (image % 25 === 0) {
      const configType = "application/vnd.buildkit.cacheconfig.v0";
      push(time, image % 100 === 0 ? [`buildcache-${image}`] : [], { configType, blobs: [blob(50_000_000)] });
    }
  }
  return {
    format: inventoryFormat,
    package: { owner: "albeorla", name: "bench", visibility: "private" },
    takenAt: now.toISOString(),
    incomplete: [],
    versions: versions.slice(0, size),
    blobs,
    pullRequests: Array.from({ length: images }, (_, image) => image)
      .filter((image) => image % 10 === 1 || image % 10 === 2)
      .map((image) => ({
        number: image + 1,
        closedAt: image % 50 === 1 ? null : new Date(start + (image / images) * 1_000 * day).toISOString(),
      })),
    promotions: [],
    inUse: [],
  };
}

/** Of ten images: four builds, one release, two of pull requests, one developer's, two that lost their tags. */
function tagsOf(image: number): string[] {
  const hex = image.toString(16).padStart(7, "0");
  switch (image % 10) {
    case 0:
      return [
        `${1 + Math.floor(image / 2_000)}.${Math.floor(image / 100) % 20}.${Math.floor(image / 10) % 10}`,
        `sha-${hex}`,
      ];
    case 1:
    case 2:
      return [`pr-${image + 1}`];
    case 3:
      return [`dev-ann-${hex}`];
    case 4:
    case 5:
      return [];
    default:
      return [`sha-${hex}`];
  }
}
