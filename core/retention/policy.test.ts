import assert from "node:assert/strict";
import fc from "fast-check";
import {
  defaultPolicy,
  definePolicy,
  parseInventory,
  parsePlan,
  parsePolicy,
  plan,
  policyFormat,
  type Rule,
} from ".";
import { PlatformError } from "../errors";
import { daysAgo, gone, inventoryOf, today } from "./testing/examples";
import { patternFault } from "./pattern";

function faultsOf(action: () => unknown): PlatformError["faults"] {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.faults;
  }
  assert.fail("nothing was wrong");
}

describe("a policy", () => {
  it("has its defaults filled in", () => {
    assert.deepEqual(
      parsePolicy({ $schema: "../schemas/retention-policy.schema.json", rules: [] }, "policy.json"),
      {
        format: policyFormat,
        rules: [],
        graceDays: 2,
        rollback: 5,
        environments: [],
        classes: {},
        brake: { versions: 1_000, percent: 50 },
      },
    );
  });

  it("reports every fault at once, with its path", () => {
    const json = {
      graceDays: 0,
      brake: { percent: 101 },
      classes: { "custom:ok": "a[" },
      speed: "fast",
      rules: [
        { id: "one", kind: "keep-newest", of: "sha", count: 0 },
        { id: "one", kind: "expire-tagged", of: "latest", afterDays: 1 },
        { id: "Two", kind: "expire-pull-requests", afterDays: 1, of: "pull-request" },
        { id: "three", kind: "keep-all", of: "custom:nightly", matching: "a(b" },
        { id: "four", kind: "keep-releases", count: 1, range: "=>1" },
        { id: "five", kind: "shred" },
      ],
    };
    assert.deepEqual(
      faultsOf(() => parsePolicy(json, "policy.json"))
        .map(({ where }) => where)
        .sort(),
      [
        ...[
          "policy.json",
          "policy.json: brake.percent",
          "policy.json: classes.custom:ok",
          "policy.json: graceDays",
        ],
        ...["policy.json: rules[0].count", "policy.json: rules[1].id", "policy.json: rules[1].of"],
        ...["policy.json: rules[2]", "policy.json: rules[2].id", "policy.json: rules[3].matching"],
        ...["policy.json: rules[3].of", "policy.json: rules[4].range", "policy.json: rules[5].kind"],
      ],
    );
  });

  it("says what was found and what mends it", () => {
    const [fault] = faultsOf(() =>
      parsePolicy({ rules: [{ id: "a", kind: "keep-all", of: "custom:x" }] }, "p.json"),
    );
    assert.deepEqual(fault, {
      code: "invalid-policy",
      where: "p.json: rules[0].of",
      problem: "is a class that the policy doesn't declare",
      got: "custom:x",
      fix: 'declare its pattern: "classes": { "custom:x": "<pattern>" }',
    });
  });

  it("is refused where it isn't even an object", () => {
    for (const json of [null, [], "rules", 7, { rules: "all" }]) faultsOf(() => parsePolicy(json, "p.json"));
  });

  it("can't be written with what makes no sense: the compiler refuses these", () => {
    const rules: Rule[] = [
      // @ts-expect-error environments' tags never go
      { id: "a", kind: "expire-tagged", of: "environment", afterDays: 1 },
      // @ts-expect-error a pull request's tag goes by the day it was closed
      { id: "b", kind: "expire-tagged", of: "pull-request", afterDays: 1 },
      // @ts-expect-error latest stays
      { id: "c", kind: "expire-tagged", of: "latest", afterDays: 1 },
      // @ts-expect-error signatures go with their image
      { id: "d", kind: "keep-newest", of: "signature", count: 1 },
      // @ts-expect-error what is of no class is kept anyway
      { id: "e", kind: "keep-all", of: "unknown" },
      // @ts-expect-error releases are counted, not aged
      { id: "f", kind: "keep-releases", days: 3 },
      // @ts-expect-error a count keeps, it doesn't expire
      { id: "g", kind: "expire-untagged", count: 3 },
      // @ts-expect-error what has no tag has no pattern
      { id: "h", kind: "expire-untagged", afterDays: 3, matching: "x" },
    ];
    assert.equal(faultsOf(() => definePolicy({ rules })).length >= rules.length, true);
  });
});

