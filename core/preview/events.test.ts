import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PlatformError } from "../errors";
import { readEvents, reducedLog } from "./events";
import {
  canary,
  diagnosticLine,
  hostileLogs,
  logOf,
  otherLines,
  serviceLine,
  serviceUrn,
  stepLine,
  summaryLine,
} from "./testing/events";

const read = (log: string) => readEvents("preview.jsonl", log);

describe("what is read of the engine's events", () => {
  it("holds operation, URN, type, parent and names of what changes, and no value from anywhere", () => {
    const step = { op: "update", name: "GREETING", parent: serviceUrn("todost"), paths: ["value"] } as const;
    const events = read(
      logOf(
        ...otherLines,
        serviceLine("todost"),
        stepLine(step),
        diagnosticLine("github:index/repository:Repository", "error", canary),
        diagnosticLine("", "warning", canary),
        diagnosticLine("ghcr:index:Package", "debug", canary),
        summaryLine(),
      ),
    );
    assert.ok(!JSON.stringify(events).includes(canary));
    assert.ok(!reducedLog(events).includes(canary));
    assert.deepEqual(events.steps[1], {
      operation: "update",
      urn: "urn:pulumi:prod::ghcr-platform::github:index/actionsVariable:ActionsVariable::GREETING",
      type: "github:index/actionsVariable:ActionsVariable",
      parent: serviceUrn("todost"),
      custom: true,
      retained: false,
      paths: ["value"],
      replacePaths: [],
    });
    assert.deepEqual(
      events.diagnostics.map(({ severity, message }) => [severity, message]),
      [
        ["error", undefined],
        ["warning", undefined],
      ],
    );
  });

  it("has the text of messages of the platform's own provider alone", () => {
    const { diagnostics } = read(
      logOf(
        diagnosticLine("ghcr:index:Package", "info", "3 of 9 versions, 1.2 GB"),
        diagnosticLine("x$ghcr:index:Package", "warning", "visibility differs"),
        diagnosticLine("ghcr:index:Package$evil:index:Thing", "warning", canary),
        diagnosticLine("evil:ghcr:Package", "warning", canary),
      ),
    );
    assert.deepEqual(
      diagnostics.map(({ message }) => message),
      ["3 of 9 versions, 1.2 GB", "visibility differs", undefined, undefined],
    );
  });

  it("is the same after it was written down, whatever a program names", () => {
    fc.assert(
      fc.property(hostileLogs, (log) => {
        const events = read(log);
        assert.deepEqual(read(reducedLog(events)), events);
      }),
      { numRuns: 60 },
    );
  });

  it("says how the preview ended, and doesn't take a log that breaks off for a whole one", () => {
    assert.equal(read(logOf(summaryLine())).ended, "succeeded");
    assert.equal(read(logOf(summaryLine("failed"))).ended, "failed");
    assert.equal(read(logOf(summaryLine("canceled"))).ended, "failed");
    assert.equal(read(logOf(diagnosticLine("", "error", "x"), summaryLine())).ended, "failed");
    assert.equal(
      read(logOf(JSON.stringify({ errorEvent: { error: canary } }), summaryLine())).ended,
      "failed",
    );
    assert.equal(read(logOf(serviceLine("todost"))).ended, "unfinished");
    assert.equal(read("").ended, "unfinished");
  });
});

describe("a line that is no event", () => {
  it("is refused with its number, and never its text", () => {
    for (const line of [
      `{"resourcePreEvent": {"metadata": {"op": "${canary}", "urn": "u", "type": "t"}}}`,
      `{"resourcePreEvent": {"metadata": {"op": "create", "urn": {"${canary}": 1}, "type": "t"}}}`,
      `{"diagnosticEvent": {"severity": "${canary}", "message": "m"}}`,
      `{"${canary}`,
      `"${canary}"`,
      "[]",
    ]) {
      assert.throws(
        () => read(logOf(summaryLine(), line)),
        (error) => {
          assert.ok(error instanceof PlatformError);
          assert.match(error.message, /^preview\.jsonl: line 2: /);
          assert.ok(!error.message.includes(canary), error.message);
          return true;
        },
      );
    }
  });
});
