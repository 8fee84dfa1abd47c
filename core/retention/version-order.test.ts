import assert from "node:assert/strict";
import fc from "fast-check";
import { compare, satisfies } from "semver";
import {
  compareVersions,
  parseMovingTag,
  parseRange,
  parseVersion,
  type ReleaseVersion,
} from "./version-order";

const version = (tag: string): ReleaseVersion => {
  const parsed = parseVersion(tag);
  assert.ok(parsed !== undefined, tag);
  return parsed;
};

const number = fc.nat({ max: 12 }).map(String);
const identifier = fc.oneof(number, fc.constantFrom("rc", "alpha", "beta", "x-1", "-", "A"));
const anyVersion = fc
  .record({
    core: fc.tuple(number, number, number),
    prerelease: fc.array(identifier, { maxLength: 3 }),
  })
  .map(
    ({ core, prerelease }) => core.join(".") + (prerelease.length === 0 ? "" : `-${prerelease.join(".")}`),
  );

describe("versions among tags", () => {
  it("are whole versions, with a v in front or _ for +", () => {
    for (const tag of [
      "1.2.3",
      "v1.2.3",
      "0.0.0",
      "1.2.3-rc.1",
      "1.2.3-0a",
      "1.2.3_build.7",
      "1.2.3-rc.1_b",
      "1.2.3+b",
    ]) {
      assert.ok(parseVersion(tag) !== undefined, tag);
    }
  });

  it("are not what is near one", () => {
    for (const tag of [
      ...["1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "V1.2.3", "vv1.2.3"],
      ...["1.2.x", "1.2.3_", "x1.2.3", "1.2.3 ", "1,2,3", ""],
    ]) {
      assert.equal(parseVersion(tag), undefined, tag);
    }
  });

  it("rank as semver.org's own example does, section 11", () => {
    const ranked = [
      ...["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"],
      ...["1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1", "2.1.9007199254740993", "2.1.9007199254740994"],
    ];
    const shuffled = [...ranked]
      .reverse()
      .sort((one, other) => compareVersions(version(one), version(other)));
    assert.deepEqual(shuffled, ranked);
    assert.equal(compareVersions(version("1.0.0_a"), version("v1.0.0+b")), 0);
  });

  it("rank as the semver package ranks them", () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, (one, other) => {
        assert.equal(Math.sign(compareVersions(version(one), version(other))), compare(one, other));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("ranges of versions", () => {
  it("hold what the semver package says they hold", () => {
    const ranges = [
      "*",
      ">=1.2 <3",
      "^2",
      "~1.4",
      "1.x || 3.x",
      "1.0.0 - 2.3.0",
      ">4.5.6",
      "=7.0.0",
      "<=2.0.0-rc.1",
    ];
    fc.assert(
      fc.property(anyVersion, fc.constantFrom(...ranges), (tag, range) => {
        assert.equal(
          parseRange(range)(version(tag)),
          satisfies(tag, range, { includePrerelease: true }),
          tag,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("know numbers of any size, and are refused where they are none", () => {
    assert.ok(parseRange(">=1.2")(version("1.20261124100000000000000.0")));
    assert.ok(!parseRange("<2")(version("20261124100000000000000.0.0")));
    for (const text of ["=>1", "1.2.3.4", "newest", ">> 1"])
      assert.throws(() => parseRange(text), TypeError, text);
  });
});

describe("moving tags", () => {
  it("are 1 and 1.2, with a v in front", () => {
    assert.deepEqual(parseMovingTag("1"), ["1"]);
    assert.deepEqual(parseMovingTag("v1.20"), ["1", "20"]);
    for (const tag of ["1.2.3", "01", "1.", "1.x", "v", "latest"])
      assert.equal(parseMovingTag(tag), undefined, tag);
  });
});
