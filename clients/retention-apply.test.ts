import assert from "node:assert/strict";
import fc from "fast-check";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../core/names";
import { definePolicy, plan, type Plan } from "../core/retention";
import { BlobList, manifestFacts, manifestSource, takeInventory } from "./inventory";
import type { ManifestCache, StoredManifest } from "./manifest-cache";
import { openPackages } from "./packages";
import { applyPlan, type ApplyResult } from "./retention-apply";
import { journalFile, parseJournal, type Journal } from "./retention-journal";
import { FakePackages, type FakePackagesOptions } from "./testing/fake-packages";

const policy = definePolicy({
  graceDays: 1,
  rules: [
    { id: "development", kind: "expire-tagged", of: "development", afterDays: 14 },
    { id: "untagged", kind: "expire-untagged", afterDays: 7 },
    { id: "orphans", kind: "expire-orphans", afterDays: 30 },
  ],
  brake: { versions: 1_000, percent: 100 },
});

interface Scene {
  readonly github: FakePackages;
  /** Roots that stay. */
  readonly kept: readonly Digest[];
  /** Developers' images, which go: index, two platforms, signature. */
  readonly doomed: readonly Digest[];
  /** Children of the first doomed index. */
  readonly platforms: readonly Digest[];
}

/** Two releases and developers' images; the release's platform is also in the first of those. */
function scene(images = 3, options: FakePackagesOptions = {}): Scene {
  const github = new FakePackages(options);
  const shared = github.push({ salt: "shared" });
  const releases = ["1.0.0", "1.1.0"].map((tag) =>
    github.push({ tags: [tag], children: [shared, github.push()] }),
  );
  let platforms: Digest[] = [];
  const doomed = Array.from({ length: images }, (_, image) => {
    const children = [github.push(), github.push()];
    if (image === 0) platforms = children;
    const tags = [`dev-ann-${String(image).padStart(7, "0")}`];
    const index = github.push({ tags, children: image === 0 ? [...children, shared] : children });
    github.push({ subject: index, tags: [`${index.replace(":", "-")}.sig`] });
    return index;
  });
  const nested = github.push({ tags: ["2.0.0"], children: [releases[0] as Digest] });
  return { github, kept: [...releases, nested], doomed, platforms };
}

class MemoryCache implements ManifestCache {
  private readonly known = new Map<Digest, StoredManifest>();
  get(digest: string) {
    return this.known.get(digest as Digest);
  }
  put(digest: string, manifest: StoredManifest) {
    this.known.set(digest as Digest, manifest);
  }
}

class MemoryJournal implements Journal {
  text = "";
  read() {
    return parseJournal(this.text, "journal");
  }
  add(line: unknown) {
    this.text += `${JSON.stringify(line)}\n`;
  }
}

function clients({ owner, name, fetch, clock, registry }: FakePackages, cache: ManifestCache) {
  const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
  return { packages, manifests: manifestSource(registry, `${owner}/${name}`, cache) };
}

async function planned(github: FakePackages, cache: ManifestCache = new MemoryCache()): Promise<Plan> {
  const now = () => new Date(github.time);
  const known = { pullRequests: [], promotions: [], inUse: [] };
  const inventory = await takeInventory({ ...clients(github, cache), known, now });
  assert.deepEqual(inventory.incomplete, []);
  github.journal.length = 0;
  github.points.length = 0;
  return plan(inventory, policy, new Date(github.time + 40 * 86_400_000));
}

async function apply(
  github: FakePackages,
  made: Plan,
  journal: Journal = new MemoryJournal(),
  cache: ManifestCache = new MemoryCache(),
): Promise<ApplyResult> {
  const { packages, manifests } = clients(github, cache);
  return applyPlan({
    plan: made,
    planHash: `sha256:${"1".repeat(64)}`,
    ...{ packages, journal, now: () => new Date(github.time) },
    childrenOf: async (digest) => {
      const facts = manifestFacts(await manifests.read(digest), new BlobList(), new Set());
      return "unreadable" in facts ? facts : facts.children;
    },
  });
}

/** How many of each outcome. */
function counts({ outcomes }: ApplyResult): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { outcome } of outcomes.values()) found[outcome] = (found[outcome] ?? 0) + 1;
  return found;
}

function assertKeptWhole({ github, kept }: Scene, message = ""): void {
  for (const digest of kept) assert.deepEqual(github.missingBelow(digest), [], message);
}

