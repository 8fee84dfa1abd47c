import assert from "node:assert/strict";
import fc from "fast-check";
import {
  definePolicy,
  endOf,
  historyTimeline,
  noGrowth,
  parsePushHistory,
  plan,
  repeatedPushes,
  simulate,
  type Inventory,
  type SimulatedRun,
  type SimulationOptions,
  type Timeline,
} from ".";
import { now, policies, registries } from "./testing/arbitrary";
import { inventoryOf, today } from "./testing/examples";

const options: SimulationOptions = { from: now, months: 3, everyDays: 5, releaseBrake: false };
const keepAll = definePolicy({ rules: [] });

/** Packages that go on being pushed to. */
const timelines: fc.Arbitrary<Timeline> = fc
  .tuple(registries(), fc.integer({ min: 3, max: 40 }), fc.boolean())
  .map(([inventory, days, grows]) => (grows ? growing(inventory, days) : noGrowth(inventory)));

function growing(inventory: Inventory, days: number): Timeline {
  return repeatedPushes(noGrowth(inventory), days, { from: now.getTime(), until: endOf(options) });
}

function runsOf(timeline: Timeline, policy: Parameters<typeof plan>[1]) {
  const runs: SimulatedRun[] = [];
  const simulation = simulate(timeline, policy, options, (run) => runs.push(run));
  return { runs, simulation };
}

const digests = ({ versions }: Inventory) => new Set(versions.map(({ digest }) => digest));

