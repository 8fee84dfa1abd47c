import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../core/errors";
import type { Digest, Tag } from "../core/names";
import { rollbackTarget } from "../core/promotion";
import { moveEnvironment, type MoveFacts } from "./promotion";
import { readHistory, recordTag, type RecordReader } from "./promotion-records";
import type { Registry } from "./registry";
import { MemoryRegistry } from "./testing/memory-registry";
import { testImage, types } from "./testing/images";

const repository = "albeorla/todost";
const production = "production" as Tag;

const facts: MoveFacts = {
  ...{ kind: "promotion", stages: ["production"], expected: null, by: "ann", why: "it is ready" },
  ...{ at: "2026-11-24T12:00:00Z", commits: null, deployment: null },
};

/** Three images, the first of which runs in production. */
async function world() {
  const memory = new MemoryRegistry();
  const [first, second, third] = ["1", "2", "3"].map((salt) => {
    const { index } = testImage({ annotations: { salt } });
    return memory.put(`${salt}.0.0`, types.index, JSON.parse(index.bytes.toString()));
  }) as [Digest, Digest, Digest];
  await promote(memory.client(), first);
  return { memory, first, second, third };
}

function reader(registry: Registry): RecordReader {
  const read = async (digest: Digest) => registry.manifest(repository, digest);
  return { registry, repository, manifests: { read }, notice: () => undefined };
}

async function promote(registry: Registry, to: Digest, more: Partial<MoveFacts> = {}) {
  const history = await readHistory(reader(registry), production);
  const image = await registry.manifest(repository, to);
  return moveEnvironment({
    ...{ registry, repository, environment: production, history, image },
    facts: { ...facts, ...more },
  });
}

/** `done` and to where, or the code of what it was told. */
async function told(promotion: Promise<unknown>): Promise<string> {
  try {
    await promotion;
    return "done";
  } catch (error) {
    if (error instanceof PlatformError) return error.code;
    throw error;
  }
}

describe("a move of an environment", () => {
  it("points its tag at the very bytes, and leaves a record that leads back", async () => {
    const { memory, first, second } = await world();
    const before = [...memory.manifests.get(second)!.bytes];
    const { record } = await promote(memory.client(), second);
    assert.equal(memory.tags.get("production"), second);
    assert.deepEqual([...memory.manifests.get(second)!.bytes], before);
    assert.deepEqual([record.from, record.to, record.sequence], [first, second, 2]);
    const history = await readHistory(reader(memory.client()), production);
    assert.deepEqual(
      history.moves.map(({ record: { to } }) => to),
      [second, first],
    );
    assert.equal(rollbackTarget(history), first);
  });

  it("is told apart from one that was cut short before the tag moved", async () => {
    const { memory, first, second, third } = await world();
    const dying = memory.client(async (call, reference) => {
      if (call === "putManifest" && reference === "production") throw new Error("killed");
    });
    await assert.rejects(promote(dying, second), /killed/);
    const cut = await readHistory(reader(memory.client()), production);
    assert.deepEqual([cut.moves.length, cut.records.length, cut.current], [1, 2, first]);
    await promote(memory.client(), third);
    const history = await readHistory(reader(memory.client()), production);
    assert.deepEqual(
      history.moves.map(({ record: { to } }) => to),
      [third, first],
    );
  });

  it("says that the history ends where a record went with its image", async () => {
    const { memory, first, second, third } = await world();
    await promote(memory.client(), second);
    await promote(memory.client(), third);
    const [, gone] = (await readHistory(reader(memory.client()), production)).moves;
    const registry = memory.client();
    const read = async (digest: Digest) =>
      digest === gone?.id ? { unreadable: "gone" } : registry.manifest(repository, digest);
    const history = await readHistory({ ...reader(registry), manifests: { read } }, production);
    assert.deepEqual(
      history.moves.map(({ record: { to } }) => to),
      [third],
    );
    assert.equal(rollbackTarget(history), second);
    assert.notEqual(rollbackTarget(history), first);
  });
});

