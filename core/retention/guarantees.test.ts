/**
 * What retention guarantees, by number; the numbers are those of docs/retention.md. Each is shown on one small package
 * here; `laws.test.ts` has what generated packages say about it. Guarantees that need a registry or a run (10, the
 * rest of 15 and 16, 17, 18, 22, 23) are tested where those are. One file, so that it can be read beside the document,
 * number by number.
 */
import assert from "node:assert/strict";
import { explain, fingerprint, formatPlan, frozenBy, plan, type Inventory, type Plan } from ".";
import {
  daysAgo,
  deletedNames,
  digestOf,
  entryOf,
  fallbackTag,
  gone,
  inventoryOf,
  lettingGo,
  nameOf,
  today,
  type Example,
} from "./testing/examples";
import type { Policy, PolicyDeclaration } from "./policy";

const keepReleases: PolicyDeclaration["rules"][number] = { id: "releases", kind: "keep-all", of: "semver" };

/** A release for two platforms, one of them nested, with attestations and signatures of every kind. */
const wholeRelease: Record<string, Example> = {
  release: { tags: ["1.4.0"], children: ["amd64", "nested", "attestation"] },
  amd64: {},
  nested: { children: ["arm64", "arm"] },
  arm64: {},
  arm: {},
  attestation: {},
  bundle: { subject: "arm64", children: ["bundle part"] },
  "bundle part": {},
  "old signature": { tags: [fallbackTag("release", ".sig")] },
  fallback: { tags: [fallbackTag("release")], children: ["listed only"] },
  "listed only": {},
  "signed signature": { subject: "old signature" },
};

describe("guarantee 1, closure", () => {
  it("keeps children at any depth and the referrers of all of them, whatever else goes", () => {
    const inventory = inventoryOf({
      ...wholeRelease,
      leftover: { children: ["leftover child", "amd64"] },
      "leftover child": {},
    });
    assert.deepEqual(gone(inventory, lettingGo(keepReleases)), ["leftover", "leftover child"]);
  });

  it("deletes all of it when the release goes", () => {
    const inventory = inventoryOf({ ...wholeRelease, newest: { tags: ["2.0.0"], age: 0 } });
    assert.deepEqual(gone(inventory, lettingGo()), Object.keys(wholeRelease).sort());
  });
});

describe("guarantee 2, every prefix", () => {
  const inventory = inventoryOf({
    ...wholeRelease,
    second: { tags: ["1.5.0"], children: ["amd64", "second part"] },
    "second part": {},
    kept: { tags: ["latest"] },
  });
  const made = plan(inventory, lettingGo(), today);

  it("deletes owners before what they own, image by image", () => {
    const order = deletedNames(made);
    for (const [owner, owned] of [
      ["release", "nested"],
      ["nested", "arm64"],
      ["arm64", "bundle"],
      ["bundle", "bundle part"],
      ["release", "fallback"],
      ["fallback", "listed only"],
      ["release", "old signature"],
      ["old signature", "signed signature"],
      ["release", "amd64"],
      ["second", "amd64"],
    ] as const) {
      assert.ok(
        order.indexOf(owner) >= 0 && order.indexOf(owner) < order.indexOf(owned),
        `${owner}, ${owned}`,
      );
    }
  });

  it("freezes what is below a refused deletion, and nothing else", () => {
    const frozen = [...frozenBy(made, new Set([digestOf("second")]))].map(nameOf).sort();
    assert.deepEqual(frozen, ["amd64", "second", "second part"]);
    assert.equal(frozenBy(made, new Set([digestOf("release")])).size, Object.keys(wholeRelease).length);
  });
});

