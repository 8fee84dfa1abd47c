import assert from "node:assert/strict";
import { progressBar } from "./progress-bar";

describe("a progress bar", () => {
  function trial(terminal: boolean) {
    const [written, lines]: [string[], string[]] = [[], []];
    let time = 0;
    const bar = progressBar(
      {
        readInput: async () => "",
        print: () => undefined,
        complain: (line) => lines.push(line),
        status: terminal ? (line) => written.push(line) : undefined,
        environment: {},
      },
      "done",
      50,
      () => time,
    );
    const advance = (done: number, seconds: number) => {
      time = seconds * 1_000;
      bar.advance(done);
    };
    return { bar, advance, written, lines };
  }

  it("moves with every step on a terminal, says what is left, and is gone at the end", () => {
    const { bar, advance, written, lines } = trial(true);
    advance(1, 1);
    advance(10, 60);
    bar.end();
    assert.deepEqual(written, [
      "[--------------------] 1 of 50 done",
      "[####----------------] 10 of 50 done, about 4 minutes left",
      "",
    ]);
    assert.deepEqual(lines, []);
  });

  it("lets notes stay above itself", () => {
    const { bar, advance, written, lines } = trial(true);
    advance(1, 1);
    bar.note("sha256:0a1b failed");
    assert.deepEqual(lines, ["sha256:0a1b failed"]);
    assert.deepEqual(written.slice(1), ["", "[--------------------] 1 of 50 done"]);
  });

  it("is a line at each tenth elsewhere, and none for what is quickly over", () => {
    const { advance, lines } = trial(false);
    for (let done = 1; done <= 50; done++) advance(done, done / 10);
    assert.deepEqual(lines, [
      ...["[########------------] 20 of 50 done", "[##########----------] 25 of 50 done"],
      ...["[############--------] 30 of 50 done", "[##############------] 35 of 50 done"],
      ...["[################----] 40 of 50 done", "[##################--] 45 of 50 done"],
      "[####################] 50 of 50 done",
    ]);
  });
});
