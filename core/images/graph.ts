/**
 * What belongs to what among the manifests of one package, and everything that has to stay for an image to stay
 * whole. Nothing here knows why something is kept: who asks brings the roots.
 *
 * Three things tie manifests together (image specification 1.1, "image index"; distribution specification 1.1,
 * "referrers"), and each is an edge from what is needed first to what hangs on it:
 * - `child`: an index lists a manifest, at any depth;
 * - `referrer`: a manifest names another one as its `subject` (signatures, attestations, SBOMs);
 * - `fallback-tag`: a manifest is tagged `sha256-<hex>` or `sha256-<hex>.<suffix>`, which is how referrers are
 *   found on a registry without the referrers API. Where that manifest is an index, its entries are its children.
 */

/** A manifest's digest, `<algorithm>:<encoded>`. */
export type Digest = `${string}:${string}`;

/** One manifest, as far as edges go. The order of tags and children carries no meaning, nor do repetitions. */
export interface GraphNode {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Digests of the manifests that an index lists; empty for anything that isn't one. */
  readonly children: readonly Digest[];
  readonly subject: Digest | undefined;
}

/** Manifests for those who have them numbered already, or in another shape than a list of nodes. */
export interface GraphSource {
  /** Numbers are 0 … size - 1. */
  readonly size: number;
  /** Whatever the functions below take, in the order in which manifests are best read. */
  readonly order: ArrayLike<number>;
  /** Several items may have one number: what is said of them adds up. */
  numberOf(item: number): number;
  /** The number of a digest; undefined: it is not among the manifests. */
  find(digest: Digest): number | undefined;
  tags(item: number): readonly string[];
  children(item: number): readonly Digest[];
  subject(item: number): Digest | undefined;
}

/** Kinds of edge; an edge carries the position in this list. Callers may add kinds of their own behind these. */
export const referenceKinds = ["child", "referrer", "fallback-tag"] as const;
export type ReferenceKind = (typeof referenceKinds)[number];

/** Edges by source: those of node `n` are at `offsets[n]` up to, not including, `offsets[n + 1]`. */
export interface References {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Uint8Array;
}

/** Edges in the order in which they were found, from which `references` sorts them by source. */
export class EdgeList {
  private columns = [new Int32Array(64), new Int32Array(64), new Int32Array(64)] as const;
  count = 0;

  /** Source, target and kind of the edges; longer than `count`. */
  get from(): Int32Array {
    return this.columns[0];
  }
  get to(): Int32Array {
    return this.columns[1];
  }
  get kind(): Int32Array {
    return this.columns[2];
  }

  /** @param kind one of `referenceKinds`, or the caller's own number behind them, below 256 */
  add(from: number, to: number, kind: ReferenceKind | number): void {
    const at = this.count++;
    if (at === this.columns[0].length) {
      const [sources, targets, kinds] = this.columns;
      this.columns = [grown(sources), grown(targets), grown(kinds)];
    }
    this.columns[0][at] = from;
    this.columns[1][at] = to;
    this.columns[2][at] = typeof kind === "number" ? kind : referenceKinds.indexOf(kind);
  }
}

function grown(column: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(column.length * 2);
  longer.set(column);
  return longer;
}

/** An edge whose other end is not among the nodes: for `child` the end is below, otherwise above. */
export interface MissingEnd {
  readonly node: number;
  readonly digest: Digest;
  readonly kind: ReferenceKind;
}

/** The manifests of a package as numbers. */
export interface ImageGraph {
  /** The number of a digest; undefined: it is not among the manifests. */
  find(digest: Digest): number | undefined;
  readonly edges: EdgeList;
  readonly refs: References;
  readonly missing: readonly MissingEnd[];
}

/**
 * Every digest that has to stay for the roots to stay whole: the roots, their children at any depth and the
 * referrers of all of them. Roots that are not among the nodes are left out.
 */
export function closureOf(nodes: readonly GraphNode[], roots: Iterable<Digest>): Set<Digest> {
  const graph = imageGraph(nodes);
  const numbers = [...roots].flatMap((digest) => graph.find(digest) ?? []);
  const { queue, count } = mark(graph.refs, numbers);
  return new Set(Array.from(queue.subarray(0, count), (number) => (nodes[number] as GraphNode).digest));
}

/**
 * Reads all edges, in time and space that grow with manifests and references only. A node's number is its position
 * in the list; what is said of one digest at several positions counts for the first of them.
 */
export function imageGraph(nodes: readonly GraphNode[]): ImageGraph {
  const numbers = new Map<Digest, number>();
  nodes.forEach(({ digest }, position) => {
    if (!numbers.has(digest)) numbers.set(digest, position);
  });
  const at = (position: number): GraphNode => nodes[position] as GraphNode;
  return imageGraphOf({
    size: nodes.length,
    order: [...nodes.keys()],
    numberOf: (position) => numbers.get(at(position).digest) as number,
    find: (digest) => numbers.get(digest),
    tags: (position) => at(position).tags,
    children: (position) => at(position).children,
    subject: (position) => at(position).subject,
  });
}