describe("guarantee 3, keep beats delete", () => {
  it("lets an image go only when all its tags may go", () => {
    const inventory = inventoryOf({
      promoted: { tags: ["sha-0000001", "1.0.0"] },
      both: { tags: ["sha-0000002", "dev-ann-0000002"] },
    });
    assert.deepEqual(gone(inventory, lettingGo(keepReleases)), ["both"]);
  });

  it("does so wherever the rule that keeps stands", () => {
    const inventory = inventoryOf({ release: { tags: ["1.0.0"] }, other: { tags: ["latest"] } });
    const { rules, ...rest } = lettingGo();
    for (const ordered of [
      [keepReleases, ...rules],
      [...rules, keepReleases],
    ]) {
      assert.deepEqual(gone(inventory, { ...rest, rules: ordered }), []);
    }
  });

  it("keeps as long as the longest of several rules, and names the first of equal ones", () => {
    const inventory = inventoryOf({ release: { age: 5, tags: ["1.0.0"] }, other: { tags: ["latest"] } });
    const again = { ...keepReleases, id: "again" };
    const days = { id: "days", kind: "keep-younger", of: "semver", days: 3 } as const;
    const week = { ...days, id: "week", days: 7 };
    const outcome = (...rules: PolicyDeclaration["rules"]): unknown[] => {
      const { reason, expires } = entryOf(plan(inventory, lettingGo(...rules), today), "release");
      return ["rule" in reason ? reason.rule : reason.kind, expires];
    };
    assert.deepEqual(outcome(keepReleases, days, again), ["releases", null]);
    assert.deepEqual(outcome(week, days, keepReleases, again), ["releases", null]);
    assert.deepEqual(outcome(week, days), ["week", "2026-11-26"]);
    assert.deepEqual(outcome(days, week), ["week", "2026-11-26"]);
  });

  it("lets a protected child or referrer outlive its parent", () => {
    const inventory = inventoryOf(
      {
        image: { tags: ["dev-ann-0000001"], children: ["tagged child", "plain child"] },
        "tagged child": { tags: ["1.0.0"] },
        "plain child": {},
        "tagged referrer": { subject: "image", tags: ["1.0.1"] },
        "referrer in use": { subject: "image" },
      },
      { inUse: [{ digest: digestOf("referrer in use"), by: "cluster a" }] },
    );
    assert.deepEqual(gone(inventory, lettingGo(keepReleases)), ["image", "plain child"]);
  });
});

describe("guarantee 4, unknown is kept", () => {
  it("keeps tags of no class, whatever the rules", () => {
    const inventory = inventoryOf({
      mystery: { tags: ["mystery", "sha-0000001"] },
      "near version": { tags: ["1.2.3.4"] },
      "near pull request": { tags: ["pr-07"] },
      known: { tags: ["nightly-1"] },
    });
    const made = plan(inventory, lettingGo(), today);
    assert.deepEqual(deletedNames(made), ["known"]);
    assert.deepEqual(entryOf(made, "mystery").reason, { kind: "unknown-class", tag: "mystery" });
  });

  it("keeps what can't be read or understood", () => {
    const unheard = { mediaType: "application/vnd.example.unheard+json", tags: ["sha-0000001"] };
    const inventory = inventoryOf({ unread: { unreadable: "500", tags: ["sha-0000002"] }, unheard });
    const made = plan(inventory, lettingGo(), today);
    assert.deepEqual(entryOf(made, "unread").reason, { kind: "unreadable", why: "500" });
    assert.equal(entryOf(made, "unheard").reason.kind, "unreadable");
  });

  it("keeps a pull request's tag while the pull request is open or nothing is known of it", () => {
    const inventory = inventoryOf(
      {
        open: { tags: ["pr-1"] },
        unheard: { tags: ["pr-2"] },
        "closed lately": { tags: ["pr-3"] },
        closed: { tags: ["pr-4"] },
        release: { tags: ["latest"] },
      },
      {
        pullRequests: [
          { number: 1, closedAt: null },
          { number: 3, closedAt: daysAgo(6.9) },
          { number: 4, closedAt: daysAgo(7) },
        ],
      },
    );
    assert.deepEqual(gone(inventory, lettingGo()), ["closed"]);
    assert.deepEqual(gone({ ...inventory, pullRequests: null }, lettingGo()), []);
    for (const closedAt of [null, daysAgo(1)]) {
      const [both] = [
        [
          { number: 4, closedAt },
          { number: 4, closedAt: daysAgo(7) },
        ],
      ];
      assert.deepEqual(gone({ ...inventory, pullRequests: both }, lettingGo()), []);
      assert.deepEqual(gone({ ...inventory, pullRequests: [...both].reverse() }, lettingGo()), []);
    }
  });
});

