import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../images";
import { digestOrder } from "./digest-order";
import type { Version } from "./inventory";

/** Digests that often agree in their first bits, of several algorithms, some of them no hexadecimal at all. */
const digest = fc
  .tuple(
    fc.constantFrom("sha256", "sha512", "x+y"),
    fc.constantFrom("00000000", "ffffffff", "0000000f", "89abcdef", "zzzzzzzz"),
    fc.nat({ max: 5 }),
  )
  .map(([algorithm, first, last]): Digest => `${algorithm}:${first}${String(last).repeat(56)}`);

/** Only the digest is looked at. */
const versionsOf = (digests: readonly Digest[]): Version[] =>
  digests.map((each) => ({ digest: each }) as unknown as Version);

describe("the order of digests", () => {
  it("gives different digests different numbers, in an order of their own", () => {
    fc.assert(
      fc.property(fc.array(digest), (digests) => {
        const { size, numbers } = digestOrder(versionsOf(digests));
        const byDigest = new Map(digests.map((each, position) => [each, numbers[position] as number]));
        assert.equal(size, byDigest.size);
        assert.deepEqual(
          [...byDigest.values()].sort((one, other) => one - other),
          [...Array(size).keys()],
        );
        digests.forEach((each, position) => assert.equal(numbers[position], byDigest.get(each)));
        const reversed = digestOrder(versionsOf([...digests].reverse())).numbers;
        assert.deepEqual([...numbers], [...reversed].reverse());
      }),
      { numRuns: 500 },
    );
  });

  it("finds exactly the digests that are there", () => {
    fc.assert(
      fc.property(fc.array(digest), digest, (digests, wanted) => {
        const { find, numbers } = digestOrder(versionsOf(digests));
        const position = digests.indexOf(wanted);
        assert.equal(find(wanted), position < 0 ? undefined : numbers[position]);
        digests.forEach((each, at) => assert.equal(find(each), numbers[at]));
      }),
      { numRuns: 500 },
    );
  });

  it("is that of the digests' text for sha256", () => {
    const digests = ["b", "a", "c", "aa"].map((name): Digest => `sha256:${name.padEnd(64, "0")}`);
    assert.deepEqual([...digestOrder(versionsOf(digests)).numbers], [2, 0, 3, 1]);
  });
});