function assertNothingTwice({ deletions }: FakePackages, message = ""): void {
  assert.equal(new Set(deletions).size, deletions.length, message);
}

const deleting = /^DELETE/;

describe("applying a retention plan", () => {
  it("property 13: deletes exactly what the plan names, in its order, and keeps the rest whole", async () => {
    const here = scene();
    const made = await planned(here.github);
    assert.equal(made.deletions.length, 12);
    const result = await apply(here.github, made);
    assert.deepEqual(counts(result), { deleted: 12 });
    assert.deepEqual(
      here.github.deletions,
      made.deletions.map(({ id }) => id),
    );
    assertKeptWhole(here);
    assert.equal((await planned(here.github)).deletions.length, 0);
  });

  it("property 10: writes nothing to the registry, and sends GitHub nothing but reads and deletions", async () => {
    const { github } = scene();
    const made = await planned(github);
    assert.deepEqual(counts(await apply(github, made)), { deleted: 12 });
    for (const line of github.journal) assert.match(line, /^(?:GET |DELETE .*\/versions\/\d+$)/);
  });

  it("asks twice for each deletion, right before it", async () => {
    const { github } = scene();
    const made = await planned(github);
    await apply(github, made);
    github.journal.forEach((line, position) => {
      if (!deleting.test(line)) return;
      const id = line.split("/").at(-1);
      assert.match(github.journal[position - 1] ?? "", new RegExp(`^GET .*/versions/${id}$`));
      assert.match(github.journal[position - 2] ?? "", /^GET .*state=active.*page=1/);
    });
  });

  it("property 12: refuses a plan above its brake, before the first request", async () => {
    const { github } = scene();
    const made = await planned(github);
    const brakes = [
      { versions: 11, percent: 100, trippedBy: [] },
      { versions: 1_000, percent: 50, trippedBy: [] },
      { versions: 1_000, percent: 100, trippedBy: ["percent" as const] },
    ];
    for (const brake of brakes) await assert.rejects(apply(github, { ...made, brake }), /brake/);
    assert.deepEqual(github.journal, []);
  });

  it("refuses a plan to which someone has added a deletion", async () => {
    const { github, kept } = scene();
    const made = await planned(github);
    const release = github.find(kept[0] as Digest);
    const more = { id: release?.id ?? 0, digest: kept[0] as Digest, after: [] };
    await assert.rejects(apply(github, { ...made, deletions: [...made.deletions, more] }), /don't edit it/);
    assert.deepEqual(github.journal, []);
  });

  it("refuses another plan's journal", async () => {
    const { github } = scene();
    const made = await planned(github);
    const journal = new MemoryJournal();
    await apply(github, made, journal);
    const other = { ...made, inventory: `sha256:${"2".repeat(64)}` };
    await assert.rejects(apply(github, other, journal), /written for another plan/);
  });

  it("property 11: refuses where nothing is left of what the plan keeps", async () => {
    const { github } = scene();
    const made = await planned(github);
    const doomed = new Set(made.deletions.map(({ id }) => id));
    for (const { id } of [...github.rows]) if (!doomed.has(id)) github.remove(id);
    await assert.rejects(apply(github, made), /would empty the package/);
    assert.deepEqual(github.deletions, []);
  });

  it("property 6: deletes nothing where the list races or is stale", async () => {
    const { github } = scene();
    const made = await planned(github);
    github.faults.push({ on: /state=active/, before: () => github.push() });
    await assert.rejects(apply(github, made), /changed while it was read/);
    github.faults.push({ on: /state=active/, status: 200, body: "[]" });
    await assert.rejects(apply(github, made), /changed while it was read/);
    assert.deepEqual(github.deletions, []);
  });

  it("property 5: deletes nothing where a new manifest can't be read", async () => {
    const { github } = scene();
    const made = await planned(github);
    const digest = github.push();
    const { packages } = clients(github, new MemoryCache());
    const unread = applyPlan({
      plan: made,
      planHash: "",
      ...{ packages, journal: new MemoryJournal(), now: () => new Date(0) },
      childrenOf: async () => ({ unreadable: "manifest unknown" }),
    });
    await assert.rejects(unread, new RegExp(`${digest}: it is new and can't be read`));
    assert.deepEqual(github.deletions, []);
  });

  it("property 15: leaves out, with all below, what was tagged or untagged before or during the run", async () => {
    const changes: readonly ((github: FakePackages, digest: Digest) => void)[] = [
      (github, digest) => github.retag("production", digest),
      (github) => github.retag("dev-ann-0000002", github.push()),
    ];
    for (const change of changes) {
      for (const during of [false, true]) {
        const here = scene();
        const { github, doomed } = here;
        const digest = doomed[2] as Digest;
        const made = await planned(github);
        // The planner lets the oldest image go first: the third is still to come.
        if (during) github.faults.push({ on: deleting, after: () => change(github, digest) });
        else change(github, digest);
        const result = await apply(github, made);
        assert.deepEqual(counts(result), { deleted: 8, "left-out": 1, frozen: 3 });
        assert.equal(result.outcomes.get(digest)?.outcome, "left-out");
        assert.deepEqual(github.missingBelow(digest), []);
        assertKeptWhole(here);
      }
    }
  });

  it("property 15: never deletes what an image lists that was pushed after the plan", async () => {
    const here = scene();
    const { github, platforms } = here;
    const made = await planned(github);
    const pushed = github.push({ tags: ["3.0.0"], children: platforms });
    const result = await apply(github, made);
    assert.deepEqual(counts(result), { deleted: 10, "left-out": 2 });
    assert.deepEqual(github.restorations, []);
    assert.deepEqual(github.missingBelow(pushed), []);
  });

  it("property 15: leaves out what a new image lists, in whichever order GitHub lists", async () => {
    for (const order of ["newest-first", "oldest-first"] as const) {
      for (const skip of [0, 1, 2]) {
        const here = scene(3, { order });
        const { github, platforms } = here;
        // More than a page, so that the newest are not always seen.
        for (let patch = 0; patch < 120; patch++) github.push({ tags: [`1.2.${patch}`] });
        const made = await planned(github);
        let pushed: Digest | undefined;
        const push = () => (pushed = github.push({ tags: ["3.0.0"], children: platforms }));
        github.faults.push({ on: deleting, skip, before: push });
        const result = await apply(github, made);
        assert.ok(pushed !== undefined);
        assert.deepEqual(github.missingBelow(pushed), []);
        for (const digest of platforms) {
          const { outcome } = result.outcomes.get(digest) ?? {};
          assert.ok(outcome === "left-out" || outcome === "restored", outcome);
        }
        assertKeptWhole(here);
        assertNothingTwice(github);
      }
    }
  });

  it("goes on where others have deleted before it, and says that it wasn't us", async () => {
    const here = scene();
    const made = await planned(here.github);
    here.github.remove(made.deletions[0]?.id ?? 0);
    here.github.remove(made.deletions[5]?.id ?? 0);
    const result = await apply(here.github, made);
    assert.deepEqual(counts(result), { deleted: 10, "already-gone": 2 });
  });

  it("doesn't take one stray 404 for a deletion by others", async () => {
    const here = scene();
    const made = await planned(here.github);
    here.github.faults.push({ on: /^GET.*versions\/\d+$/, skip: 2, status: 404 });
    assert.deepEqual(counts(await apply(here.github, made)), { deleted: 12 });
    assert.equal(here.github.deletions.length, 12);
  });

  it("property 18: passes on GitHub's words for what it retains, and property 2: freezes what is below", async () => {
    const here = scene(3, { visibility: "public" });
    const { github, doomed } = here;
    const made = await planned(github);
    github.downloads.set(github.find(doomed[1] as Digest)?.id ?? 0, 5_001);
    const result = await apply(github, made);
    assert.deepEqual(counts(result), { deleted: 8, retained: 1, frozen: 3 });
    const retained = result.outcomes.get(doomed[1] as Digest);
    assert.ok(retained?.outcome === "retained");
    assert.match(retained.why, /more than 5000 downloads/);
    assert.deepEqual(github.missingBelow(doomed[1] as Digest), []);
  });

  it("waits through limits, with and without Retry-After, and looks again before the next attempt", async () => {
    const limits = [
      { status: 429, headers: { "retry-after": "30" } },
      { status: 429 },
      { status: 403, headers: { "retry-after": "30" } },
      { status: 403, body: '{"message":"You have exceeded a secondary rate limit"}' },
    ];
    for (const limit of limits) {
      const here = scene();
      const { github, doomed } = here;
      const made = await planned(github);
      const first = made.deletions[0]?.digest as Digest;
      assert.ok(doomed.includes(first));
      github.faults.push({ on: deleting, ...limit, after: () => github.retag("production", first) });
      const result = await apply(github, made);
      assert.equal(result.outcomes.get(first)?.outcome, "left-out");
      assert.deepEqual(github.missingBelow(first), []);
      assert.deepEqual(counts(result), { deleted: 8, "left-out": 1, frozen: 3 });
      assert.ok(github.pauses.some((pause) => pause >= 30_000));
    }
  });

  it("deletes once, and counts it, where the answer is lost before or after the deed", async () => {
    for (const status of [500, 502, 503, 0]) {
      for (const done of [false, true]) {
        const here = scene();
        const made = await planned(here.github);
        here.github.faults.push({ on: deleting, skip: 3, times: 3, status, done });
        const result = await apply(here.github, made);
        assert.deepEqual(counts(result), { deleted: 12 });
        assertNothingTwice(here.github);
        assertKeptWhole(here);
      }
    }
  });

  it("stops where GitHub denies, and where it shows a version and won't delete it", async () => {
    for (const status of [401, 403, 404]) {
      const { github } = scene();
      const made = await planned(github);
      github.faults.push({ on: deleting, times: 99, status, body: '{"message":"Must have admin rights"}' });
      const result = await apply(github, made);
      assert.deepEqual(counts(result), { failed: 1, "not-tried": 11 });
      assert.ok(result.stopped !== undefined);
    }
  });

  it("gives up after three failures, and the next run ends the work", async () => {
    const here = scene();
    const made = await planned(here.github);
    const journal = new MemoryJournal();
    here.github.faults.push({ on: deleting, times: 15, status: 502 });
    const first = await apply(here.github, made, journal);
    assert.equal(counts(first)["failed"], 3);
    assert.match(first.stopped ?? "", /3 deletions in a row failed/);
    assert.deepEqual(counts(await apply(here.github, made, journal)), { deleted: 12 });
  });

  it("notices a tag that came in the width of the deletion, and restores the image whole with it", async () => {
    const here = scene();
    const { github } = here;
    const made = await planned(github);
    const first = made.deletions[0]?.digest as Digest;
    github.faults.push({ on: deleting, before: () => github.retag("production", first) });
    const result = await apply(github, made);
    assert.deepEqual(counts(result), { deleted: 8, restored: 4 });
    assert.deepEqual(github.missingBelow(first), []);
    assert.ok(github.find(first)?.tags.includes("production"));
    assert.equal(github.restorations.at(-1), made.deletions[0]?.id);
  });

  it("says that it couldn't look for late tags where GitHub doesn't list what was deleted", async () => {
    for (const status of [403, 404]) {
      const { github } = scene();
      const made = await planned(github);
      github.faults.push({ on: /state=deleted/, times: 99, status });
      const result = await apply(github, made);
      assert.deepEqual(counts(result), { deleted: 12 });
      assert.match(result.stopped ?? "", /not known whether any of it was tagged/);
    }
  });

  it("property 2: tries a restoration again that failed, and deletes nothing again that it had brought back", async () => {
    const { github } = scene();
    const made = await planned(github);
    const first = made.deletions[0]?.digest as Digest;
    const journal = new MemoryJournal();
    github.faults.push({ on: deleting, before: () => github.retag("production", first) });
    // GitHub restores one, says that it doesn't, and doesn't show it yet.
    const hidden = { on: /^GET.*versions\/\d+$/, status: 404 };
    github.faults.push({ on: /^POST/, status: 400, done: true, after: () => github.faults.push(hidden) });
    const result = await apply(github, made, journal);
    assert.deepEqual(counts(result), { deleted: 11, "not-restored": 1 });
    assert.match(result.stopped ?? "", /is needed \(it was tagged production.*could not be restored/);
    assert.deepEqual(counts(await apply(github, made, journal)), { deleted: 8, restored: 4 });
    assert.deepEqual(github.missingBelow(first), []);
    assertNothingTwice(github);
  });

  it("property 23: never spends more than 900 points a minute, and waits before a look, not behind it", async () => {
    const { github } = scene(50);
    const made = await planned(github);
    assert.deepEqual(counts(await apply(github, made)), { deleted: 200 });
    assert.ok(github.pauses.length > 0);
    github.journal.forEach((line, position) => {
      const [look, deletion] = [github.points[position - 1]?.at ?? 0, github.points[position]?.at ?? 0];
      if (deleting.test(line)) assert.equal(deletion - look, 50, "no wait stands between look and deletion");
    });
    for (const { at } of github.points) {
      const minute = github.points.filter((each) => each.at > at - 60_000 && each.at <= at);
      assert.ok(minute.reduce((sum, { points }) => sum + points, 0) <= 900);
    }
  });

  it("property 16: goes on after a kill behind any call of 52 deletions; nothing kept is lost, nothing goes twice", async function () {
    this.timeout(300_000);
    const reference = scene(13);
    const cache = new MemoryCache();
    const made = await planned(reference.github, cache);
    assert.equal(made.deletions.length, 52);
    await apply(reference.github, made, new MemoryJournal(), cache);
    const calls = reference.github.journal.length;
    assert.ok(calls > 156, `${calls} calls`);
    for (let call = 1; call <= calls; call++) {
      const here = scene(13);
      const { github } = here;
      const journal = new MemoryJournal();
      github.killAfter = call;
      // A killed process never runs on: the call hangs for ever and the run is let go of.
      await Promise.race([
        apply(github, made, journal, cache),
        new Promise<void>((resolve) => (github.onKill = resolve)),
      ]);
      assertKeptWhole(here, `killed after call ${call}`);
      github.killAfter = Infinity;
      const result = await apply(github, made, journal, cache);
      assert.deepEqual(counts(result), { deleted: 52 }, `killed after call ${call}`);
      assertKeptWhole(here, `killed after call ${call}`);
      assertNothingTwice(github, `killed after call ${call}`);
      assert.equal(github.deletions.length, 52);
    }
  });

  it("property 2: brings back what was tagged or listed in the width of a deletion, killed behind any call", async function () {
    this.timeout(300_000);
    const cache = new MemoryCache();
    const made = await planned(scene().github, cache);
    const first = made.deletions[0]?.digest as Digest;
    for (const race of ["tag", "list", "nest"] as const) {
      for (let call = 1, isOver = false; !isOver; call++) {
        const here = scene();
        const { github, platforms } = here;
        const journal = new MemoryJournal();
        let needed = first;
        const happen = () => {
          if (race === "tag") github.retag("production", first);
          else needed = github.push({ tags: ["3.0.0"], children: race === "list" ? platforms : [first] });
        };
        const raced = race === "list" ? (platforms[0] as Digest) : first;
        const on = new RegExp(`^DELETE.*/${github.find(raced)?.id}$`);
        github.faults.push({ on, before: happen });
        github.killAfter = call;
        let wasKilled = false;
        const killed = new Promise<void>(
          (resolve) => (github.onKill = () => ((wasKilled = true), resolve())),
        );
        await Promise.race([apply(github, made, journal, cache), killed]);
        isOver = !wasKilled;
        github.killAfter = Infinity;
        await apply(github, made, journal, cache);
        assert.deepEqual(github.missingBelow(needed), [], `${race}, killed after call ${call}`);
        assertKeptWhole(here);
        assertNothingTwice(github);
      }
    }
  });

  it("property 2: keeps every kept image whole under any faults, and ends the work once they are over", async function () {
    this.timeout(300_000);
    const cache = new MemoryCache();
    const made = await planned(scene().github, cache);
    const fault = fc.record({
      on: fc.constantFrom(deleting, /^GET/, /state=active/, /versions\/\d+$/, /^POST/),
      skip: fc.nat({ max: 12 }),
      times: fc.integer({ min: 1, max: 7 }),
      status: fc.constantFrom(0, 200, 400, 403, 404, 408, 429, 500, 502, 503),
      done: fc.boolean(),
    });
    const others = fc.option(fc.record({ skip: fc.nat({ max: 30 }), what: fc.nat({ max: 3 }) }));
    const runs = fc.asyncProperty(fc.array(fault, { maxLength: 4 }), others, async (faults, race) => {
      const here = scene();
      const { github, platforms } = here;
      const journal = new MemoryJournal();
      const first = made.deletions[0]?.digest as Digest;
      const happen = [
        () => github.find(first) !== undefined && github.retag("production", first),
        () => github.push({ tags: ["3.0.0"], children: platforms }),
        () => github.remove(made.deletions[6]?.id ?? 0),
        () => github.push(),
      ];
      if (race !== null)
        github.faults.push({ on: /./, skip: race.skip, before: () => happen[race.what]?.() });
      github.faults.push(...faults.map((each) => ({ ...each })));
      // A run may end with an error; the last one meets no faults.
      for (let run = 1; run <= 4; run++) {
        if (run === 4) github.faults.length = 0;
        const ended = apply(github, made, journal, cache);
        const result = run === 4 ? await ended : await ended.catch(() => undefined);
        assertKeptWhole(here);
        assertNothingTwice(github);
        if (run < 4 || result === undefined) continue;
        for (const { outcome } of result.outcomes.values())
          assert.ok(outcome !== "failed" && outcome !== "not-tried", outcome);
      }
    });
    await fc.assert(runs, { numRuns: 500 });
  });

  it("property 2: has whole in the end what others tag or list meanwhile, whatever answers are lost", async function () {
    this.timeout(300_000);
    const cache = new MemoryCache();
    const { github: before, doomed } = scene();
    const made = await planned(before, cache);
    // The one that goes next comes first.
    const roots = made.deletions
      .map(({ digest }) => digest as Digest)
      .filter((digest) => doomed.includes(digest));
    const fault = fc.record({
      on: fc.constantFrom(deleting, /^GET/, /state=deleted/, /^POST/),
      skip: fc.nat({ max: 12 }),
      times: fc.integer({ min: 1, max: 7 }),
      status: fc.constantFrom(0, 408, 429, 500, 502, 503),
      done: fc.boolean(),
    });
    const race = fc.record({ skip: fc.nat({ max: 12 }), what: fc.constantFrom("tag", "list", "nest") });
    const runs = fc.asyncProperty(fc.array(fault, { maxLength: 4 }), race, async (faults, { skip, what }) => {
      const here = scene();
      const { github, platforms } = here;
      const journal = new MemoryJournal();
      const needed: Digest[] = [];
      const happen = () => {
        // Nobody can tag or list what is gone.
        const root = roots.find((digest) => github.find(digest) !== undefined);
        const parts = what === "list" ? platforms : root === undefined ? [] : [root];
        if (parts.length === 0 || parts.some((digest) => github.find(digest) === undefined)) return;
        if (what === "tag") github.retag("production", root as Digest);
        needed.push(what === "tag" ? (root as Digest) : github.push({ tags: ["3.0.0"], children: parts }));
      };
      github.faults.push({ on: deleting, skip, before: happen }, ...faults.map((each) => ({ ...each })));
      for (let run = 1; run <= 4; run++) {
        if (run === 4) github.faults.length = 0;
        const ended = apply(github, made, journal, cache);
        await (run === 4 ? ended : ended.catch(() => undefined));
      }
      for (const digest of needed) assert.deepEqual(github.missingBelow(digest), []);
      assertKeptWhole(here);
      assertNothingTwice(github);
    });
    await fc.assert(runs, { numRuns: 500 });
  });

  it("property 16: does nothing more when it is run again", async () => {
    const { github } = scene();
    const made = await planned(github);
    const journal = new MemoryJournal();
    await apply(github, made, journal);
    const before = journal.text;
    assert.deepEqual(counts(await apply(github, made, journal)), { deleted: 12 });
    assert.equal(journal.text, before);
    assert.equal(github.deletions.length, 12);
  });
});

describe("the journal of an application", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "journal-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is gone on with although a kill cut its last line off anywhere", async () => {
    const reference = scene(1);
    const made = await planned(reference.github);
    const file = join(folder, "journal.jsonl");
    await apply(reference.github, made, journalFile(file));
    const whole = readFileSync(file, "utf8");
    const lines = whole.split("\n");
    for (let kept = 1; kept < lines.length - 1; kept++) {
      const text = `${lines.slice(0, kept).join("\n")}\n${lines[kept]?.slice(0, 20)}`;
      writeFileSync(file, text);
      const { github } = scene(1);
      // What the journal calls sent or done by then.
      for (const digest of parseJournal(text, "").outcomes.keys())
        github.remove(github.find(digest as Digest)?.id ?? 0);
      assert.deepEqual(counts(await apply(github, made, journalFile(file))), { deleted: 4 });
      assert.equal(parseJournal(readFileSync(file, "utf8"), file).outcomes.size, 4);
    }
  });

  it("is refused where it is something else", () => {
    const file = join(folder, "journal.jsonl");
    appendFileSync(file, '{"line":"deleted","id":1}\n');
    assert.throws(() => journalFile(file).read(), /is not written as a retention journal is/);
  });
});