describe("guarantee 5, fail closed", () => {
  it("deletes nothing of a package that has one unreadable version, untagged or not", () => {
    const examples: Record<string, Example> = {
      release: { tags: ["1.0.0"], children: ["amd64"] },
      amd64: {},
      untagged: {},
      matrix: { tags: ["sha-0000001"] },
    };
    assert.deepEqual(gone(inventoryOf(examples), lettingGo(keepReleases)), ["matrix", "untagged"]);
    const release = { tags: ["1.0.0"], unreadable: "connection reset" };
    const made = plan(inventoryOf({ ...examples, release }), lettingGo(keepReleases), today);
    assert.deepEqual(made.deletions, []);
    assert.equal(entryOf(made, "untagged").expires, null);
    assert.match(
      explain(made, digestOf("untagged")).sentence,
      /nothing of this package may go: .*connection reset/,
    );
  });

  it("deletes nothing where promotion records or digests in use could not be learnt", () => {
    const inventory = inventoryOf({ old: { tags: ["sha-0000001"] }, release: { tags: ["latest"] } });
    assert.deepEqual(gone(inventory, lettingGo()), ["old"]);
    assert.deepEqual(gone({ ...inventory, promotions: null }, lettingGo()), []);
    assert.deepEqual(gone({ ...inventory, inUse: null }, lettingGo()), []);
  });
});

describe("guarantee 6, stable inventory", () => {
  const inventory = inventoryOf({ old: { tags: ["sha-0000001"] }, release: { tags: ["latest"] } });
  const [old, release] = inventory.versions as [Inventory["versions"][number], Inventory["versions"][number]];

  it("plans nothing from a list that is incomplete or contradicts itself", () => {
    const withRow = (row: object): Inventory => ({
      ...inventory,
      versions: [...inventory.versions, { ...old, ...row }],
    });
    const faulty: Inventory[] = [
      { ...inventory, incomplete: ["412 versions counted, 411 listed"] },
      withRow({ tags: [] }),
      withRow({ id: 7 }),
      withRow({ digest: digestOf("new"), tags: [] }),
      withRow({ digest: digestOf("new"), id: 7 }),
      withRow({ manifest: release.manifest, updatedAt: daysAgo(3) }),
    ];
    for (const each of faulty) {
      const made = plan(each, lettingGo(), today);
      assert.deepEqual(made.deletions, []);
      assert.ok(made.notices.some(({ kind }) => kind === "held"));
    }
  });

  it("takes a row that was listed twice as one", () => {
    const twice = { ...inventory, versions: [...inventory.versions, { ...old, tags: [...old.tags] }] };
    assert.equal(
      formatPlan(plan(twice, lettingGo(), today)),
      formatPlan(plan(inventory, lettingGo(), today)),
    );
  });
});

describe("guarantee 7, order-free", () => {
  it("breaks ties by digest, so a permuted list gives the same bytes", () => {
    const names = ["a", "b", "c", "d", "e"];
    const examples = names.map(
      (name, at) => [name, { tags: [`sha-000000${at}`, `dev-x-000000${at}`] }] as const,
    );
    const { versions, ...rest } = inventoryOf(Object.fromEntries(examples));
    const policy = lettingGo({ id: "two", kind: "keep-newest", of: "sha", count: 2 });
    const plans = permutations(versions).map((each) =>
      formatPlan(
        plan(
          { ...rest, versions: each.map((row) => ({ ...row, tags: [...row.tags].reverse() })) },
          policy,
          today,
        ),
      ),
    );
    assert.equal(new Set(plans).size, 1);
    assert.deepEqual(gone({ ...rest, versions }, policy), ["c", "d", "e"]);
  });
});

