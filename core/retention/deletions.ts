/** The order of deletion, and what a refused one freezes. */
import type { Digest } from "../images";
import type { Deletion, Plan } from "./plan-file";
import type { Table } from "./table";

/**
 * Owners before what they own, image by image, the oldest first: after any number of steps every kept image is
 * whole, and a doomed one whole or gone.
 * @param sequence all versions, owners first
 * @param doomed by version: 1 if it is to be deleted
 */
export function deletionsInOrder(
  { size, ids, digests, graph }: Table,
  sequence: Int32Array,
  doomed: Uint8Array,
): Deletion[] {
  const { offsets, targets } = graph.refs;
  const order = sequence.filter((version) => doomed[version] === 1);
  const place = new Int32Array(size).fill(-1);
  order.forEach((version, position) => (place[version] = position));
  const after = new Array<number[]>(order.length).fill(none);
  order.forEach((version, position) => {
    const end = offsets[version + 1] as number;
    for (let edge = offsets[version] as number; edge < end; edge++) {
      const owned = place[targets[edge] as number] as number;
      // What a doomed version owns and something else keeps has no place in the order.
      if (owned < 0) continue;
      const before = after[owned] as number[];
      if (before === none) after[owned] = [position];
      // Two edges between the same two stand next to each other.
      else if (before.at(-1) !== position) before.push(position);
    }
  });
  return after.map((positions, place) => {
    const version = order[place] as number;
    return { id: ids[version] as number, digest: digests[version] as Digest, after: positions };
  });
}

const none: number[] = [];

/**
 * What must not be deleted any more once these deletions were refused, failed or left out: they themselves and all
 * that hangs on them. What hangs on them stands later in the plan, so it has not been deleted yet.
 */
export function frozenBy({ deletions }: Pick<Plan, "deletions">, refused: ReadonlySet<Digest>): Set<Digest> {
  const frozen = new Set<Digest>();
  for (const { digest, after } of deletions) {
    if (refused.has(digest) || after.some((position) => frozen.has(deletions[position]?.digest ?? ":"))) {
      frozen.add(digest);
    }
  }
  return frozen;
}
