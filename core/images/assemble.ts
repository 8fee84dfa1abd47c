/** Image indexes made from platform manifests that a registry already holds. */
import { PlatformError, type Fault } from "../errors";
import { platformOf, type Digest } from "../names";
import { mediaTypes, readConfig, readIndex, type IndexEntry } from "./documents";
import type { ServedManifest } from "./checks";

/** A manifest that goes into an index: an image manifest with its configuration, or an index to be flattened. */
export interface IndexPart {
  readonly manifest: ServedManifest;
  /** JSON of the image manifest's configuration, where its platform stands; not needed for an index. */
  readonly config: unknown;
}

export interface AssembledIndex {
  /** Equal for equal parts and annotations, in whatever order they came. */
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Digest of each platform's manifest. */
  readonly platforms: Readonly<Record<string, string>>;
}

/**
 * One index of all parts. Builders that add attestations push an index per platform: its entries are taken over.
 * @throws PlatformError with every fault: a part that is no image, a platform given twice, none at all
 */
export function assembleIndex(
  parts: readonly IndexPart[],
  annotations: Readonly<Record<string, string>>,
): AssembledIndex {
  const results = parts.map(partEntries);
  const entries = uniqueByDigest(results.flatMap(({ entries }) => entries));
  const faults = [...results.flatMap(({ faults }) => faults), ...platformFaults(entries)];
  if (faults.length > 0) throw new PlatformError(faults);
  entries.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: entries,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) }),
  };
  return {
    bytes: new TextEncoder().encode(JSON.stringify(index)),
    mediaType: mediaTypes.index,
    platforms: Object.fromEntries(
      entries.flatMap((entry) => {
        const platform = platformName(entry);
        return platform === undefined ? [] : [[platform, entry.digest] as const];
      }),
    ),
  };
}

function partEntries({ manifest, config }: IndexPart): { entries: IndexEntry[]; faults: Fault[] } {
  const { digest, mediaType, size } = manifest;
  if (mediaType === mediaTypes.index) {
    const index = readIndex(manifest.content);
    return index.ok
      ? { entries: index.value.manifests.map(tidy), faults: [] }
      : { entries: [], faults: [partFault(digest, index.problem)] };
  }
  if (mediaType !== mediaTypes.manifest) {
    return { entries: [], faults: [partFault(digest, `is no OCI manifest or index but ${mediaType}`)] };
  }
  const read = readConfig(config);
  const platform = read.ok ? platformOf(read.value) : undefined;
  if (platform === undefined || !read.ok) {
    const problem = read.ok
      ? "its configuration names no platform"
      : `its configuration is broken (${read.problem})`;
    return { entries: [], faults: [partFault(digest, problem)] };
  }
  const { architecture, os, variant } = read.value;
  const written = { architecture, os, ...(variant === undefined ? {} : { variant }) };
  return { entries: [{ mediaType, digest, size, platform: written }], faults: [] };
}

/** The known fields in one order, so that the bytes don't depend on who wrote the entry. */
function tidy(entry: IndexEntry): IndexEntry {
  const { mediaType, digest, size, platform, annotations } = entry;
  return {
    mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations: sorted(annotations) }),
    ...(platform === undefined
      ? {}
      : {
          platform: {
            architecture: platform.architecture,
            os: platform.os,
            ...(platform.variant === undefined ? {} : { variant: platform.variant }),
          },
        }),
  };
}

function platformFaults(entries: readonly IndexEntry[]): Fault[] {
  const names = entries.flatMap((entry) => platformName(entry) ?? []);
  if (names.length === 0) {
    return [
      {
        code: "no-platform",
        where: "--digest",
        problem: "an index needs the manifest of one platform at least",
        fix: "give the digest that each platform's build has pushed",
      },
    ];
  }
  return [...new Set(names.filter((name, position) => names.indexOf(name) !== position))]
    .sort()
    .map((name) => ({
      code: "platform-twice",
      where: "--digest",
      problem: `two manifests are for ${name}`,
      fix: "give one digest a platform",
    }));
}

function partFault(digest: Digest, problem: string): Fault {
  return {
    code: "not-an-image",
    where: `--digest ${digest}`,
    problem,
    fix: "give the digest of a pushed image",
  };
}

function platformName(entry: IndexEntry): string | undefined {
  return entry.platform === undefined ? undefined : platformOf(entry.platform);
}

/** Platforms by name, attestations behind them. */
function sortKey(entry: IndexEntry): string {
  return `${platformName(entry) ?? "~"} ${entry.digest}`;
}

function uniqueByDigest(entries: readonly IndexEntry[]): IndexEntry[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