describe("guarantee 8, counting", () => {
  const three: Record<string, Example> = Object.fromEntries(
    [1, 2, 3].flatMap((number) => [
      [
        `release ${number}`,
        { age: 40 - number, tags: [`1.${number}.0`, `v1.${number}.0`], children: [`part ${number}`] },
      ],
      [`part ${number}`, { age: 40 - number, tags: [`1.${number}.0-amd64`] }],
      [`signature ${number}`, { age: 30 - number, tags: [fallbackTag(`release ${number}`, ".sig")] }],
      [`part signature ${number}`, { age: 20 - number, tags: [fallbackTag(`part ${number}`, ".sig")] }],
      [`bundle ${number}`, { age: 20 - number, subject: `release ${number}`, tags: [`1.${number}.0-sbom`] }],
    ]),
  );
  const first = ["bundle 1", "part 1", "part signature 1", "release 1", "signature 1"];

  it("counts images, never their tags, children, signatures or attestations", () => {
    const rules: PolicyDeclaration["rules"] = [
      { id: "newest", kind: "keep-newest", of: "semver", count: 2 },
      { id: "newest", kind: "keep-releases", count: 2, prereleases: true },
      { id: "newest", kind: "keep-releases", count: 2 },
    ];
    const { versions, ...rest } = inventoryOf(three);
    for (const rule of rules) {
      for (const listed of [versions, [...versions].reverse()]) {
        assert.deepEqual(gone({ ...rest, versions: listed }, lettingGo(rule)), first, rule.kind);
      }
    }
  });

  it("keeps an image with a part that is kept and counted with it, lest the part takes a place next time", () => {
    const inventory = inventoryOf(
      {
        newest: { age: 10, tags: ["sha-0000009"] },
        second: { age: 20, tags: ["sha-0000008"] },
        whole: { age: 30, tags: ["sha-0000007"], children: ["part"] },
        part: { age: 15, tags: ["sha-0000006"] },
        old: { age: 40, tags: ["sha-0000005"] },
      },
      { inUse: [{ digest: digestOf("part"), by: "cluster a" }] },
    );
    const policy = lettingGo({ id: "two", kind: "keep-newest", of: "sha", count: 2 });
    const made = plan(inventory, policy, today);
    assert.deepEqual(deletedNames(made), ["old"]);
    assert.deepEqual(entryOf(made, "whole").reason, {
      kind: "belongs",
      as: "counted-with",
      to: digestOf("part"),
    });
  });

  it("gives no place to what refers to an image, here or elsewhere", () => {
    const inventory = inventoryOf({
      "bill of materials": { age: 4, subject: "elsewhere", tags: ["sha-0000003"] },
      signature: { age: 3, tags: ["sha-0000004", fallbackTag("elsewhere", ".sig")] },
      build: { age: 5, tags: ["sha-0000002"] },
      old: { age: 10, tags: ["sha-0000001"] },
    });
    assert.deepEqual(gone(inventory, lettingGo({ id: "one", kind: "keep-newest", of: "sha", count: 1 })), [
      "old",
    ]);
  });

  it("lets a referrer with a version of its own go with its image", () => {
    const inventory = inventoryOf({
      old: { tags: ["1.1.0"] },
      "bill of materials": { subject: "old", tags: ["9.0.0"] },
      new: { tags: ["1.2.0"] },
    });
    const policy = lettingGo({ id: "one", kind: "keep-releases", count: 1 });
    assert.deepEqual(gone(inventory, policy), ["bill of materials", "old"]);
  });

  it("gives no place to what is dated in the future", () => {
    const inventory = inventoryOf({
      future: { age: -30, tags: ["sha-0000003"] },
      now: { age: 5, tags: ["sha-0000002"] },
      old: { age: 10, tags: ["sha-0000001"] },
    });
    assert.deepEqual(gone(inventory, lettingGo({ id: "one", kind: "keep-newest", of: "sha", count: 1 })), [
      "old",
    ]);
  });
});

describe("guarantee 9, grace", () => {
  it("keeps everything fresh, by the push and by the last change, with its closure; the future is fresh", () => {
    const policy = { ...lettingGo(), graceDays: 3 };
    const inventory = inventoryOf({
      pushed: { age: 2.9, children: ["old part"] },
      "old part": { age: 50 },
      retagged: { age: 50, changed: 1, tags: ["sha-0000001"] },
      "early referrer": { age: 1, subject: "not here yet" },
      future: { age: -400 },
      "three days": { age: 3 },
      release: { tags: ["latest"] },
    });
    assert.deepEqual(gone(inventory, policy), ["three days"]);
    assert.equal(entryOf(plan(inventory, policy, today), "future").reason.kind, "fresh");
  });
});

describe("guarantee 11, no impossible call", () => {
  const build = (age: number, tag: string): Example => ({ age, tags: [tag] });

  it("retains the newest image whole where all would go", () => {
    const inventory = inventoryOf({
      old: build(9, "sha-0000001"),
      new: { ...build(8, "sha-0000002"), children: ["part"] },
      part: { age: 8 },
    });
    const made = plan(inventory, lettingGo(), today);
    assert.deepEqual(deletedNames(made), ["old"]);
    assert.deepEqual([entryOf(made, "new").action, made.summary.retain, made.summary.keep], ["retain", 1, 1]);
    assert.deepEqual(entryOf(made, "new").reason, { kind: "last", what: "tagged image" });
  });

  it("empties no package: neither of untagged images, nor of caches", () => {
    const untagged = inventoryOf({
      old: { age: 9 },
      root: { age: 8, children: ["a part"] },
      "a part": { age: 8 },
    });
    assert.deepEqual(gone(untagged, lettingGo()), ["old"]);
    const caches = inventoryOf({
      one: build(9, "buildcache-a"),
      two: build(8, "buildcache-b"),
      three: { age: 7 },
    });
    assert.deepEqual(gone(caches, lettingGo()), ["one"]);
  });

  it("takes what refers to an image for no image", () => {
    const inventory = inventoryOf({
      old: build(9, "sha-0000001"),
      new: build(8, "sha-0000002"),
      "bill of materials": { subject: "old", tags: ["mystery"] },
    });
    assert.deepEqual(gone(inventory, lettingGo()), ["old"]);
  });

  it("retains public versions above 5,000 downloads, with what is below them; their parents may go", () => {
    const examples: Record<string, Example> = {
      image: { ...build(9, "sha-0000001"), children: ["popular", "other"] },
      popular: { age: 9, downloads: 5_001 },
      signature: { subject: "popular" },
      other: { age: 9, downloads: 5_000 },
      release: build(50, "latest"),
    };
    const of = (visibility: "public" | "private" | null): string[] =>
      gone(inventoryOf(examples, { package: { owner: "o", name: "n", visibility } }), lettingGo());
    assert.deepEqual(of("public"), ["image", "other"]);
    assert.deepEqual(of(null), ["image", "other"]);
    assert.deepEqual(of("private"), ["image", "other", "popular", "signature"]);
  });
});

