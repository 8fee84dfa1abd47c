import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hour } from "../core/engine";
import type { EngineRun } from "./engine";
import { runUpdate, stopOf, type News } from "./update";

const usedUp = "error: API rate limit of 5000 still exceeded until 2026-11-28, not making remote request.";
const succeeded: EngineRun = { code: 0, output: "" };

interface Ended extends EngineRun {
  readonly made?: number;
}

describe("an update that GitHub's limits stop", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "update-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs end one after the other as told; each finishes so many resources. */
  async function update(runs: readonly Ended[], hour: Hour | undefined, { wait = true, mends = 0 } = {}) {
    let now = 0;
    let started = 0;
    let settled = 0;
    const news: News[] = [];
    const outcome = await runUpdate(
      {
        up: async (log) => {
          const { made = 0, ...run }: Ended = runs[started++] ?? succeeded;
          const metadata = { op: "create", urn: "urn:é", type: "github:index/repository:Repository" };
          const event = `${JSON.stringify({ resOutputsEvent: { metadata } })}\n`;
          const other = `${JSON.stringify({ resOutputsEvent: { metadata: { ...metadata, op: "same" } } })}\n`;
          if (made > 0) appendFileSync(log, (event + other).repeat(made));
          return run;
        },
        eventLog: (round) => join(folder, `${round}.jsonl`),
        hour: async () => hour,
        settle: async () => void settled++,
        mend: async () => mends-- > 0,
        clock: { now: () => now, pause: async (ms) => void (now += ms) },
        tell: (one) => news.push(one),
      },
      { wait },
    );
    return { outcome, news, started, settled, now };
  }

  it("is gone on with when the hour starts anew, and counts what all runs made", async () => {
    const runs = [
      { code: 255, output: usedUp, made: 3 },
      { ...succeeded, made: 2 },
    ];
    const { outcome, news, started, settled, now } = await update(runs, {
      limit: 5_000,
      remaining: 0,
      resetsAt: 90_000,
    });
    assert.deepEqual([outcome.ended, outcome.done, outcome.rounds, started], ["succeeded", 5, 2, 2]);
    assert.deepEqual([now, settled], [91_000, 1]);
    assert.deepEqual(
      news.map((one) => (one.kind === "done" ? one.done : one.kind)),
      [3, "pause", 5],
    );
  });

  it("ends with the time at which it can go on where nobody wants to wait", async () => {
    const hour = { limit: 5_000, remaining: 0, resetsAt: 90_000 };
    const { outcome, started } = await update([{ code: 255, output: usedUp, made: 1 }], hour, {
      wait: false,
    });
    assert.deepEqual([outcome.ended, outcome.until, outcome.done, started], ["hour", 91_000, 1, 1]);
  });

  it("goes on at once where the hour has started anew meanwhile, and with a new token", async () => {
    const fresh = { limit: 5_000, remaining: 4_999, resetsAt: 9_000_000 };
    assert.equal((await update([{ code: 255, output: usedUp, made: 1 }], fresh)).now, 0);
    const expired = { code: 255, output: "error: PUT https://…: 401 Bad credentials []", made: 1 };
    const { outcome, now } = await update([expired], fresh);
    assert.deepEqual([outcome.ended, now], ["succeeded", 0]);
  });

  it("ends after two runs that made nothing, instead of asking for ever", async () => {
    const nothing = { code: 255, output: usedUp };
    const { outcome, started } = await update([nothing, nothing, nothing], undefined);
    assert.deepEqual([outcome.ended, started], ["hour", 2]);
  });

  it("is gone on with where what a killed plugin left could be mended, and else fails", async () => {
    const died = {
      code: 255,
      output: "error: rpc error: code = Unavailable desc = error reading from server: EOF",
    };
    const { outcome } = await update(
      [
        { ...died, made: 2 },
        { ...succeeded, made: 1 },
      ],
      undefined,
      { mends: 1 },
    );
    assert.deepEqual([outcome.ended, outcome.done, outcome.rounds], ["succeeded", 3, 2]);
    assert.equal((await update([died, died], undefined, { mends: 1 })).outcome.ended, "failed");
  });

  it("ends where somebody asks it to, whatever the engine says of it, and mends nothing", async () => {
    const asked = { code: 255, output: usedUp, stopped: true, made: 2 };
    const { outcome, started } = await update([asked], undefined, { mends: 1 });
    assert.deepEqual([outcome.ended, outcome.done, started], ["stopped", 2, 1]);
  });

  it("fails where the reason is another: a refused value, or a token that never was one", async () => {
    for (const output of ["error: 422 Validation Failed", "error: 401 Bad credentials"]) {
      const { outcome, started } = await update([{ code: 255, output }], undefined);
      assert.deepEqual([outcome.ended, started], ["failed", 1], output);
    }
  });
});

describe("what a run ended by", () => {
  it("is read from the plugin's words, and from GitHub's hour", () => {
    const none = { limit: 5_000, remaining: 0, resetsAt: 0 };
    assert.equal(stopOf(usedUp, undefined, true), "hour");
    assert.equal(stopOf("error: 403 API rate limit exceeded for user", undefined, true), "hour");
    assert.equal(stopOf("anything", none, true), "hour");
    assert.equal(stopOf("You have exceeded a secondary rate limit", none, true), "secondary");
    assert.equal(stopOf("a resource named rate-limit failed", undefined, true), undefined);
  });
});
