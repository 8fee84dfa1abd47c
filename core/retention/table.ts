/**
 * An inventory as columns of numbers. Versions are numbered in the order of their ids, so that nothing behind this
 * point depends on the order of the input. With 100,000 versions most of the time goes into waiting for memory, so
 * each row is read once, in the order in which rows lie there: that of the input, mostly that of ids or the reverse.
 */
import { imageGraphOf, referenceKinds, type Digest, type ImageGraph } from "../images";
import { latestFirst, milliseconds } from "./dates";
import { canonicalVersion } from "./fingerprint";
import type { Inventory, Manifest, Version } from "./inventory";
import { numbered, type Numbering } from "./numbering";

/** Every list is by number, unless it says otherwise. */
export interface Table {
  readonly size: number;
  readonly rows: readonly Version[];
  readonly digests: readonly Digest[];
  /** The digest's place in an order of digests, which breaks ties. */
  readonly ranks: Int32Array;
  readonly ids: Float64Array;
  /** Sorted, each once. */
  readonly tags: readonly (readonly string[])[];
  readonly blobs: BlobUses;
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
  /** All numbers, in the order of the input. */
  readonly listed: Int32Array;
  readonly graph: ImageGraph;
  /** 1 where another version of the package stands above: an index that lists it, or an image it refers to. */
  readonly hasOwner: Uint8Array;
  /** 1 where that is an image that it refers to, by its subject or its tag. */
  readonly hasSubject: Uint8Array;
  /** What shows that the list was not taken at one moment, sorted. Not by number. */
  readonly contradictions: readonly string[];
}

/** Which blobs versions use: those of version `v` are at `offsets[v]` up to, not including, `offsets[v + 1]`. */
export interface BlobUses {
  readonly offsets: Int32Array;
  /** Positions in the inventory's blobs. */
  readonly blobs: Int32Array;
}

/** Traits. The manifest could not be read, or is of a type whose contents are not understood. */
export const unreadable = 1;
/** It has a `subject`. */
export const refers = 2;
/** It is an export of BuildKit's cache. */
export const isCache = 4;

/** BuildKit's registry cache (moby/buildkit, cache/remotecache/v1, `CacheConfigMediaTypeV0`). */
const cacheConfig = "application/vnd.buildkit.cacheconfig.v0";

export function tabulate(inventory: Inventory): Table {
  const order = numbered(inventory.versions);
  const { rows, listed, contradictions } = mergedRows(inventory.versions, order);
  const columns = columnsOf(rows, listed);
  const { tags, children, ids } = columns;
  const graph = imageGraphOf({
    size: order.size,
    order: listed,
    numberOf: (version) => version,
    find: order.find,
    tags: (version) => tags[version] as readonly string[],
    children: (version) => children[version] as readonly Digest[],
    subject: (version) => columns.subjects.get(version),
  });
  return {
    ...columns,
    ...owners(graph, order.size),
    ...{
      size: order.size,
      digests: order.digests,
      ranks: order.ranks,
      rows,
      listed,
      graph,
      newestFirst: newestFirst(columns.created, order.ranks),
    },
    contradictions: [...new Set([...contradictions, ...sharedNames(tags, ids)])].sort(),
  };
}

/** Mostly the other way round than numbers, so that nothing has to be sorted but what was pushed in one second. */
function newestFirst(created: Float64Array, ranks: Int32Array): Int32Array {
  const size = created.length;
  const order = new Int32Array(size);
  if (!ascends(created)) {
    const byRank = new Float64Array(size);
    const versions = new Int32Array(size);
    for (let version = 0; version < size; version++) {
      byRank[ranks[version] as number] = created[version] as number;
      versions[ranks[version] as number] = version;
    }
    return latestFirst(byRank).map((rank) => versions[rank] as number);
  }
  let next = 0;
  for (let end = size; end > 0;) {
    let start = end - 1;
    while (start > 0 && created[start - 1] === created[end - 1]) start--;
    const first = next;
    for (let version = start; version < end; version++) order[next++] = version;
    if (end - start > 1)
      order.subarray(first, next).sort((one, other) => (ranks[one] as number) - (ranks[other] as number));
    end = start;
  }
  return order;
}

function ascends(values: Float64Array): boolean {
  for (let at = 1; at < values.length; at++)
    if ((values[at] as number) < (values[at - 1] as number)) return false;
  return true;
}

