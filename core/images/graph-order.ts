/**
 * The order in which manifests can go: whatever needs another one before the one that it needs. Tarjan's strongly
 * connected components (SIAM J. Comput. 1, 1972), without recursion, since nesting may be as deep as a package is
 * large.
 */
import type { References } from "./graph";

export interface GraphOrder {
  /** All nodes, each before everything below it; nodes of one cycle stand together. */
  readonly sequence: Int32Array;
  /** 1 for nodes on a cycle. A content hash can't be part of what it hashes, tags and faulty facts can. */
  readonly cyclic: Uint8Array;
}

/**
 * Orders the graph by depth first search.
 * @param starts every node, in the order in which searches start. What is found from a later start comes first,
 *   so a root and what hangs on it alone stand together.
 */
export function parentsFirst(refs: References, starts: ArrayLike<number>): GraphOrder {
  const { size, offsets, targets } = refs;
  const sequence = new Int32Array(size);
  const cyclic = new Uint8Array(size);
  /** When a node was found, from 1; 0: not yet. */
  const found = new Int32Array(size);
  /** The earliest found node of the open ones that a node leads to; `closed` once its component is complete. */
  const low = new Int32Array(size);
  const closed = 0x7fffffff;
  const path = new Int32Array(size);
  const open = new Int32Array(size);
  const nextEdge = offsets.slice(0, size);
  let depth = 0;
  let opened = 0;
  let clock = 0;
  let free = size;

  const enter = (node: number): void => {
    found[node] = low[node] = ++clock;
    path[depth++] = node;
    open[opened++] = node;
  };
  const close = (node: number): void => {
    const alone = open[opened - 1] === node;
    for (let member = -1; member !== node;) {
      member = open[--opened] as number;
      low[member] = closed;
      cyclic[member] = alone ? 0 : 1;
      sequence[--free] = member;
    }
  };

  for (let position = 0; position < size; position++) {
    const start = starts[position] as number;
    if (found[start] === 0) enter(start);
    while (depth > 0) {
      const node = path[depth - 1] as number;
      const edge = nextEdge[node] as number;
      if (edge < (offsets[node + 1] as number)) {
        nextEdge[node] = edge + 1;
        const target = targets[edge] as number;
        if (found[target] === 0) enter(target);
        else if (low[target] !== closed) low[node] = Math.min(low[node] as number, found[target] as number);
        continue;
      }
      depth--;
      if (low[node] === found[node]) close(node);
      if (depth > 0) {
        const above = path[depth - 1] as number;
        // A closed component's `low` is the greatest number there is: it lowers nothing.
        low[above] = Math.min(low[above] as number, low[node] as number);
      }
    }
  }
  return { sequence, cyclic };
}
