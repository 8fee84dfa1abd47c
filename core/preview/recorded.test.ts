/** What the real engine wrote: `sandbox/node tests/engine/record-previews.ts` records it anew. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { previewComment } from "./comment";
import { readEvents, reducedLog } from "./events";
import { unshown } from "./guard";
import { changesOf, previewOf, type Preview } from "./model";

const folder = join(__dirname, "../../tests/fixtures/previews");
const commit = "4fa8d21".padEnd(40, "0");
const events = (name: string) => readEvents(name, readFileSync(join(folder, `${name}.jsonl`), "utf8"));
const recorded = (name: string): Preview => previewOf("prod", events(name));
const short = (preview: Preview) =>
  preview.changes.map(({ operation, name, paths }) => [operation, name, ...paths].join(" "));

describe("what the engine says of a real preview", () => {
  it("is that nothing changes where nothing does", () => {
    const { changes, unchanged, ended } = recorded("nothing");
    assert.deepEqual([ended, changes, unchanged > 15], ["succeeded", [], true]);
  });

  it("is what is created, updated and deleted, by service", () => {
    const preview = recorded("create-update-delete");
    assert.deepEqual(
      short(preview).filter((line) => line.includes("hello-python")),
      [
        "delete hello-python-secrets-GREETING_KEY",
        "create hello-python-secrets-LOUD",
        "update hello-python-secrets-GREETING value",
      ],
    );
    assert.deepEqual(
      new Set(preview.changes.map(({ owner }) => owner as string)),
      new Set(["hello-python", "todost"]),
    );
  });

  it("is what a replacement is made necessary by", () => {
    const replaced = changesOf(recorded("replace"), "replace");
    assert.deepEqual(
      replaced.map(({ name, replacePaths }) => [name, ...replacePaths]),
      [
        ["todost-environments-staging", "environment"],
        ["todost-environments-staging-LOG_LEVEL", "environment"],
      ],
    );
  });

  it("is what was changed by hand, where it looked at GitHub first", () => {
    assert.deepEqual(short(recorded("drift")), [
      "update hello-python-secrets-GREETING value",
      "update platform-repository hasWiki",
    ]);
  });

  it("is that the program was refused, its words left to the log", () => {
    const preview = recorded("refused");
    assert.equal(preview.ended, "failed");
    assert.ok(!previewComment([preview], { commit }).includes("not a name"));
  });

  it("is as hostile as a program's names, and its comment is not", () => {
    const preview = recorded("hostile");
    assert.equal(preview.changes.length, 8);
    const body = previewComment([preview], { commit });
    assert.ok(body.length < 3_000);
    assert.equal(
      body.match(/</g)?.length,
      "<!-- <!-- <details> <summary> </summary> </details> <sub> </sub>".split(" ").length,
    );
    assert.equal(body.match(/^#/gm)?.length, 1);
  });

  it("is read again the same from what is kept of it, which is a fraction and passes the guard", () => {
    for (const name of ["nothing", "create-update-delete", "replace", "drift", "refused"]) {
      const kept = reducedLog(events(name));
      const preview = recorded(name);
      assert.deepEqual(previewOf("prod", readEvents(name, kept)), preview);
      assert.ok(!/inputs|outputs|\[secret\]/.test(kept));
      assert.deepEqual(unshown(preview, { comment: previewComment([preview], { commit }), commit }), []);
    }
  });
});
