import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ActLog } from "./act-log";

/** As act 0.2.89 logs two runs of a matrix, of which arm64's fails and ends first. */
const matrix = [
  { job: "X/scan linux/arm64-2", stepResult: "failure", msg: "  ❌  Failure - Main Scan" },
  { job: "X/scan linux/arm64-2", jobResult: "failure", msg: "🏁  Job failed" },
  { job: "X/scan linux/amd64-1", raw_output: true, msg: "passes\n" },
  { job: "X/scan linux/amd64-1", stepResult: "success", msg: "  ✅  Success - Main Scan" },
  { job: "X/scan linux/amd64-1", jobResult: "failure", msg: "🏁  Job failed" },
].map((entry) => ({ jobID: "scan", ...entry }));

const gate = { job: "X/container-publish", jobID: "gate" };

function read(entries: readonly object[]): ActLog {
  const log = new ActLog();
  for (const entry of entries) log.take(JSON.stringify(entry));
  return log;
}

describe("act's log", () => {
  it("tells how each run of a matrix ended, whichever of them ends first", () => {
    assert.deepEqual(
      [...read(matrix).jobs()],
      [
        ["scan linux/arm64", "failure"],
        ["scan linux/amd64", "success"],
      ],
    );
  });

  it("takes a job for failed that failed outside of its steps", () => {
    const jobs = read([...matrix, { ...gate, jobResult: "failure", msg: "🏁  Job failed" }]).jobs();
    assert.equal(jobs.get("container-publish"), "failure");
  });

  it("keeps what steps printed and wrote to summaries, and not what act says of itself", () => {
    const log = read([
      ...matrix.slice(2, 3),
      { ...gate, msg: "⭐ Run Set up job" },
      { ...gate, command: "summary", content: "### It passes", msg: "  ⚙  ::summary::" },
    ]);
    log.take("Error: no such file");
    assert.deepEqual(log.lines, ["scan linux/amd64: passes", "act: Error: no such file"]);
    assert.deepEqual(log.summaries, ["### It passes"]);
  });
});