describe("two moves of one environment at once", function () {
  this.timeout(120_000);

  /**
   * Runs both, one call on the environment's tags at a time, in the order that a schedule says: `0` lets the first
   * go on, `1` the second. What is left when it ends, runs out by turns.
   */
  async function race(schedule: readonly (0 | 1)[], from: "start" | "record") {
    const { memory, first, second, third } = await world();
    const waiting: (undefined | (() => void))[] = [undefined, undefined];
    const ended = [false, false];
    const client = (who: 0 | 1) =>
      turns(from, () => new Promise((resolve) => (waiting[who] = resolve)), memory);
    const outcomes = [second, third].map((to, who) =>
      told(promote(client(who as 0 | 1), to)).finally(() => (ended[who] = true)),
    );
    const settle = async () => {
      // What the last call let go on runs until it waits for its turn again, or ends.
      while ([0, 1].some((who) => !ended[who] && waiting[who] === undefined)) await Promise.resolve();
    };
    const order = [...schedule];
    for (await settle(); !(ended[0] && ended[1]); await settle()) {
      const wanted = order.shift() ?? 0;
      const who = ended[wanted] ? 1 - wanted : wanted;
      const go = waiting[who];
      waiting[who] = undefined;
      go?.();
    }
    const [one, other] = await Promise.all(outcomes);
    const history = await readHistory(reader(memory.client()), production);
    return { one, other, history, digests: { first, second, third } };
  }

  /** What has to hold in whatever order their calls came. */
  async function check(...[schedule, from, seen]: [readonly (0 | 1)[], "start" | "record", Set<string>]) {
    const { one, other, history, digests } = await race(schedule, from);
    seen.add(`${one} ${other}`);
    const by = { [digests.second]: one, [digests.third]: other } as Record<string, string>;
    const moves = history.moves.map(({ record }) => record.to);
    const place = `${schedule.join("")}: ${one}, ${other}, runs ${by[history.current ?? ""]}`;
    // Both were told that all went well only where one replaced the other and knew it.
    if (one === "done" && other === "done")
      assert.deepEqual(new Set(moves), new Set(Object.values(digests)), place);
    // What was done is what it runs, or lies on the way back, or the other one was told to look.
    for (const [digest, outcome] of Object.entries(by)) {
      if (outcome !== "done" || moves.includes(digest as Digest)) continue;
      const others = Object.entries(by)
        .filter(([each]) => each !== digest)
        .map(([, each]) => each);
      assert.deepEqual(others, ["promotion-contended"], place);
    }
    // Whatever it runs, a record says so, and leads back to what ran before both.
    assert.ok(moves.length > 0, place);
    assert.equal(moves.at(-1), digests.first, place);
    // What was refused before it moved is not what it runs.
    if (history.current !== digests.first)
      assert.notEqual(by[history.current ?? ""], "promotion-overtaken", place);
  }

  it("lose none, in every order of their calls from the record's on", async () => {
    const { memory, second } = await world();
    let calls = 0;
    await promote(
      turns("record", async () => void (calls += 1), memory),
      second,
    );
    const seen = new Set<string>();
    for (const schedule of orders(calls, calls)) await check(schedule, "record", seen);
    assert.equal(calls, 6);
    // The test would tell nothing if they never met.
    const met = ["done promotion-overtaken", "promotion-overtaken done", "promotion-contended done"];
    for (const outcome of met) assert.ok(seen.has(outcome), [...seen].join("; "));
  });

  it("lose none, from their first look on, in orders by chance", async () => {
    const seen = new Set<string>();
    const schedules = fc.array(fc.constantFrom(0 as const, 1 as const), { maxLength: 30, size: "max" });
    await fc.assert(
      fc.asyncProperty(schedules, (schedule) => check(schedule, "start", seen)),
      { numRuns: 500 },
    );
    assert.ok(seen.has("done done"), [...seen].join("; "));
  });

  /** A client that waits for its turn before each call on the environment's tags, or on those from its record's on. */
  function turns(from: "start" | "record", turn: () => Promise<void>, memory: MemoryRegistry): Registry {
    let begun = from === "start";
    return memory.client((call, reference) => {
      begun ||= call === "putManifest" && reference === recordTag(production);
      return begun && [production, recordTag(production)].includes(reference as Tag)
        ? turn()
        : Promise.resolve();
    });
  }
});

/** Every order in which so many steps of one and of another can come. */
function* orders(one: number, other: number, before: readonly (0 | 1)[] = []): Generator<readonly (0 | 1)[]> {
  if (one === 0 && other === 0) return yield before;
  if (one > 0) yield* orders(one - 1, other, [...before, 0]);
  if (other > 0) yield* orders(one, other - 1, [...before, 1]);
}
