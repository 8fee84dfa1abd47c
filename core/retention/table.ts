/**
 * An inventory as numbers. Versions are numbered in the order of their digests, so that nothing behind this point
 * depends on the order of the input, and what is asked of them often lies in typed arrays. With 100,000 versions
 * most of the time goes into waiting for memory, so rows are read in the order in which they lie there: that of the
 * input (`listed`), once.
 */
import { imageGraphOf, type Digest, type ImageGraph } from "../images";
import { descending, milliseconds } from "./dates";
import { digestOrder, type DigestOrder } from "./digest-order";
import { canonicalVersion } from "./fingerprint";
import type { Inventory, Manifest, Version } from "./inventory";

export interface Table {
  readonly size: number;
  /** By number, as everything below unless it says otherwise. */
  readonly rows: readonly Version[];
  /** The numbers, in the order of the input. */
  readonly listed: Int32Array;
  /** Milliseconds since 1970. */
  readonly created: Float64Array;
  /** The later of creation and last change. */
  readonly touched: Float64Array;
  /** Bytes of the manifest; 0 where it is unreadable. */
  readonly sizes: Float64Array;
  /** Bits of `unreadable`, `refers` and `isCache`. */
  readonly traits: Uint8Array;
  /** All numbers, the newest first; equally new ones by digest. */
  readonly newestFirst: Int32Array;
  readonly graph: ImageGraph;
  /** 1 where another version of the package stands above: an index that lists it, or an image it refers to. */
  readonly hasOwner: Uint8Array;
  /** What shows that the list was not taken at one moment, sorted. */
  readonly contradictions: readonly string[];
}

/** Traits. The manifest could not be read, or is of a type whose contents are not understood. */
export const unreadable = 1;
/** It has a `subject`. */
export const refers = 2;
/** It is an export of BuildKit's cache. */
export const isCache = 4;

/** Types of manifest whose parts the inventory knows (image specification 1.1; Docker's image manifest 2.2). */
const manifestTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);

/** BuildKit's registry cache (moby/buildkit, cache/remotecache/v1, `CacheConfigMediaTypeV0`). */
const cacheConfig = "application/vnd.buildkit.cacheconfig.v0";

export function tabulate(inventory: Inventory, order: DigestOrder = digestOrder(inventory.versions)): Table {
  const { size } = order;
  const { rows, listed, contradictions } = mergedRows(inventory.versions, order);
  const created = new Float64Array(size);
  const touched = new Float64Array(size);
  const sizes = new Float64Array(size);
  const traits = new Uint8Array(size);
  for (const version of listed) {
    const row = rows[version] as Version;
    const pushed = milliseconds(row.createdAt);
    created[version] = pushed;
    touched[version] =
      row.updatedAt === row.createdAt ? pushed : Math.max(pushed, milliseconds(row.updatedAt));
    const manifest = manifestOf(row);
    sizes[version] = manifest?.size ?? 0;
    traits[version] = traitsOf(manifest);
  }
  const graph = imageGraphOf({
    size,
    order: listed,
    digest: (version) => (rows[version] as Version).digest,
    tags: (version) => (rows[version] as Version).tags,
    children: (version) => manifestOf(rows[version] as Version)?.children ?? none,
    subject: (version) => manifestOf(rows[version] as Version)?.subject,
  });
  const hasOwner = new Uint8Array(size);
  for (const owned of graph.refs.targets) hasOwner[owned] = 1;
  const newestFirst = descending(created);
  return {
    ...{ size, rows, listed, created, touched, sizes, traits, newestFirst, graph, hasOwner },
    contradictions: [...new Set([...contradictions, ...sharedNames(rows, listed)])].sort(),
  };
}

const none: readonly Digest[] = [];

/** Undefined: unreadable, or of a type whose contents are not understood. */
export function manifestOf({ manifest }: Version): Manifest | undefined {
  return "unreadable" in manifest || !manifestTypes.has(manifest.mediaType) ? undefined : manifest;
}

/** Why a version's manifest tells nothing; undefined: it does. */
export function unreadableBecause({ manifest }: Version): string | undefined {
  if ("unreadable" in manifest) return manifest.unreadable;
  return manifestTypes.has(manifest.mediaType) ? undefined : `its type ${manifest.mediaType} is not known`;
}

function traitsOf(manifest: Manifest | undefined): number {
  if (manifest === undefined) return unreadable;
  return (manifest.subject === undefined ? 0 : refers) | (manifest.configType === cacheConfig ? isCache : 0);
}

interface Merged {
  readonly rows: Version[];
  readonly listed: Int32Array;
  readonly contradictions: string[];
}

/** One row a digest. Rows of one digest that differ show a race; which of them is taken depends on no order. */
function mergedRows(versions: readonly Version[], { size, numbers }: DigestOrder): Merged {
  const rows = new Array<Version>(size);
  const listed = new Int32Array(size);
  const contradictions: string[] = [];
  let count = 0;
  versions.forEach((row, position) => {
    const number = numbers[position] as number;
    const before = rows[number];
    if (before === undefined) {
      rows[number] = row;
      listed[count++] = number;
      return;
    }
    const [one, other] = [canonicalVersion(before), canonicalVersion(row)];
    if (one !== other) contradictions.push(`${row.digest} was listed twice, with different facts`);
    if (other < one) rows[number] = row;
  });
  return { rows, listed, contradictions };
}

/** A tag points at one version, an id names one. Anything else was read at two moments. */
function sharedNames(rows: readonly Version[], listed: Int32Array): string[] {
  const tags = new Map<string, number>();
  const ids = new Set<number>();
  const shared: string[] = [];
  for (const version of listed) {
    const row = rows[version] as Version;
    for (const tag of row.tags) {
      const before = tags.get(tag);
      if (before === undefined) tags.set(tag, version);
      else if (before !== version) shared.push(`tag ${tag} was listed on two versions`);
    }
    if (ids.has(row.id)) shared.push(`id ${row.id} was listed with two digests`);
    ids.add(row.id);
  }
  return shared;
}
