import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { PlatformError } from "../../../core/errors";
import { Store } from "./store";
import { drop, put, type Event } from "./tables";

function variable(name: string, value = "1"): Event {
  return put("variables", `repository:1/${name}`, { name, value, createdAt: "", updatedAt: "" });
}

describe("the store", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "github-store-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const names = (store: Store): string[] => store.state.list("variables").map(({ name }) => name);

  /** As a process leaves it that is killed: nothing is closed, nothing tidied up. */
  async function abandoned(...batches: Event[][]): Promise<void> {
    const store = await Store.open(folder);
    for (const events of batches) await store.commit(events);
  }

  it("holds what was committed after a process that was killed", async () => {
    await abandoned([variable("A")], [variable("B"), variable("C")], [drop("variables", "repository:1/A")]);
    assert.deepEqual(names(await Store.open(folder)), ["B", "C"]);
  });

  it("holds it after an orderly end too, from the snapshot alone", async () => {
    const store = await Store.open(folder);
    await store.commit([variable("A")]);
    await store.close();
    assert.equal(statSync(join(folder, "journal.jsonl")).size, 0);
    assert.deepEqual(names(await Store.open(folder)), ["A"]);
  });

  it("cuts off a last line that the process died in, wherever it broke, and goes on behind it", async () => {
    await abandoned([variable("A")], [variable("B", "ü")]);
    const whole = readFileSync(join(folder, "journal.jsonl"));
    const firstLine = whole.indexOf("\n") + 1;
    for (let size = 1; size < whole.length; size += 7) {
      const kept = size < firstLine ? [] : ["A"];
      rmSync(join(folder, "snapshot.json"), { force: true });
      writeFileSync(join(folder, "journal.jsonl"), whole.subarray(0, size));
      const store = await Store.open(folder);
      assert.deepEqual(names(store), kept);
      await store.commit([variable("C")]);
      assert.deepEqual(names(await Store.open(folder)), [...kept, "C"]);
    }
  });

  it("refuses to start on a line that is damaged and not the last", async () => {
    await abandoned([variable("A")], [variable("B")]);
    const file = join(folder, "journal.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace('"n":1', '"n:1'));
    await assert.rejects(
      Store.open(folder),
      (error) => error instanceof PlatformError && error.code === "sandbox-data-damaged",
    );
  });

  it("refuses to start on a damaged snapshot", async () => {
    const store = await Store.open(folder);
    await store.commit([variable("A")]);
    await store.close();
    truncateSync(join(folder, "snapshot.json"), 10);
    await assert.rejects(
      Store.open(folder),
      (error) => error instanceof PlatformError && error.code === "sandbox-data-damaged",
    );
  });

  it("skips journal lines that the snapshot holds: killed between the two", async () => {
    await abandoned([variable("A", "old")], [variable("A", "new")]);
    const lines = readFileSync(join(folder, "journal.jsonl"), "utf8");
    const store = await Store.open(folder);
    await store.commit([variable("A", "newest")]);
    await store.close();
    appendFileSync(join(folder, "journal.jsonl"), lines);
    assert.equal((await Store.open(folder)).state.list("variables")[0]?.value, "newest");
  });

  it("never hands out an id twice", async () => {
    const first = await Store.open(folder);
    const used = first.ids.next();
    await first.commit([variable("A")]);
    const second = await Store.open(folder);
    assert.ok(second.ids.next() > used);
  });

  it("takes changes that come at once and while others are written, all of them", async () => {
    const store = await Store.open(folder);
    const follow = async (n: number): Promise<void> => {
      await store.commit([variable(`A${n}`)]);
      await store.commit([variable(`B${n}`)]);
    };
    await Promise.all(Array.from({ length: 20 }, (_, n) => follow(n)));
    assert.equal(names(await Store.open(folder)).length, 40);
  });

  it("is after any restart what it was before", async () => {
    const key = fc.constantFrom("A", "B", "C", "D");
    const event = fc.oneof(
      fc.tuple(key, fc.string()).map(([name, value]) => variable(name, value)),
      key.map((name) => drop("variables", `repository:1/${name}`)),
    );
    const runs = fc.array(fc.record({ events: fc.array(event), orderly: fc.boolean() }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(runs, async (steps) => {
        rmSync(folder, { recursive: true, force: true });
        let expected: unknown = undefined;
        for (const { events, orderly } of steps) {
          const store = await Store.open(folder);
          if (expected !== undefined) assert.deepEqual(store.state.snapshot(), expected);
          for (const one of events) await store.commit([one]);
          expected = store.state.snapshot();
          if (orderly) await store.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});