function columnsOf(rows: readonly Version[], listed: Int32Array) {
  const size = rows.length;
  const ids = new Float64Array(size);
  const tags = new Array<readonly string[]>(size);
  const blobs = new Array<readonly number[]>(size);
  let uses = 0;
  const children = new Array<readonly Digest[]>(size);
  const subjects = new Map<number, Digest>();
  const created = new Float64Array(size);
  const touched = new Float64Array(size);
  const sizes = new Float64Array(size);
  const traits = new Uint8Array(size);
  const timeOf = rememberingLast(milliseconds);
  for (let place = 0; place < size; place++) {
    const version = listed[place] as number;
    const row = rows[version] as Version;
    const manifest = manifestOf(row);
    ids[version] = row.id;
    tags[version] = row.tags.length < 2 ? row.tags : [...new Set(row.tags)].sort();
    const own = manifest?.blobs ?? none;
    blobs[version] = own;
    uses += own.length;
    children[version] = manifest?.children ?? none;
    if (manifest?.subject !== undefined) subjects.set(version, manifest.subject);
    created[version] = timeOf(row.createdAt);
    touched[version] = Math.max(created[version], timeOf(row.updatedAt));
    sizes[version] = manifest?.size ?? 0;
    traits[version] = traitsOf(manifest);
  }
  return { ids, tags, blobs: flat(blobs, uses), children, subjects, created, touched, sizes, traits };
}

function flat(lists: readonly (readonly number[])[], uses: number): BlobUses {
  const offsets = new Int32Array(lists.length + 1);
  const blobs = new Int32Array(uses);
  let next = 0;
  for (let version = 0; version < lists.length; version++) {
    const own = lists[version] as readonly number[];
    for (let each = 0; each < own.length; each++) blobs[next++] = own[each] as number;
    offsets[version + 1] = next;
  }
  return { offsets, blobs };
}

/** Of what was pushed together, all dates are the same. */
function rememberingLast(read: (text: string) => number): (text: string) => number {
  let lastText = "";
  let last = NaN;
  return (text) => {
    if (text === lastText) return last;
    lastText = text;
    last = read(text);
    return last;
  };
}

const none: readonly never[] = [];

function owners(
  { refs: { targets, kinds } }: ImageGraph,
  size: number,
): Pick<Table, "hasOwner" | "hasSubject"> {
  const hasOwner = new Uint8Array(size);
  const hasSubject = new Uint8Array(size);
  for (let edge = 0; edge < targets.length; edge++) {
    const owned = targets[edge] as number;
    hasOwner[owned] = 1;
    if (kinds[edge] !== childKind) hasSubject[owned] = 1;
  }
  return { hasOwner, hasSubject };
}

const childKind = referenceKinds.indexOf("child");

/** Undefined: unreadable, or of a type whose contents are not understood. */
function manifestOf({ manifest }: Version): Manifest | undefined {
  return "unreadable" in manifest || !isUnderstood(manifest.mediaType) ? undefined : manifest;
}

/** Types of manifest whose parts the inventory knows (image specification 1.1; Docker's image manifest 2.2). */
function isUnderstood(mediaType: string): boolean {
  // Compared one by one, since looking them up in a set would hash as many texts as there are versions.
  return (
    mediaType === "application/vnd.oci.image.manifest.v1+json" ||
    mediaType === "application/vnd.oci.image.index.v1+json" ||
    mediaType === "application/vnd.docker.distribution.manifest.v2+json" ||
    mediaType === "application/vnd.docker.distribution.manifest.list.v2+json"
  );
}

/** Why a version's manifest tells nothing; undefined: it does. */
export function unreadableBecause({ manifest }: Version): string | undefined {
  if ("unreadable" in manifest) return manifest.unreadable;
  return isUnderstood(manifest.mediaType) ? undefined : `its type ${manifest.mediaType} is not known`;
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
function mergedRows(versions: readonly Version[], { size, numbers }: Numbering): Merged {
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
function sharedNames(tags: readonly (readonly string[])[], ids: Float64Array): string[] {
  const tagged = new Set<string>();
  const shared: string[] = [];
  for (let version = 0; version < tags.length; version++) {
    const own = tags[version] as readonly string[];
    for (let each = 0; each < own.length; each++) {
      const tag = own[each] as string;
      if (tagged.has(tag)) shared.push(`tag ${tag} was listed on two versions`);
      tagged.add(tag);
    }
  }
  // Versions are numbered by their ids, except where one digest was listed under several.
  const sorted = ascends(ids) ? ids : ids.slice().sort();
  for (let place = 1; place < sorted.length; place++) {
    if (sorted[place] === sorted[place - 1]) shared.push(`id ${sorted[place]} was listed with two digests`);
  }
  return shared;
}