describe("guarantee 12, brake", () => {
  const examples = Object.fromEntries(
    [1, 2, 3, 4].map((at) => [`build ${at}`, { tags: [`sha-000000${at}`] }]),
  );
  const inventory = inventoryOf({ ...examples, release: { tags: ["latest"] } });

  it("is on above so many versions or so many percent, and only above", () => {
    const trippedBy = (versions: number, percent: number): readonly string[] =>
      plan(inventory, { ...lettingGo(), brake: { versions, percent } }, today).brake.trippedBy;
    assert.deepEqual(trippedBy(4, 80), []);
    assert.deepEqual(trippedBy(3, 80), ["versions"]);
    assert.deepEqual(trippedBy(4, 79.9), ["percent"]);
    assert.deepEqual(trippedBy(3, 79.9), ["versions", "percent"]);
  });

  it("shows what would go all the same", () => {
    const made = plan(inventory, { ...lettingGo(), brake: { versions: 1, percent: 1 } }, today);
    assert.equal(made.deletions.length, 4);
  });
});

describe("guarantee 13, dry run is the plan", () => {
  it("gives the same bytes every time, with the deletions and nothing but them to carry out", () => {
    const inventory = inventoryOf({ ...wholeRelease, newest: { tags: ["2.0.0"], age: 0 } });
    const made = plan(inventory, lettingGo(), today);
    assert.equal(formatPlan(plan(structuredClone(inventory), lettingGo(), today)), formatPlan(made));
    const marked = made.versions.filter(({ action }) => action === "delete").map(({ digest }) => digest);
    assert.deepEqual(made.deletions.map(({ digest }) => digest).sort(), marked.sort());
    assert.equal(made.summary.delete, marked.length);
  });
});

describe("guarantee 14, a reason for each version", () => {
  const inventory = inventoryOf({ ...wholeRelease, old: { tags: ["sha-0000001"] } });
  const made = plan(inventory, lettingGo(keepReleases), today);
  const short = (name: string): string => digestOf(name).slice(0, 19);

  it("names rule and protecting path", () => {
    assert.equal(
      explain(made, digestOf("amd64")).path,
      `child of ${short("release")} ← tag 1.4.0 ← rule releases`,
    );
    assert.equal(
      explain(made, digestOf("bundle part")).path,
      `child of ${short("bundle")} ← referrer of ${short("arm64")} ← child of ${short("nested")} ← child of ${short("release")} ← tag 1.4.0 ← rule releases`,
    );
    assert.equal(explain(made, "sha-0000001").path, "tag sha-0000001 ← rule all-builds");
  });

  it("names the strongest of several protections, and the day where there is one", () => {
    const later = plan(
      inventoryOf({
        young: { age: 3, tags: ["sha-0000001"], children: ["shared"] },
        younger: { age: 2, tags: ["sha-0000002"], children: ["shared"] },
        shared: {},
        release: { tags: ["latest"] },
      }),
      lettingGo({ id: "week", kind: "keep-younger", of: "sha", days: 7 }),
      today,
    );
    const { reason, expires } = entryOf(later, "shared");
    assert.deepEqual(
      [reason, expires],
      [{ kind: "belongs", as: "child", to: digestOf("younger") }, "2026-11-29"],
    );
    assert.equal(entryOf(later, "release").expires, null);
  });
});

