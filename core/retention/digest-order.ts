/** Numbers for versions that don't depend on how they were listed: their places in the order of digests. */
import type { Digest } from "../images";
import type { Version } from "./inventory";

export interface DigestOrder {
  /** Different digests. */
  readonly size: number;
  /** By position in the list, the version's number; rows of one digest share it. */
  readonly numbers: Int32Array;
}

/**
 * Comparing whole digests 1.7 million times would be most of what a plan of 100,000 versions costs. So the first 32
 * bits of the hash and the position are packed into one number each and sorted as numbers; digests are compared only
 * where those bits agree.
 */
export function digestOrder(versions: readonly Version[]): DigestOrder {
  const numbers = new Int32Array(versions.length);
  let size = 0;
  for (const group of groupsByBits(versions)) {
    let last: Digest | undefined;
    for (const position of group) {
      // Alone with its bits: nothing to compare, and the row stays untouched, which is what takes time.
      const digest = group.length === 1 ? undefined : versions[position]?.digest;
      if (digest === undefined || digest !== last) size++;
      numbers[position] = size - 1;
      last = digest;
    }
  }
  return { size, numbers };
}

/** Positions that agree in the bits, in the order of their digests. */
function* groupsByBits(versions: readonly Version[]): Iterable<Int32Array> {
  const count = versions.length;
  const positions = 2 ** Math.max(1, Math.ceil(Math.log2(count + 1)));
  // 32 bits and the position fit into the 53 of a number as long as there are at most 2 million versions.
  const bitsOf = positions > 2 ** 21 ? () => 0 : hashBits;
  const packed = new Float64Array(count);
  for (let position = 0; position < count; position++) {
    packed[position] = bitsOf((versions[position] as Version).digest) * positions + position;
  }
  packed.sort();
  const order = new Int32Array(count);
  for (let place = 0; place < count; place++) order[place] = (packed[place] as number) % positions;
  const bitsAt = (place: number): number => Math.floor((packed[place] as number) / positions);
  for (let start = 0; start < count;) {
    const bits = bitsAt(start);
    let end = start + 1;
    while (end < count && bitsAt(end) === bits) end++;
    const group = order.subarray(start, end);
    yield group.length === 1 ? group : group.sort((one, other) => compareAt(versions, one, other));
    start = end;
  }
}

function compareAt(versions: readonly Version[], one: number, other: number): number {
  const [first, second] = [versions[one]?.digest ?? "", versions[other]?.digest ?? ""];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The first 8 hex digits of a sha256 digest as a number; 0 for any other algorithm. */
function hashBits(digest: Digest): number {
  if (!digest.startsWith("sha256:")) return 0;
  let bits = 0;
  for (let at = 7; at < 15; at++) {
    const code = digest.charCodeAt(at);
    bits = bits * 16 + (code < 58 ? code - 48 : code - 87);
  }
  return bits >= 0 && bits < 2 ** 32 ? bits : 0;
}