export function imageGraphOf(source: GraphSource): ImageGraph {
  const edges = new EdgeList();
  const missing: MissingEnd[] = [];
  const add = (node: number, other: Digest, kind: ReferenceKind): void => {
    const end = source.find(other);
    if (end === undefined) missing.push({ node, digest: other, kind });
    else if (end !== node) edges.add(kind === "child" ? node : end, kind === "child" ? end : node, kind);
  };
  for (let place = 0; place < source.order.length; place++) {
    const item = source.order[place] as number;
    const node = source.numberOf(item);
    const children = source.children(item);
    for (let each = 0; each < children.length; each++) add(node, children[each] as Digest, "child");
    const subject = source.subject(item);
    if (subject !== undefined) add(node, subject, "referrer");
    const tags = source.tags(item);
    for (let each = 0; each < tags.length; each++) {
      const tagged = fallbackSubject(tags[each] as string);
      if (tagged !== undefined) add(node, tagged, "fallback-tag");
    }
  }
  return { find: (digest) => source.find(digest), edges, refs: references(source.size, edges), missing };
}

/** The digest that a fallback tag belongs to; undefined for any other tag. */
export function fallbackSubject(tag: string): Digest | undefined {
  // Cheap look first: packages hold tens of thousands of tags, few of them this long.
  if (tag.length < 71 || !tag.startsWith("sha256-")) return undefined;
  return /^sha256-[0-9a-f]{64}(?:\..+)?$/.test(tag) ? `sha256:${tag.slice(7, 71)}` : undefined;
}

/** What has been reached, from where, and in which order. Grows with further calls of `mark`. */
export interface Marks {
  /** By node: the node it was reached from, `unreached`, or `isRoot`. Following it ends at a root, always. */
  readonly via: Int32Array;
  /** By node: the kind of edge it was reached by, as a position in `referenceKinds`. */
  readonly how: Uint8Array;
  /** The first `count` entries are the reached nodes; each stands behind the one it was reached from. */
  readonly queue: Int32Array;
  count: number;
}

export const unreached = -2;
export const isRoot = -1;

export function newMarks(size: number): Marks {
  const via = new Int32Array(size).fill(unreached);
  return { via, how: new Uint8Array(size), queue: new Int32Array(size), count: 0 };
}

/**
 * Marks everything reachable from the roots that was not marked before, nearest first. Called again on the same
 * marks with further roots, the calls together look at each node and each edge once.
 */
export function mark(refs: References, roots: ArrayLike<number>, marks: Marks = newMarks(refs.size)): Marks {
  const { offsets, targets, kinds } = refs;
  const { via, how, queue } = marks;
  let next = marks.count;
  let end = marks.count;
  for (let position = 0; position < roots.length; position++) {
    const root = roots[position] as number;
    if (via[root] !== unreached) continue;
    via[root] = isRoot;
    queue[end++] = root;
  }
  for (; next < end; next++) {
    const node = queue[next] as number;
    const last = offsets[node + 1] as number;
    for (let edge = offsets[node] as number; edge < last; edge++) {
      const target = targets[edge] as number;
      if (via[target] !== unreached) continue;
      via[target] = node;
      how[target] = kinds[edge] as number;
      queue[end++] = target;
    }
  }
  marks.count = end;
  return marks;
}

/**
 * Sorts edges by source, then target, then kind: whatever order they were found in, the result is the same. Counting
 * sorts, so that the time is that of looking at each edge. (Plain loops here and elsewhere: a program that makes one
 * plan ends before the compiler has taken up the iterators of `for … of`.)
 */
export function references(size: number, { from, to, kind, count }: EdgeList): References {
  let order = new Int32Array(count);
  for (let edge = 0; edge < count; edge++) order[edge] = edge;
  order = bucketSort(order, kind, 256);
  order = bucketSort(order, to, size);
  order = bucketSort(order, from, size);
  const offsets = new Int32Array(size + 1);
  const targets = new Int32Array(count);
  const kinds = new Uint8Array(count);
  for (let place = 0; place < count; place++) {
    const edge = order[place] as number;
    const source = from[edge] as number;
    offsets[source + 1] = place + 1;
    targets[place] = to[edge] as number;
    kinds[place] = kind[edge] as number;
  }
  for (let node = 0; node < size; node++) {
    offsets[node + 1] = Math.max(offsets[node + 1] as number, offsets[node] as number);
  }
  return { size, offsets, targets, kinds };
}

/** The positions, in ascending order of their keys (0 … size - 1), those of one key as they stood before. */
function bucketSort(positions: Int32Array, keys: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const count = positions.length;
  const start = new Int32Array(size + 1);
  for (let place = 0; place < count; place++) {
    const next = (keys[positions[place] as number] as number) + 1;
    start[next] = (start[next] as number) + 1;
  }
  for (let key = 0; key < size; key++) start[key + 1] = (start[key + 1] as number) + (start[key] as number);
  const sorted = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const position = positions[place] as number;
    const key = keys[position] as number;
    const free = start[key] as number;
    start[key] = free + 1;
    sorted[free] = position;
  }
  return sorted;
}