describe("a simulation", function () {
  this.timeout(120_000);

  it("does in each run what a plan of that day's package says, and nothing else", () => {
    fc.assert(
      fc.property(timelines, policies, (timeline, policy) => {
        const { runs } = runsOf(timeline, policy);
        const arrived = timeline.arrivals.flatMap(({ at, versions }) =>
          versions.map(({ digest }) => ({ at, digest })),
        );
        let before = digests(timeline.start);
        let last = -Infinity;
        for (const { at, inventory, plan: made } of runs) {
          assert.deepEqual(made, plan(inventory, policy, new Date(at)));
          const has = digests(inventory);
          const came = arrived.filter((each) => each.at > last && each.at <= Date.parse(at));
          for (const digest of before) assert.ok(has.has(digest), "nothing goes but by a plan");
          for (const { digest } of came) assert.ok(has.has(digest), "what is pushed is there");
          for (const { digest } of made.deletions) has.delete(digest);
          [before, last] = [has, Date.parse(at)];
        }
      }),
      { numRuns: 150 },
    );
  });

  it("never leaves a kept image without one of its parts", () => {
    fc.assert(
      fc.property(timelines, policies, (timeline, policy) => {
        for (const { inventory, plan: made } of runsOf(timeline, policy).runs) {
          const gone = new Set(made.deletions.map(({ digest }) => digest));
          for (const { digest, manifest } of inventory.versions) {
            if (gone.has(digest) || !("children" in manifest)) continue;
            for (const child of manifest.children) assert.ok(!gone.has(child), `${digest} loses ${child}`);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("only grows where the policy lets nothing go", () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { months } = runsOf(timeline, keepAll).simulation;
        months.forEach(({ deleted, freed, bytes, versions, peak }, position) => {
          assert.deepEqual([deleted, freed], [0, 0]);
          const before = months[position - 1];
          assert.ok(before === undefined || (bytes >= before.bytes && versions >= before.versions));
          assert.equal(peak, bytes);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("counts bytes as plans do, and months that add up", () => {
    fc.assert(
      fc.property(timelines, policies, (timeline, policy) => {
        const { runs, simulation } = runsOf(timeline, policy);
        const { months } = simulation;
        assert.deepEqual(
          months.map(({ month }) => month),
          ["2026-11", "2026-12", "2027-01"],
        );
        const sum = (field: "pushed" | "deleted" | "runs") =>
          months.reduce((total, month) => total + month[field], 0);
        const size = new Set(timeline.start.versions.map(({ digest }) => digest)).size;
        assert.equal(months.at(-1)?.versions, size + sum("pushed") - sum("deleted"));
        assert.equal(sum("runs"), runs.length);
        const last = runs.at(-1);
        const later = timeline.arrivals.some(({ at }) => at > Date.parse(last?.at ?? ""));
        if (!later)
          assert.equal(
            months.at(-1)?.bytes,
            (last?.plan.summary.bytes ?? 0) - (last?.plan.summary.freed ?? 0),
          );
        for (const { peak, bytes, byteHours } of months) {
          assert.ok(peak >= bytes);
          assert.ok(byteHours <= peak * 744 + 1e-6);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("comes to the same whatever the order of the inventory", () => {
    fc.assert(
      fc.property(registries(), policies, fc.nat(), (inventory, policy, turn) => {
        const { versions } = inventory;
        const at = turn % versions.length;
        const other = { ...inventory, versions: [...versions.slice(at), ...versions.slice(0, at)].reverse() };
        const months = (of: Inventory) => runsOf(growing(of, 14), policy).simulation.months;
        assert.deepEqual(months(other), months(inventory));
      }),
      { numRuns: 100 },
    );
  });

  it("stops at the brake, unless a person lets it through", () => {
    const inventory = inventoryOf({ a: { tags: ["1.0.0"] }, b: {}, c: {}, d: {} });
    const policy = definePolicy({
      rules: [{ id: "untagged", kind: "expire-untagged", afterDays: 7 }],
      brake: { percent: 50 },
    });
    const run = (releaseBrake: boolean) =>
      simulate(noGrowth(inventory), policy, { ...options, from: today, releaseBrake }).months[0];
    assert.deepEqual([run(false)?.deleted, run(false)?.braked], [0, 2]);
    assert.deepEqual([run(true)?.deleted, run(true)?.braked], [3, 0]);
  });

  it("says why nothing goes where something isn't known", () => {
    const { held } = simulate(noGrowth(inventoryOf({ a: {} }, { promotions: null })), keepAll, options);
    assert.deepEqual(held, ["promotion records are not known"]);
  });
});

describe("pushes that go on as in the last days", () => {
  const inventory = inventoryOf(
    {
      base: { age: 300, tags: ["1.0.0"], blobs: { base: 100 } },
      amd64: { age: 3, blobs: { base: 100, app: 10 } },
      release: { age: 3, tags: ["1.2.3", "1.2", "latest", "sha-0000001"], children: ["amd64"] },
      branch: { age: 2, tags: ["pr-7"], blobs: { branch: 5 } },
      signature: { age: 2, subject: "release", blobs: { signature: 1 } },
      late: { age: 1, subject: "base", blobs: { late: 1 } },
      nightly: { age: 1, tags: ["nightly-3"], blobs: { nightly: 1 } },
    },
    { pullRequests: [{ number: 7, closedAt: null }] },
  );
  const timeline = repeatedPushes(noGrowth(inventory), 7, {
    from: today.getTime(),
    until: endOf({ from: today, months: 1 }),
  });

  it("come again with new names, the same rhythm and the layers that older images hold too", () => {
    const [first] = timeline.arrivals;
    const tags = timeline.arrivals.flatMap(({ versions }) => versions.flatMap(({ tags }) => tags));
    assert.equal(first?.at, today.getTime() + 4 * 86_400_000);
    assert.equal(timeline.arrivals.length, 5);
    assert.deepEqual(
      tags.map((tag) => tag.replace(/^sha-[0-9a-f]{7}$/, "sha")),
      ["1.2.4", "1.2", "latest", "sha", "pr-8", "nightly-3-r1"],
    );
    const { months } = simulate(timeline, keepAll, { ...options, from: today, months: 1 });
    const own = 10 + 5 + 1 + 1;
    const manifests = timeline.arrivals
      .flatMap(({ versions }) => versions)
      .reduce((sum, { manifest }) => sum + ("size" in manifest ? manifest.size : 0), 0);
    const before = plan(inventory, keepAll, today).summary.bytes;
    assert.equal(months[0]?.bytes, before + own + manifests);
  });

  it("close a pull request that is open a round later", () => {
    assert.deepEqual(timeline.start.pullRequests, [
      { number: 7, closedAt: "2026-12-01T12:00:00.000Z" },
      { number: 8, closedAt: "2026-12-08T12:00:00.000Z" },
    ]);
  });
});

describe("a push history", () => {
  const push = {
    platforms: [{ base: 50_000_000, app: 10_000_000 }, { "base-arm": 50_000_000 }],
    referrers: [5_000],
  };
  const history = (pushes: readonly object[]) =>
    parsePushHistory(
      { format: "ghcr-platform/push-history@1", package: { owner: "albeorla", name: "todost" }, pushes },
      "pushes.json",
    );

  it("becomes a package month by month: a moved tag strands an image, which goes a week later", () => {
    const timeline = historyTimeline(
      history([
        { at: "2026-01-10T00:00:00Z", tags: ["latest"], ...push },
        {
          at: "2026-01-20T00:00:00Z",
          tags: ["latest"],
          ...push,
          platforms: [{ base: 50_000_000, app: 20_000_000 }],
        },
      ]),
    );
    const policy = definePolicy({ rules: [{ id: "untagged", kind: "expire-untagged", afterDays: 7 }] });
    const from = new Date("2026-01-10T00:00:00Z");
    const { months } = simulate(timeline, policy, { from, months: 2, everyDays: 1, releaseBrake: true });
    const manifest = 1_000;
    const second = 70_000_000 + 5_000 + 3 * manifest;
    assert.deepEqual(
      months.map(({ month, pushed, deleted, versions, bytes, freed }) => [
        month,
        pushed,
        deleted,
        versions,
        bytes,
        freed,
      ]),
      [
        ["2026-01", 7, 4, 3, second, 60_005_000 + 4 * manifest],
        ["2026-02", 0, 0, 3, second, 0],
      ],
    );
    assert.equal(months[0]?.peak, second + 60_005_000 + 4 * manifest);
  });

  it("can go on as in its last days", () => {
    const timeline = historyTimeline(
      history([1, 5].map((day) => ({ at: `2026-01-0${day}T00:00:00Z`, tags: [`1.0.${day}`], ...push }))),
    );
    const from = new Date("2026-01-05T00:00:00Z");
    const grown = repeatedPushes(timeline, 7, { from: from.getTime(), until: endOf({ from, months: 1 }) });
    assert.deepEqual(
      grown.arrivals.flatMap(({ versions }) => versions.flatMap(({ tags }) => tags)),
      ["1.0.1", "1.0.5", "1.0.6", "1.0.10", "1.0.11", "1.0.15", "1.0.16", "1.0.20", "1.0.21", "1.0.25"],
    );
  });

  it("is the same in any order", () => {
    const pushes = [1, 2, 3].map((day) => ({
      at: `2026-01-0${day}T00:00:00Z`,
      tags: [`sha-000000${day}`],
      ...push,
    }));
    assert.deepEqual(historyTimeline(history([...pushes].reverse())), historyTimeline(history(pushes)));
  });

  it("is refused with every fault at once", () => {
    assert.throws(
      () => history([{ at: "yesterday", tags: ["not a tag"], platforms: [] }]),
      /pushes\[0\]\.at[^]*pushes\[0\]\.tags\[0\][^]*pushes\[0\]\.platforms/,
    );
  });
});
