import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { terminalProgress, formatDuration, type ProgressTerminal } from "./progress";

/** A terminal whose time passes only when a test says so. */
function scripted(isTTY: boolean) {
  let time = 0;
  let written = "";
  let ticker: { readonly every: number; readonly tick: () => void } | undefined;
  const terminal: ProgressTerminal = {
    write: (text) => (written += text),
    isTTY,
    columns: 40,
    now: () => time,
    every(milliseconds, tick) {
      ticker = { every: milliseconds, tick };
      return () => (ticker = undefined);
    },
  };
  return {
    progress: terminalProgress(terminal),
    raw: () => written,
    lines: () => stripVTControlCharacters(written).split("\n").slice(0, -1),
    ticking: () => ticker !== undefined,
    pass(milliseconds: number) {
      for (const end = time + milliseconds; time < end;) {
        time += ticker?.every ?? milliseconds;
        ticker?.tick();
      }
    },
  };
}

describe("progress", () => {
  it("says what begins, how long that usually takes, that it is alive, and how long it took", async () => {
    const seen = scripted(false);
    await seen.progress.step("Build the engine", { typical: "4 min" }, async () => seen.pass(20_000));
    assert.deepEqual(seen.lines(), [
      "▸ Build the engine (usually about 4 min)",
      "  … Build the engine: 10 s",
      "  … Build the engine: 20 s",
      "✓ Build the engine (20 s)",
    ]);
    assert.equal(seen.ticking(), false);
  });

  it("closes a quick step without a line", async () => {
    const seen = scripted(false);
    assert.equal(await seen.progress.step("Look", {}, async () => 42), 42);
    assert.deepEqual(seen.lines(), ["▸ Look"]);
  });

  it("marks a step that failed and passes its error on", async () => {
    const seen = scripted(false);
    const work = seen.progress.step("Build", {}, async () => {
      seen.pass(3_000);
      throw new Error("no");
    });
    await assert.rejects(work, /^Error: no$/);
    assert.match(seen.lines().at(-1) ?? "", /^✗ Build \(\d+ s\)$/);
    assert.equal(seen.ticking(), false);
  });

  it("lets only the innermost of nested steps give signs of life, with its detail", async () => {
    const seen = scripted(false);
    await seen.progress.step("outer", {}, () =>
      seen.progress.step("inner", {}, async (say) => {
        say("half of it");
        seen.pass(10_000);
      }),
    );
    assert.deepEqual(
      seen.lines().filter((line) => line.includes("…")),
      ["  … inner: 10 s, half of it"],
    );
  });

  it("writes over one line on a terminal, within its width, and names all that runs side by side", async () => {
    const seen = scripted(true);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const both = Promise.all([
      seen.progress.step("one", {}, () => held),
      seen.progress.step("two", {}, () => held),
    ]);
    seen.pass(3_000);
    const live = seen.raw().split("\r\u001b[2K");
    assert.equal(live.at(-1), "  one: 3 s · two: 3 s");
    release();
    await both;
    const after = stripVTControlCharacters(seen.raw().split("\r\u001b[2K").at(-1) ?? "");
    assert.equal(after, "✓ one (3 s)\n✓ two (3 s)\n");
  });

  it("writes durations as a person says them", () => {
    assert.deepEqual([0, 59_400, 65_000, 120_000].map(formatDuration), ["0 s", "59 s", "1 min 5 s", "2 min"]);
  });
});
