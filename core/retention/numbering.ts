/**
 * Numbers for versions that don't depend on how they were listed: their places in the order of ids, which is about the
 * order in which they were pushed, and so are most lists. What is looked at in the order of numbers then lies in memory
 * in that order.
 */
import type { Digest } from "../images";
import type { Version } from "./inventory";

export interface Numbering {
  /** Different digests. */
  readonly size: number;
  /** By position in the list, the version's number; rows of one digest share it. */
  readonly numbers: Int32Array;
  /** By number. */
  readonly digests: readonly Digest[];
  /** By number: the digest's place in an order of digests, which breaks ties. */
  readonly ranks: Int32Array;
  /** The number of a digest; undefined: it is not in the list. */
  find(digest: Digest): number | undefined;
}

/** @throws RangeError beyond two million versions */
export function numbered(versions: readonly Version[]): Numbering {
  const { bits, ranks: ranksAt, size } = digestOrder(versions);
  const numbers = new Int32Array(versions.length);
  const byRank = new Int32Array(size).fill(none);
  const ranks = new Int32Array(size);
  const digests = new Array<Digest>(size);
  const order = orderOfIds(versions, ranksAt);
  let next = 0;
  for (let place = 0; place < order.length; place++) {
    const position = order[place] as number;
    const rank = ranksAt[position] as number;
    if (byRank[rank] === none) {
      digests[next] = (versions[position] as Version).digest;
      ranks[next] = rank;
      byRank[rank] = next++;
    }
    numbers[position] = byRank[rank] as number;
  }
  return { size, numbers, digests, ranks, find: finder(bits, byRank, digests) };
}

const none = -1;

interface DigestOrder {
  readonly size: number;
  /** By rank: the first 32 bits of the hash, ascending. */
  readonly bits: Uint32Array;
  /** By position in the list; rows of one digest share a rank. */
  readonly ranks: Int32Array;
}

/**
 * Comparing whole digests 1.7 million times would be most of what a plan of 100,000 versions costs. So the first 32
 * bits of the hash and the position are packed into one number each and sorted as numbers; digests are compared only
 * where those bits agree.
 */
function digestOrder(versions: readonly Version[]): DigestOrder {
  const count = versions.length;
  if (count > mostVersions) throw new RangeError(`${count} versions are more than can be planned at once`);
  const packed = new Float64Array(count);
  for (let position = 0; position < count; position++) {
    packed[position] = hashBits((versions[position] as Version).digest) * mostVersions + position;
  }
  packed.sort();
  const bits = new Uint32Array(count);
  const positions = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const key = packed[place] as number;
    const own = Math.floor(key / mostVersions);
    bits[place] = own;
    // By `%` it would be a division of floating point numbers, bit by bit.
    positions[place] = key - own * mostVersions;
  }
  return ranked(versions, bits, positions);
}

/** So that 32 bits and a position fit into the 53 bits in which numbers are exact. */
const mostVersions = 2 ** 21;

/** @param bits of the rows at `positions`, ascending; rows that agree in them are put in order here */
function ranked(versions: readonly Version[], bits: Uint32Array, positions: Int32Array): DigestOrder {
  const count = versions.length;
  const ranks = new Int32Array(count);
  const digestAt = (place: number): Digest => (versions[positions[place] as number] as Version).digest;
  let size = 0;
  for (let start = 0; start < count;) {
    let end = start + 1;
    while (end < count && bits[end] === bits[start]) end++;
    if (end - start > 1) positions.subarray(start, end).sort((one, other) => compareAt(versions, one, other));
    for (let place = start; place < end; place++) {
      // A row alone with its bits stays untouched: reading it is what takes time.
      const again = place > start && digestAt(place) === digestAt(place - 1);
      if (!again) bits[size++] = bits[place] as number;
      ranks[positions[place] as number] = size - 1;
    }
    start = end;
  }
  return { size, bits, ranks };
}

/**
 * Positions by id; mostly nothing has to be sorted.
 * @param ranks by position, which of equal ids comes first. @default any
 */
export function orderOfIds(versions: readonly Version[], ranks?: Int32Array): Int32Array {
  const count = versions.length;
  const ids = new Float64Array(count);
  const order = new Int32Array(count);
  let ascends = true;
  let descends = true;
  for (let position = 0; position < count; position++) {
    const id = (versions[position] as Version).id;
    ids[position] = id;
    order[position] = position;
    ascends &&= position === 0 || id > (ids[position - 1] as number);
    descends &&= position === 0 || id < (ids[position - 1] as number);
  }
  if (ascends) return order;
  if (descends) return order.reverse();
  return order.sort(
    (one, other) =>
      (ids[one] as number) - (ids[other] as number) || (ranks?.[one] ?? 0) - (ranks?.[other] ?? 0),
  );
}

/**
 * Looks digests up among the sorted ones: the first bits lead to about one of them, bisection does the rest where
 * hashes are uneven. No map to be built, and none to be kept.
 */
function finder(bits: Uint32Array, byRank: Int32Array, digests: readonly Digest[]): Numbering["find"] {
  const size = digests.length;
  const prefix = Math.min(24, Math.max(1, Math.ceil(Math.log2(size + 1))));
  const starts = new Int32Array(2 ** prefix + 1);
  for (let rank = 0; rank < size; rank++) starts[((bits[rank] as number) >>> (32 - prefix)) + 1] = rank + 1;
  for (let each = 1; each < starts.length; each++) {
    starts[each] = Math.max(starts[each] as number, starts[each - 1] as number);
  }
  const digestOf = (rank: number): Digest => digests[byRank[rank] as number] as Digest;
  return (digest) => {
    const wanted = hashBits(digest);
    const group = wanted >>> (32 - prefix);
    const end = starts[group + 1] as number;
    let low = starts[group] as number;
    for (let high = end; low < high;) {
      const middle = (low + high) >>> 1;
      const own = bits[middle] as number;
      if (own < wanted || (own === wanted && digestOf(middle) < digest)) low = middle + 1;
      else high = middle;
    }
    return low < end && bits[low] === wanted && digestOf(low) === digest ? byRank[low] : undefined;
  };
}

function compareAt(versions: readonly Version[], one: number, other: number): number {
  const [first, second] = [versions[one]?.digest ?? "", versions[other]?.digest ?? ""];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The first 8 hex digits of a sha256 digest as a number; of any other text some number, always the same. */
function hashBits(digest: Digest): number {
  if (digest.length !== sha256Length) return 0;
  let bits = 0;
  for (let at = 7; at < 15; at++) {
    const code = digest.charCodeAt(at);
    bits = (bits << 4) | ((code < 58 ? code - 48 : code - 87) & 15);
  }
  return bits >>> 0;
}

const sha256Length = "sha256:".length + 64;
