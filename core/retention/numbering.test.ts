import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../images";
import type { Version } from "./inventory";
import { numbered } from "./numbering";

/** Digests that often agree in their first bits, of several algorithms, some of them no hexadecimal at all. */
const digest = fc
  .tuple(
    fc.constantFrom("sha256", "sha512", "x+y"),
    fc.constantFrom("00000000", "ffffffff", "0000000f", "89abcdef", "zzzzzzzz"),
    fc.nat({ max: 5 }),
  )
  .map(([algorithm, first, last]): Digest => `${algorithm}:${first}${String(last).repeat(56)}`);

/** Only ids and digests are looked at. */
const versions = fc
  .array(fc.record({ id: fc.nat({ max: 9 }), digest }))
  .map((rows) => rows as unknown as readonly Version[]);

describe("the numbers of versions", () => {
  it("are those of different digests in the order of ids, whatever the order of the list", () => {
    fc.assert(
      fc.property(versions, (rows) => {
        const { size, numbers, digests } = numbered(rows);
        assert.equal(size, new Set(rows.map((row) => row.digest)).size);
        assert.deepEqual(
          rows.map((row) => row.digest),
          rows.map((_, position) => digests[numbers[position] as number]),
        );
        const firstId = digests.map((each) =>
          Math.min(...rows.filter((row) => row.digest === each).map(({ id }) => id)),
        );
        assert.deepEqual(
          firstId,
          [...firstId].sort((one, other) => one - other),
        );
        const reversed = numbered([...rows].reverse()).numbers;
        assert.deepEqual([...numbers], [...reversed].reverse());
      }),
      { numRuns: 500 },
    );
  });

  it("come with an order of digests that doesn't depend on ids", () => {
    fc.assert(
      fc.property(versions, (rows) => {
        const rankOf = ({ digests, ranks }: ReturnType<typeof numbered>) =>
          new Map(digests.map((each, number) => [each, ranks[number]]));
        const renumbered = rows.map((row) => ({ ...row, id: 9 - row.id }));
        const ranks = rankOf(numbered(rows));
        assert.deepEqual([...ranks].sort(), [...rankOf(numbered(renumbered))].sort());
        assert.deepEqual(
          [...ranks.values()].sort((one = 0, other = 0) => one - other),
          [...ranks.keys()].map((_, rank) => rank),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("are found by exactly the digests that are there", () => {
    fc.assert(
      fc.property(versions, digest, (rows, wanted) => {
        const { find, numbers } = numbered(rows);
        const position = rows.findIndex((row) => row.digest === wanted);
        assert.equal(find(wanted), position < 0 ? undefined : numbers[position]);
        rows.forEach((row, at) => assert.equal(find(row.digest), numbers[at]));
      }),
      { numRuns: 500 },
    );
  });

  it("come with the order of the digests' text for sha256", () => {
    const rows = ["b", "a", "c", "aa"].map((name, id) => ({ id, digest: `sha256:${name.padEnd(64, "0")}` }));
    assert.deepEqual([...numbered(rows as unknown as readonly Version[]).ranks], [2, 0, 3, 1]);
  });
});
