import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../core/names";
import type { Plan } from "../core/retention";
import type { ApplyResult } from "./retention-apply";
import {
  apply,
  assertKeptWhole,
  assertNothingTwice,
  counts,
  deleting,
  MemoryCache,
  MemoryJournal,
  planned,
  scene,
  type Scene,
} from "./testing/retention-scene";

/** Up to four answers that go wrong for a while, whether what was asked for is done or not. */
function wrongAnswers(on: readonly RegExp[], status: readonly number[]) {
  const fault = fc.record({
    on: fc.constantFrom(...on),
    skip: fc.nat({ max: 12 }),
    times: fc.integer({ min: 1, max: 7 }),
    status: fc.constantFrom(...status),
    done: fc.boolean(),
  });
  return fc.array(fault, { maxLength: 4 });
}

/** Four runs, after each of which what is kept is whole. They may end with an error, but for the last: no faults. */
async function runToTheEnd(here: Scene, made: Plan, cache: MemoryCache): Promise<ApplyResult> {
  const { github } = here;
  const journal = new MemoryJournal();
  const check = () => {
    assertKeptWhole(here);
    assertNothingTwice(github);
  };
  for (let run = 1; run <= 3; run++) {
    await apply(github, made, journal, cache).catch(() => undefined);
    check();
  }
  github.faults.length = 0;
  const last = await apply(github, made, journal, cache);
  check();
  return last;
}

describe("applying a retention plan through faults, kills and races", () => {
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
    const wrong = wrongAnswers(
      [deleting, /^GET/, /state=active/, /versions\/\d+$/, /^POST/],
      [0, 200, 400, 403, 404, 408, 429, 500, 502, 503],
    );
    const others = fc.option(fc.record({ skip: fc.nat({ max: 30 }), what: fc.nat({ max: 3 }) }));
    const runs = fc.asyncProperty(wrong, others, async (faults, race) => {
      const here = scene();
      const { github, platforms } = here;
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
      for (const { outcome } of (await runToTheEnd(here, made, cache)).outcomes.values())
        assert.ok(!["failed", "not-restored", "not-tried"].includes(outcome), outcome);
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
    const wrong = wrongAnswers([deleting, /^GET/, /state=deleted/, /^POST/], [0, 408, 429, 500, 502, 503]);
    const race = fc.record({ skip: fc.nat({ max: 12 }), what: fc.constantFrom("tag", "list", "nest") });
    const runs = fc.asyncProperty(wrong, race, async (faults, { skip, what }) => {
      const here = scene();
      const { github, platforms } = here;
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
      await runToTheEnd(here, made, cache);
      for (const digest of needed) assert.deepEqual(github.missingBelow(digest), []);
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
