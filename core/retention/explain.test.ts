import assert from "node:assert/strict";
import { explain, plan, type Plan, type Reason } from ".";
import { PlatformError } from "../errors";
import { daysAgo, digestOf, entryOf, fallbackTag, inventoryOf, lettingGo, today } from "./testing/examples";
import { why } from "./explain";

const inventory = inventoryOf(
  {
    release: { tags: ["1.4.0", "1.4"], children: ["amd64"] },
    amd64: {},
    signature: { tags: [fallbackTag("amd64", ".sig")] },
    build: { tags: ["sha-0000001"], age: 5, children: ["build amd64"] },
    "build amd64": {},
    open: { tags: ["pr-7"] },
    fresh: { age: 0.5 },
  },
  { pullRequests: [{ number: 7, closedAt: null }] },
);
const policy = lettingGo(
  { id: "releases", kind: "keep-all", of: "semver" },
  { id: "young-builds", kind: "keep-younger", of: "sha", days: 6 },
);
const made = plan(inventory, { ...policy, graceDays: 2 }, today);
const short = (name: string): string => digestOf(name).slice(0, 19);

describe("an explanation", () => {
  it("is one sentence about a tag's version", () => {
    const { sentence } = explain(made, "1.4");
    assert.equal(sentence, `${short("release")} (1.4, 1.4.0) stays because of rule releases on tag 1.4.`);
  });

  it("says what a version belongs to, and why that stays or goes", () => {
    assert.equal(
      explain(made, digestOf("signature")).sentence,
      `${short("signature")} (${fallbackTag("amd64", ".sig")}) stays because it is a referrer by its tag of ${short("amd64")}, which belongs to ${short("release")} (1.4, 1.4.0), which stays because of rule releases on tag 1.4.`,
    );
    const later = plan(inventory, lettingGo(), new Date("2027-01-01T00:00:00Z"));
    assert.equal(
      explain(later, digestOf("build amd64")).sentence,
      `${short("build amd64")} goes because it is a child of ${short("build")}, which goes because of rule all-builds on tag sha-0000001.`,
    );
  });

  it("says from which day a version may go", () => {
    const { sentence, path } = explain(made, "sha-0000001");
    assert.match(
      sentence,
      / stays because of rule young-builds on tag sha-0000001; it may go from 2026-11-25\.$/,
    );
    assert.equal(path, "tag sha-0000001 ← rule young-builds");
    assert.match(
      explain(made, digestOf("fresh")).sentence,
      /because it is fresh; it may go from 2026-11-26\.$/,
    );
    assert.match(explain(made, "pr-7").sentence, /because the pull request of tag pr-7 is open\.$/);
  });

  it("finds a version by as much of its digest as only one has", () => {
    const hex = digestOf("release").slice(7);
    for (const wanted of [`sha256:${hex}`, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 7)}`]) {
      assert.equal(explain(made, wanted).version.digest, digestOf("release"), wanted);
    }
  });

  it("is refused for a tag or digest that no version has, or several have", () => {
    const codeOf = (wanted: string): string => {
      try {
        return explain(made, wanted).sentence;
      } catch (error) {
        return error instanceof PlatformError ? error.code : "a defect";
      }
    };
    for (const wanted of ["1.5.0", "", "sha256:", "sha256:ffffffff", "ffffffffff", "*"]) {
      assert.equal(codeOf(wanted), "no-such-version", wanted);
    }
    const { versions } = made;
    const twins: Plan = {
      ...made,
      versions: [
        ...versions,
        { ...entryOf(made, "fresh"), digest: `${digestOf("fresh").slice(0, -1)}f` as "sha256:" },
      ],
    };
    assert.throws(() => explain(twins, digestOf("fresh").slice(0, 20)), { code: "ambiguous-version" });
  });

  it("ends on a plan whose paths were edited into a circle", () => {
    const versions = made.versions.map((version) => ({
      ...version,
      reason: { kind: "belongs" as const, as: "child" as const, to: digestOf("amd64") },
    }));
    assert.match(explain({ ...made, versions }, "pr-7").sentence, /child of/);
  });

  it("has words for every reason", () => {
    const reasons: Reason[] = [
      { kind: "belongs", as: "counted-with", to: digestOf("a") },
      { kind: "not-yet", rule: "r", tag: "t" },
      { kind: "not-yet", rule: "r" },
      { kind: "no-rule", tag: "t" },
      { kind: "no-rule" },
      { kind: "unknown-class", tag: "t" },
      { kind: "moving-tag", tag: "1.2" },
      { kind: "pull-request", tag: "pr-1", state: "unknown" },
      { kind: "environment", tag: "production" },
      { kind: "rollback", environment: "production", place: 0 },
      { kind: "rollback", environment: "production", place: 2 },
      { kind: "in-use", by: "cluster a" },
      { kind: "only-signatures" },
      { kind: "cyclic" },
      { kind: "unreadable", why: "500" },
      { kind: "held", why: "race" },
      { kind: "last", what: "tagged image" },
      { kind: "downloads", downloads: 5_001 },
    ];
    const texts = reasons.map(why);
    assert.equal(new Set(texts).size, reasons.length);
    for (const text of texts) assert.doesNotMatch(text, /undefined|\.$/);
  });

  it("knows what a retained version is retained for", () => {
    const last = plan(inventoryOf({ only: { tags: ["sha-0000001"] } }), lettingGo(), new Date(daysAgo(0)));
    assert.match(
      explain(last, "sha-0000001").sentence,
      / stays against the policy because it is the last tagged image of the package\.$/,
    );
  });
});