describe("guarantee 15, bound to a fingerprint", () => {
  const inventory = inventoryOf({ a: { tags: ["1.0.0"], children: ["b"] }, b: {}, c: {} });

  it("differs after any change that a plan could depend on", () => {
    const changed = ([first, ...others]: Inventory["versions"], part: object): Inventory["versions"] => [
      ...others,
      { ...(first as Inventory["versions"][number]), ...part },
    ];
    const others: Inventory[] = [
      { ...inventory, versions: changed(inventory.versions, { tags: ["1.0.1"] }) },
      { ...inventory, versions: changed(inventory.versions, { updatedAt: daysAgo(1) }) },
      { ...inventory, versions: changed(inventory.versions, { manifest: { unreadable: "no" } }) },
      { ...inventory, versions: inventory.versions.slice(1) },
      inventoryOf({ a: { tags: ["1.0.0"], children: ["b", "c"] }, b: {}, c: {} }),
      inventoryOf({ a: { tags: ["1.0.0"], children: ["b"] }, b: {}, c: { subject: "a" } }),
      { ...inventory, incomplete: ["race"] },
      { ...inventory, pullRequests: null },
      {
        ...inventory,
        promotions: [{ environment: "staging", from: null, to: digestOf("c"), at: daysAgo(3) }],
      },
      { ...inventory, inUse: [{ digest: digestOf("c"), by: "cluster a" }] },
      { ...inventory, package: { ...inventory.package, name: "other" } },
    ];
    const all = [inventory, ...others].map((each) => fingerprint(each));
    assert.equal(new Set(all).size, all.length);
  });

  it("is the same for what is the same, listed in another order at another time", () => {
    const again = { ...inventory, takenAt: daysAgo(0.5), versions: [...inventory.versions].reverse() };
    assert.equal(fingerprint(again), fingerprint(inventory));
    assert.equal(plan(inventory, lettingGo(), today).inventory, fingerprint(inventory));
  });
});

describe("guarantee 16, running again", () => {
  it("finishes what a run left behind at any point, and then has nothing to do", () => {
    const inventory = inventoryOf({ ...wholeRelease, newest: { tags: ["2.0.0"], age: 0 } });
    const whole = plan(inventory, lettingGo(), today);
    for (let done = 0; done <= whole.deletions.length; done++) {
      const left = without(inventory, whole, done);
      assert.deepEqual(gone(left, lettingGo()), deletedNames(whole).slice(done).sort(), `after ${done}`);
    }
  });
});

