import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../core/names";
import { applyPlan } from "./retention-apply";
import { journalFile, parseJournal } from "./retention-journal";
import type { FakePackages } from "./testing/fake-packages";
import {
  apply,
  assertKeptWhole,
  assertNothingTwice,
  clients,
  counts,
  deleting,
  MemoryCache,
  MemoryJournal,
  planned,
  scene,
} from "./testing/retention-scene";

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
