import assert from "node:assert/strict";
import fc from "fast-check";
import {
  closureOf,
  fallbackSubject,
  imageGraph,
  isRoot,
  mark,
  newMarks,
  parentsFirst,
  unreached,
  type Digest,
  type GraphNode,
} from ".";

const digest = (name: string | number): Digest =>
  `sha256:${Buffer.from(String(name)).toString("hex").padStart(64, "0")}`;
const fallback = (name: string | number, suffix = ""): string => `${digest(name).replace(":", "-")}${suffix}`;

function node(name: string | number, parts: Partial<Omit<GraphNode, "digest">> = {}): GraphNode {
  return { digest: digest(name), tags: [], children: [], subject: undefined, ...parts };
}

function names(nodes: readonly GraphNode[], roots: readonly (string | number)[]): string[] {
  const kept = closureOf(nodes, roots.map(digest));
  return [...kept].map((each) => Buffer.from(each.slice(7), "hex").toString().replace(/\0/g, "")).sort();
}

/** The law in its plainest form: repeat over all edges until nothing changes. */
function closureByRepetition(nodes: readonly GraphNode[], roots: readonly Digest[]): Set<Digest> {
  const known = new Set(nodes.map((each) => each.digest));
  const kept = new Set(roots.filter((root) => known.has(root)));
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const each of nodes) {
      if (kept.has(each.digest))
        each.children.filter((child) => known.has(child)).forEach((c) => kept.add(c));
      const above = [each.subject, ...each.tags.map(fallbackSubject)];
      if (above.some((end) => end !== undefined && kept.has(end))) kept.add(each.digest);
    }
  }
  return kept;
}

/** Any graph at all: nesting, sharing, cycles, self-references, ends that are missing, nodes given twice. */
const anyGraph = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const end = fc.nat({ max: size + 2 }).map(digest);
  return fc.array(
    fc.record({
      digest: fc.nat({ max: size }).map(digest),
      tags: fc.array(
        fc.oneof(
          fc.constant("1.0.0"),
          fc.nat({ max: size + 2 }).map((n) => fallback(n, ".sig")),
        ),
        {
          maxLength: 2,
        },
      ),
      children: fc.array(end, { maxLength: 3 }),
      subject: fc.option(end, { nil: undefined }),
    }),
    { maxLength: size },
  );
});

const graphAndRoots = anyGraph.chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    roots: fc.array(fc.nat({ max: 16 }).map(digest), { maxLength: 3 }),
  }),
);

