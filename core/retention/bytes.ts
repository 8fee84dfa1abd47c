/** Bytes: what a version holds alone, what a package holds, what a plan frees. */
import type { GraphOrder } from "../images";
import type { Facts } from "./facts";
import type { Inventory } from "./inventory";
import type { Table } from "./table";
import type { TagFacts } from "./tag-facts";

/**
 * By version: the bytes that nothing else leads to, which is what would go if it went, with all that would then
 * hang in the air. Versions that have a tag of their own and versions without an owner are led to by themselves.
 *
 * That is the weight of its subtree in the tree of dominators: in an order where owners stand first, a version's
 * nearest dominator is the nearest common one of all its owners'.
 */
export function bytesHeldAlone(
  { inventory, table, tags }: Facts,
  { sequence, cyclic }: GraphOrder,
): Float64Array {
  const tree = new DominatorTree(table.size);
  const { offsets, targets } = table.graph.refs;
  for (let place = 0; place < table.size; place++) {
    const version = sequence[place] as number;
    if (hasTagOfItsOwn(version, tags) || cyclic[version] === 1 || table.hasOwner[version] === 0)
      tree.entry(version);
    tree.settle(version);
    const end = offsets[version + 1] as number;
    for (let edge = offsets[version] as number; edge < end; edge++)
      tree.leadTo(targets[edge] as number, version);
  }
  const bytes = new Float64Array(table.size + 1);
  blobHolders(inventory, table, tree).forEach((holder, blob) => {
    if (holder !== nobody) add(bytes, holder, inventory.blobs[blob]?.size ?? 0);
  });
  for (let position = table.size - 1; position >= 0; position--) {
    const version = sequence[position] as number;
    add(bytes, version, table.sizes[version] as number);
    add(bytes, tree.above(version), bytes[version] as number);
  }
  return bytes;
}

/** A signature's tag only says what it belongs to. */
function hasTagOfItsOwn(version: number, { offsets, classes }: TagFacts): boolean {
  const end = offsets[version + 1] as number;
  for (let tag = offsets[version] as number; tag < end; tag++) if (classes[tag] !== "signature") return true;
  return false;
}

const nobody = -1;

/** By blob: the nearest version that all ways to it lead through; the tree's root where there is none. */
function blobHolders(inventory: Inventory, table: Table, tree: DominatorTree): Int32Array {
  const holders = new Int32Array(inventory.blobs.length).fill(nobody);
  const { offsets, blobs } = table.blobs;
  for (let version = 0; version < table.size; version++) {
    const end = offsets[version + 1] as number;
    for (let use = offsets[version] as number; use < end; use++) {
      const blob = blobs[use] as number;
      const holder = holders[blob] as number;
      holders[blob] = holder === nobody ? version : tree.common(holder, version);
    }
  }
  return holders;
}

/** Nearest common ancestors in logarithmic time, however deep the tree (Myers' jump pointers, IPL 17, 1983). */
class DominatorTree {
  private readonly root: number;
  private readonly parent: Int32Array;
  private readonly jump: Int32Array;
  private readonly depth: Int32Array;

  constructor(size: number) {
    this.root = size;
    this.parent = new Int32Array(size + 1).fill(nobody);
    this.jump = new Int32Array(size + 1).fill(size);
    this.depth = new Int32Array(size + 1);
    this.parent[size] = size;
  }

  /** Something leads to the version without passing any other. */
  entry(version: number): void {
    this.parent[version] = this.root;
  }

  /** Every owner of the version has been seen: its place is known. */
  settle(version: number): void {
    const parent = this.parent[version] as number;
    const far = this.jump[parent] as number;
    const farther = this.jump[far] as number;
    const even = this.at(parent) - this.at(far) === this.at(far) - this.at(farther);
    this.jump[version] = even ? farther : parent;
    this.depth[version] = this.at(parent) + 1;
  }

  /** `owner`, which is settled, leads to `version`. Ways back into a cycle tell nothing: its members are entries. */
  leadTo(version: number, owner: number): void {
    const parent = this.parent[version] as number;
    if (parent === this.root) return;
    this.parent[version] = parent === nobody ? owner : this.common(parent, owner);
  }

  above(version: number): number {
    return this.parent[version] as number;
  }

  common(one: number, other: number): number {
    let [low, high] = this.at(one) > this.at(other) ? [one, other] : [other, one];
    const goal = this.at(high);
    while (this.at(low) > goal) {
      const far = this.jump[low] as number;
      low = this.at(far) >= goal ? far : (this.parent[low] as number);
    }
    while (low !== high) {
      const [lowFar, highFar] = [this.jump[low] as number, this.jump[high] as number];
      const apart = lowFar !== highFar;
      low = apart ? lowFar : (this.parent[low] as number);
      high = apart ? highFar : (this.parent[high] as number);
    }
    return low;
  }

  private at(version: number): number {
    return this.depth[version] as number;
  }
}

export interface PackageBytes {
  readonly all: number;
  readonly freed: number;
}

/** @param doomed by version: 1 if it is to be deleted */
export function packageBytes({ inventory, table }: Facts, doomed: Uint8Array): PackageBytes {
  const heldByAny = new Uint8Array(inventory.blobs.length);
  const heldByKept = new Uint8Array(inventory.blobs.length);
  const { offsets, blobs } = table.blobs;
  let all = 0;
  let freed = 0;
  for (let version = 0; version < table.size; version++) {
    const size = table.sizes[version] as number;
    all += size;
    if (doomed[version] === 1) freed += size;
    const end = offsets[version + 1] as number;
    for (let use = offsets[version] as number; use < end; use++) {
      const blob = blobs[use] as number;
      heldByAny[blob] = 1;
      if (doomed[version] === 0) heldByKept[blob] = 1;
    }
  }
  inventory.blobs.forEach(({ size }, blob) => {
    if (heldByAny[blob] === 1) all += size;
    if (heldByAny[blob] === 1 && heldByKept[blob] === 0) freed += size;
  });
  return { all, freed };
}

function add(bytes: Float64Array, at: number, more: number): void {
  bytes[at] = (bytes[at] as number) + more;
}