describe("the default policy", () => {
  const builds = Object.fromEntries(
    Array.from({ length: 23 }, (_, at) => [`build ${at}`, { age: 10 + at, tags: [`sha-00000${10 + at}`] }]),
  );

  it("keeps releases, latest and the newest builds; lets go what was closed, left or superseded", () => {
    const inventory = inventoryOf(
      {
        ...builds,
        release: { age: 900, tags: ["0.1.0"] },
        closed: { age: 20, tags: ["pr-1"] },
        "closed lately": { age: 20, tags: ["pr-2"] },
        developer: { age: 14, tags: ["dev-ann-0000001"] },
        "developer's new": { age: 13.9, tags: ["dev-ann-0000002"] },
        untagged: { age: 7 },
        "untagged lately": { age: 6.9 },
        "unused cache": { age: 30, tags: ["buildcache-amd64"] },
        cache: { age: 29, tags: ["buildcache-arm64"] },
      },
      {
        pullRequests: [
          { number: 1, closedAt: daysAgo(7) },
          { number: 2, closedAt: daysAgo(6) },
        ],
      },
    );
    assert.deepEqual(gone(inventory, defaultPolicy()), [
      ...["build 20", "build 21", "build 22", "closed", "developer", "untagged", "unused cache"],
    ]);
  });

  it("takes a service's numbers", () => {
    const options = { keepBuilds: 22, pullRequestDays: 0, developmentDays: 30, untaggedDays: 1 };
    assert.deepEqual(gone(inventoryOf(builds), defaultPolicy(options)), ["build 22"]);
  });

  it("keeps what is of a declared environment, even by a name that looks like something else", () => {
    const inventory = inventoryOf({ one: { tags: ["dev-eu-0000001"] }, other: { tags: ["latest"] } });
    assert.deepEqual(gone(inventory, defaultPolicy()), ["one"]);
    assert.deepEqual(gone(inventory, defaultPolicy({ environments: ["dev-eu-0000001"] })), []);
  });
});

describe("an inventory or plan file", () => {
  it("is refused with every fault at once", () => {
    const inventory = inventoryOf({ one: { tags: ["1.0.0"] }, two: {} });
    const [one, two] = inventory.versions as [object, object];
    const json = {
      ...inventory,
      format: "ghcr-platform/retention-inventory@0",
      versions: [
        { ...one, digest: "sha256", createdAt: "yesterday", tags: ["a b"] },
        { ...two, manifest: { mediaType: "x", children: [], blobs: [0] } },
      ],
      blobs: [],
      promotions: undefined,
    };
    assert.deepEqual(
      faultsOf(() => parseInventory(json, "inventory.json")).map(({ where }) => where),
      [
        ...["format", "promotions", "versions[0].digest", "versions[0].createdAt", "versions[0].tags[0]"],
        ...["versions[1].manifest.size"],
      ].map((path) => `inventory.json: ${path}`),
    );
  });

  it("is refused where a version names a blob that isn't there, or a blob is listed twice", () => {
    const inventory = inventoryOf({ one: { blobs: { layer: 7 } } });
    assert.match(
      String(faultsOf(() => parseInventory({ ...inventory, blobs: [] }, "i.json"))[0]?.problem),
      /blob 0/,
    );
    const twice = { ...inventory, blobs: [...inventory.blobs, ...inventory.blobs] };
    assert.match(String(faultsOf(() => parseInventory(twice, "i.json"))[0]?.problem), /listed before/);
  });

  it("shows the first fifty faults of a file that is wrong throughout, and how many more", () => {
    const versions = Array.from({ length: 80 }, () => ({}));
    const faults = faultsOf(() => parseInventory({ ...inventoryOf({}), versions }, "i.json"));
    assert.equal(faults.length, 51);
    assert.match(String(faults.at(-1)?.problem), /^\d+ more faults/);
  });

  it("of a plan is refused where a deletion waits for one behind it", () => {
    const made = plan(
      inventoryOf({ one: { tags: ["sha-0000001"] }, two: { tags: ["latest"] } }),
      defaultPolicy(),
      today,
    );
    const deletions = [{ id: 1, digest: "sha256:00", after: [0] }];
    assert.match(
      String(faultsOf(() => parsePlan({ ...made, deletions }, "plan.json"))[0]?.problem),
      /before it/,
    );
  });
});

describe("a pattern", () => {
  it("that is no pattern is refused", () => {
    for (const text of ["", "a b", "a(b)", "[", "[]", "[a", "a]b{", "[z-a]", "[!]", "é", "*".repeat(257)]) {
      assert.notEqual(patternFault(text), undefined, text);
    }
    for (const text of ["*", "?", "a.b_c-d", "[a-z]*", "[!0-9]?", "[-._]", "[a-]"]) {
      assert.equal(patternFault(text), undefined, text);
    }
  });

  it("can be anything at all without an exception", () => {
    fc.assert(
      fc.property(fc.string(), (matching) => {
        const json = { rules: [{ id: "a", kind: "keep-all", of: "sha", matching }] };
        if (patternFault(matching) === undefined) parsePolicy(json, "p.json");
        else assert.equal(faultsOf(() => parsePolicy(json, "p.json")).length, 1);
      }),
    );
  });
});