describe("the closure of images", () => {
  it("holds children at any depth", () => {
    const nodes = [
      node("release", { children: [digest("amd64"), digest("nested")] }),
      node("nested", { children: [digest("arm64"), digest("arm")] }),
      ...["amd64", "arm64", "arm", "stranger"].map((name) => node(name)),
    ];
    assert.deepEqual(names(nodes, ["release"]), ["amd64", "arm", "arm64", "nested", "release"]);
    assert.deepEqual(names(nodes, ["nested"]), ["arm", "arm64", "nested"]);
  });

  it("holds referrers of all of them, by subject, by fallback tag and by an entry of the fallback index", () => {
    const nodes = [
      node("image", { children: [digest("amd64")] }),
      node("amd64"),
      node("attestation", { subject: digest("amd64") }),
      node("signature", { tags: [fallback("image", ".sig")] }),
      node("fallback", { tags: [fallback("image")], children: [digest("bare"), digest("bundle")] }),
      node("bare"),
      node("bundle", { subject: digest("image"), children: [digest("part")] }),
      node("part"),
      node("signature of the signature", { subject: digest("signature") }),
    ];
    assert.equal(names(nodes, ["image"]).length, nodes.length);
  });

  it("doesn't climb: a child keeps no parent, a referrer no subject", () => {
    const nodes = [
      node("image", { children: [digest("amd64"), digest("arm64")] }),
      node("amd64"),
      node("arm64"),
      node("signature", { subject: digest("image") }),
    ];
    assert.deepEqual(names(nodes, ["amd64", "signature"]), ["amd64", "signature"]);
  });

  it("ends on cycles, passes over what is missing and merges what is given twice", () => {
    const nodes = [
      node("a", { children: [digest("b"), digest("gone"), digest("a")] }),
      node("b", { children: [digest("a")] }),
      node("b", { children: [digest("c")] }),
      node("c", { subject: digest("gone too") }),
    ];
    assert.deepEqual(names(nodes, ["a", "not here"]), ["a", "b", "c"]);
    const missing = imageGraph(nodes).missing.map((each) => [each.node, each.digest, each.kind]);
    assert.deepEqual(missing, [
      [0, digest("gone"), "child"],
      [3, digest("gone too"), "referrer"],
    ]);
  });

  it("equals the plainest closure on any graph (2,000 graphs)", () => {
    fc.assert(
      fc.property(graphAndRoots, ({ nodes, roots }) => {
        assert.deepEqual([...closureOf(nodes, roots)].sort(), [...closureByRepetition(nodes, roots)].sort());
      }),
      { numRuns: 2000 },
    );
  });

  it("is the same whatever the order of nodes, tags and children", () => {
    fc.assert(
      fc.property(graphAndRoots, fc.infiniteStream(fc.nat()), ({ nodes, roots }, dice) => {
        const shuffled = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => ({ item, rank: dice.next().value }))
            .sort((one, other) => one.rank - other.rank)
            .map(({ item }) => item);
        const other = shuffled(nodes).map((each) => ({
          ...each,
          tags: shuffled(each.tags),
          children: shuffled(each.children),
        }));
        assert.deepEqual([...closureOf(other, shuffled(roots))].sort(), [...closureOf(nodes, roots)].sort());
      }),
    );
  });

  it("says how each node was reached, and the way ends at a root", () => {
    fc.assert(
      fc.property(graphAndRoots, ({ nodes, roots }) => {
        const graph = imageGraph(nodes);
        const numbers = roots.flatMap((root) => graph.find(root) ?? []);
        const { via, queue, count } = mark(graph.refs, numbers);
        const place = new Map(Array.from(queue.subarray(0, count), (number, position) => [number, position]));
        via.forEach((from, number) => {
          assert.equal(from !== unreached, place.has(number));
          if (from === isRoot) assert.ok(numbers.includes(number));
          else if (from !== unreached) assert.ok((place.get(from) as number) < (place.get(number) as number));
        });
      }),
    );
  });

  it("marks nothing twice when called again with more roots", () => {
    fc.assert(
      fc.property(graphAndRoots, ({ nodes, roots }) => {
        const { refs, find } = imageGraph(nodes);
        const numbers = roots.flatMap((root) => find(root) ?? []);
        const marks = newMarks(refs.size);
        for (const root of numbers) mark(refs, [root], marks);
        const reached = Array.from(marks.queue.subarray(0, marks.count));
        assert.equal(new Set(reached).size, reached.length);
        const atOnce = mark(refs, numbers);
        assert.deepEqual(reached.sort(), Array.from(atOnce.queue.subarray(0, atOnce.count)).sort());
      }),
    );
  });

  it("takes a chain of 200,000 nested indexes without running out of stack", () => {
    const size = 200_000;
    const chain = Array.from({ length: size }, (_, at) =>
      node(at, { children: at + 1 < size ? [digest(at + 1)] : [] }),
    );
    assert.equal(closureOf(chain, [digest(0)]).size, size);
    const { refs } = imageGraph(chain);
    const { sequence, cyclic } = parentsFirst(
      refs,
      Array.from({ length: size }, (_, at) => size - 1 - at),
    );
    assert.deepEqual(Array.from(sequence.subarray(0, 3)), [0, 1, 2]);
    assert.ok(!cyclic.includes(1));
  });
});

describe("a fallback tag", () => {
  it("is sha256-<64 hex digits> with or without a suffix, and nothing near it", () => {
    const hex = "0123456789abcdef".repeat(4);
    for (const tag of [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.a.b`]) {
      assert.equal(fallbackSubject(tag), `sha256:${hex}`, tag);
    }
    for (const tag of [
      `sha256-${hex}0`,
      `sha256-${hex.slice(1)}`,
      `sha256-${hex.toUpperCase()}`,
      `sha256-${hex}.`,
      `sha256-${hex}-sig`,
      `x-sha256-${hex}`,
      "latest",
    ]) {
      assert.equal(fallbackSubject(tag), undefined, tag);
    }
  });
});

describe("the order in which manifests can go", () => {
  it("puts everything before what hangs on it, and finds exactly the cycles (2,000 graphs)", () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const { refs, edges } = imageGraph(nodes);
        const { sequence, cyclic } = parentsFirst(refs, [...nodes.keys()]);
        assert.deepEqual(Array.from(sequence).sort(), [...nodes.keys()].sort());
        const below = (from: number): Set<number> => {
          const { queue, count } = mark(
            refs,
            refs.targets.subarray(refs.offsets[from], refs.offsets[from + 1]),
          );
          return new Set(queue.subarray(0, count));
        };
        const place = new Int32Array(nodes.length);
        sequence.forEach((number, position) => (place[number] = position));
        nodes.forEach((_, number) => assert.equal(cyclic[number] === 1, below(number).has(number)));
        edges.from.subarray(0, edges.count).forEach((from, edge) => {
          const to = edges.to[edge] as number;
          assert.ok((place[from] as number) < (place[to] as number) || below(to).has(from));
        });
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps a root and what hangs on it alone together, the last start first", () => {
    const nodes = [
      node("new", { children: [digest("new child"), digest("shared")] }),
      node("old", { children: [digest("old child"), digest("shared")] }),
      node("new child"),
      node("old child"),
      node("shared"),
    ];
    const { sequence } = parentsFirst(imageGraph(nodes).refs, [0, 1, 2, 3, 4]);
    assert.deepEqual(Array.from(sequence), [1, 3, 0, 4, 2]);
  });
});