describe("guarantee 19, versions", () => {
  const releases = (...tags: string[]): Inventory =>
    inventoryOf(Object.fromEntries(tags.map((tag, at) => [tag, { tags: [tag], age: 10 + ((at * 7) % 5) }])));

  it("keeps the last n of each line by precedence, with v prefix, _ for + and numbers of any size", () => {
    const inventory = releases(
      ...["1.2.9", "1.2.10", "v1.2.11", "1.2.12-rc.1", "1.3.0", "1.3.0-rc.1"],
      ...["2.0.20261124100000000000001", "2.0.20261124100000000000000", "2.0.9_build.7"],
    );
    const policy = lettingGo({ id: "patches", kind: "keep-releases", count: 2, per: "minor" });
    assert.deepEqual(gone(inventory, policy), ["1.2.12-rc.1", "1.2.9", "1.3.0-rc.1", "2.0.9_build.7"]);
  });

  it("takes near-versions for no versions", () => {
    const inventory = releases("1.2.3", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.x", "version-1.2.3");
    assert.deepEqual(
      gone(inventory, lettingGo({ id: "later", kind: "keep-releases", count: 9, range: ">9" })),
      ["1.2.3"],
    );
  });

  it("lets a moving tag go with the version beside it, and keeps one that stands alone", () => {
    const inventory = inventoryOf({
      beside: { tags: ["1.2.3", "1.2", "1"] },
      alone: { tags: ["1.1"] },
      strange: { tags: ["0.9.0", "1.0"] },
      latest: { tags: ["latest"] },
    });
    assert.deepEqual(gone(inventory, lettingGo()), ["beside"]);
  });

  it("ranks within a range only, by line as asked", () => {
    const inventory = releases("1.0.0", "1.1.0", "2.0.0", "2.1.0", "3.0.0");
    const kept = (rule: object): string[] => {
      const policy = lettingGo({ id: "kept", kind: "keep-releases", count: 1, ...rule });
      const deleted = gone(inventory, policy);
      return inventory.versions.flatMap(({ tags }) => tags).filter((tag) => !deleted.includes(tag));
    };
    assert.deepEqual(kept({ per: "major" }), ["1.1.0", "2.1.0", "3.0.0"]);
    assert.deepEqual(kept({ per: "all" }), ["3.0.0"]);
    assert.deepEqual(kept({ range: "<3 >=2 || 1.0.x", per: "major" }), ["1.0.0", "2.1.0"]);
  });
});

describe("guarantee 20, tag rules", () => {
  it("match whole tags", () => {
    const inventory = inventoryOf({
      exact: { tags: ["dev-ann-0000001"] },
      longer: { tags: ["dev-joann-0000001"] },
      other: { tags: ["latest"] },
    });
    const of = "development" as const;
    const kept = (matching: string): string[] =>
      ["exact", "longer"].filter(
        (name) => !gone(inventory, lettingGo({ id: "k", kind: "keep-all", of, matching })).includes(name),
      );
    assert.deepEqual(kept("dev-ann"), []);
    assert.deepEqual(kept("dev-ann-*"), ["exact"]);
    assert.deepEqual(kept("*ann-000000[0-9]"), ["exact", "longer"]);
  });

  it("are reported where they match nothing", () => {
    const made = plan(
      inventoryOf({ one: { tags: ["sha-0000001"] }, two: {} }),
      lettingGo(keepReleases),
      today,
    );
    const idle = made.notices.flatMap((notice) =>
      notice.kind === "rule-matches-nothing" ? [notice.rule] : [],
    );
    assert.deepEqual(idle, [
      ...["releases", "all-releases", "all-development", "all-caches", "all-nightlies"],
      ...["all-pull-requests", "all-orphans"],
    ]);
  });
});

describe("guarantee 21, what runs", () => {
  const move = (environment: string, from: string | null, to: string, age: number) => ({
    environment,
    from: from === null ? null : digestOf(from),
    to: digestOf(to),
    at: daysAgo(age),
  });
  const examples: Record<string, Example> = {
    first: { tags: ["sha-0000001"] },
    second: { tags: ["sha-0000002"] },
    third: { children: ["third part"] },
    "third part": {},
    tagged: { tags: ["production", "sha-0000004"], children: ["tagged part"] },
    "tagged part": {},
    platform: {},
    release: { tags: ["latest"] },
  };
  const promotions = [
    move("production", null, "first", 60),
    move("production", "first", "second", 50),
    move("production", "second", "third", 40),
  ];

  it("keeps environments' tags, what their records say they run and ran, and digests in use, with closure", () => {
    const inUse = [{ digest: digestOf("platform"), by: "cluster a" }];
    assert.deepEqual(gone(inventoryOf(examples, { promotions, inUse }), lettingGo()), ["first"]);
    assert.deepEqual(gone(inventoryOf(examples), lettingGo()), [
      ...["first", "platform", "second", "third", "third part"],
    ]);
  });

  it("keeps as many images to go back to as the policy says, whatever lost its tags", () => {
    const policy = (rollback: number): Policy => ({ ...lettingGo(), rollback });
    const inventory = inventoryOf(examples, { promotions });
    assert.deepEqual(gone(inventory, policy(0)), ["first", "platform", "second"]);
    assert.deepEqual(gone(inventory, policy(2)), ["platform"]);
    assert.deepEqual(entryOf(plan(inventory, policy(2), today), "first").reason, {
      kind: "rollback",
      environment: "production",
      place: 2,
    });
  });

  it("takes the names of environments from their records too, and no place for records from the future", () => {
    const records = [
      ...promotions,
      move("nightly-eu", null, "first", 90),
      move("production", null, "platform", -9),
    ];
    const named = { ...examples, regional: { tags: ["nightly-eu"] } };
    const { environments: _, ...rest } = lettingGo();
    const inventory = inventoryOf(named, { promotions: records });
    assert.deepEqual(gone(inventory, { ...rest, environments: [], rollback: 0 }), ["second"]);
  });

  it("keeps all that records of one moment moved to, and from as if each were the last, in whatever order they stand", () => {
    const records = [...promotions, move("production", "third", "platform", 40)];
    for (const order of [records, [...records].reverse()]) {
      const inventory = inventoryOf(examples, { promotions: order });
      assert.deepEqual(gone(inventory, { ...lettingGo(), rollback: 0 }), ["first", "second"]);
      assert.deepEqual(gone(inventory, { ...lettingGo(), rollback: 1 }), ["first"]);
    }
  });

  it("reads a record's origin too, since the record before may be gone with its image", () => {
    const inventory = inventoryOf(examples, { promotions: promotions.slice(2) });
    assert.deepEqual(gone(inventory, lettingGo()), ["first", "platform"]);
  });

  it("reports digests in use that the package lacks", () => {
    const inUse = [{ digest: digestOf("elsewhere"), by: "cluster a" }];
    const { notices } = plan(inventoryOf(examples, { inUse }), lettingGo(), today);
    assert.ok(notices.some((notice) => notice.kind === "not-in-package" && notice.by === "cluster a"));
  });
});

describe("guarantee 24, bytes", () => {
  const inventory = inventoryOf({
    release: { tags: ["1.0.0"], children: ["amd64"] },
    amd64: { blobs: { base: 1_000, "amd64 layer": 10 } },
    build: { tags: ["sha-0000001"], children: ["build amd64", "build arm64"] },
    "build amd64": { blobs: { base: 1_000, common: 200, "build layer": 20 } },
    "build arm64": { blobs: { common: 200, "arm layer": 30 } },
    signature: { tags: [fallbackTag("build", ".sig")], blobs: { signature: 4 } },
  });

  it("frees only blobs that no kept manifest reaches, and the manifests", () => {
    const { summary } = plan(inventory, lettingGo(keepReleases), today);
    assert.equal(summary.bytes, 6 * 500 + 1_000 + 10 + 200 + 20 + 30 + 4);
    assert.equal(summary.freed, 4 * 500 + 200 + 20 + 30 + 4);
  });

  it("says of each version what it alone holds, with what would hang in the air without it", () => {
    const made = plan(inventory, lettingGo(keepReleases), today);
    assert.equal(entryOf(made, "build").bytes, 4 * 500 + 200 + 20 + 30 + 4);
    assert.equal(entryOf(made, "build amd64").bytes, 500 + 20);
    assert.equal(entryOf(made, "release").bytes, 2 * 500 + 10);
  });
});

describe("what goes with what is gone", () => {
  it("lets orphaned signatures go after their grace, except where a package holds nothing but signatures", () => {
    const orphans: Record<string, Example> = {
      signature: { tags: [fallbackTag("gone", ".sig")] },
      bundle: { subject: "gone" },
      superseded: {},
    };
    const release = { tags: ["latest"] };
    assert.deepEqual(gone(inventoryOf({ ...orphans, release }), lettingGo()), [
      "bundle",
      "signature",
      "superseded",
    ]);
    const apart = plan(inventoryOf({ ...orphans, "fresh image": { age: 0 } }), lettingGo(), today);
    assert.deepEqual(deletedNames(apart), ["superseded"]);
    assert.deepEqual(entryOf(apart, "signature").reason, { kind: "only-signatures" });
  });

  it("treats caches as a class of their own, tagged or superseded", () => {
    const configType = "application/vnd.buildkit.cacheconfig.v0";
    const inventory = inventoryOf({
      cache: { tags: ["buildcache-amd64"], configType },
      superseded: { configType },
      "old image": {},
      release: { tags: ["latest"] },
    });
    const only = (of: "image" | "cache"): Policy => ({
      ...lettingGo(),
      rules: [{ id: "untagged", kind: "expire-untagged", of, afterDays: 1 }],
    });
    assert.deepEqual(gone(inventory, only("cache")), ["superseded"]);
    assert.deepEqual(gone(inventory, only("image")), ["old image"]);
  });

  it("keeps what stands on a circle, which only faulty facts can make", () => {
    const inventory = inventoryOf({
      one: { children: ["two"] },
      two: { children: ["one", "below"] },
      below: {},
      release: { tags: ["latest"] },
    });
    const made = plan(inventory, lettingGo(), today);
    assert.deepEqual(made.deletions, []);
    assert.equal(entryOf(made, "one").reason.kind, "cyclic");
  });

  it("reports kept indexes that lack a child already", () => {
    const made = plan(inventoryOf({ release: { tags: ["latest"], children: ["lost"] } }), lettingGo(), today);
    assert.deepEqual(made.notices.at(-1), {
      kind: "already-broken",
      digest: digestOf("release"),
      missing: digestOf("lost"),
    });
  });
});

function without(inventory: Inventory, { deletions }: Plan, done: number): Inventory {
  const deleted = new Set(deletions.slice(0, done).map(({ digest }) => digest));
  return { ...inventory, versions: inventory.versions.filter(({ digest }) => !deleted.has(digest)) };
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) =>
    permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
  );
}
