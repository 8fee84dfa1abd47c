import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { previewComment } from "./comment";
import { readEvents } from "./events";
import { unshown, type Shown } from "./guard";
import { previewOf, type Preview } from "./model";
import {
  hostileLogs,
  logOf,
  serviceLine,
  serviceUrn,
  stepLine,
  summaryLine,
  type FakeStep,
} from "./testing/events";

const commit = "a".repeat(40);
const previewed = (...steps: readonly FakeStep[]): Preview =>
  previewOf("prod", readEvents("log", logOf(serviceLine("todost"), ...steps.map(stepLine), summaryLine())));
const parent = serviceUrn("todost");
const remove: FakeStep = { op: "delete", name: "LOG_LEVEL", parent };
const replace: FakeStep = { op: "replace", name: "staging", parent, keys: ["repository"] };

function shownBy(preview: Preview): Shown {
  return { comment: previewComment([preview], { commit }), commit };
}

const whys = (preview: Preview, shown: Shown, accepted?: ReadonlySet<string>) =>
  unshown(preview, shown, accepted).map(({ why, change }) => `${change.name}: ${why}`);

describe("what stops an update", () => {
  it("is no deletion or replacement that the comment shows, whatever made it necessary", () => {
    const preview = previewed(remove, replace);
    assert.deepEqual(whys(preview, shownBy(preview)), []);
    assert.deepEqual(whys(previewed(remove, { ...replace, keys: ["name"] }), shownBy(preview)), []);
    assert.deepEqual(
      whys(preview, { ...shownBy(preview), comment: shownBy(preview).comment?.replace(/\n/g, "\r\n") }),
      [],
    );
  });

  it("is one that it doesn't show, or shows as something else", () => {
    assert.deepEqual(whys(previewed(remove, replace), shownBy(previewed(remove))), [
      "staging: not-in-comment",
    ]);
    assert.deepEqual(whys(previewed(remove), shownBy(previewed({ ...remove, op: "replace" }))), [
      "LOG_LEVEL: not-in-comment",
    ]);
    assert.deepEqual(whys(previewed(remove), shownBy(previewed({ ...remove, op: "create" }))), [
      "LOG_LEVEL: not-in-comment",
    ]);
  });

  it("is any at all where no comment of the merged commit is there", () => {
    const preview = previewed(remove);
    const { comment } = shownBy(preview);
    assert.deepEqual(whys(preview, { comment: undefined, commit }), ["LOG_LEVEL: no-comment"]);
    assert.deepEqual(whys(preview, { comment: `hello\n${comment}`, commit }), ["LOG_LEVEL: no-comment"]);
    assert.deepEqual(whys(preview, { comment, commit: "b".repeat(40) }), ["LOG_LEVEL: other-commit"]);
    assert.deepEqual(whys(preview, { comment, commit: undefined }), ["LOG_LEVEL: other-commit"]);
  });

  it("is not what another stack's part shows", () => {
    const preview = previewed(remove);
    const elsewhere = { ...preview, stack: "prod-data" };
    const comment = previewComment([elsewhere], { commit });
    assert.deepEqual(whys(preview, { comment, commit }), ["LOG_LEVEL: not-in-comment"]);
    assert.deepEqual(whys(elsewhere, { comment, commit }), []);
  });

  it("is one whose name is cut or changed in the comment, since another may look the same", () => {
    for (const name of ["x".repeat(200), "a`b", "a\u202Eb", " a"]) {
      const preview = previewed({ ...remove, name });
      assert.equal(unshown(preview, shownBy(preview))[0]?.why, "not-showable", name);
    }
  });

  it("is nothing that somebody agreed to by its URN", () => {
    const preview = previewed(remove);
    const none = { comment: undefined, commit: undefined };
    const accepted = new Set(preview.changes.map(({ urn }) => urn as string));
    assert.deepEqual(whys(preview, none, accepted), []);
    assert.deepEqual(whys(preview, none, new Set(["LOG_LEVEL"])), ["LOG_LEVEL: no-comment"]);
  });

  it("is no image, which stays in the registry, and nothing that is only forgotten, created or updated", () => {
    const image =
      "ghcr-platform:index:ContainerService$ghcr-platform:index:PublishedImage$command:local:Command";
    const preview = previewed(
      { ...replace, type: image },
      { ...remove, retain: true },
      { op: "create", name: "a", parent },
      { op: "update", name: "b", parent, paths: ["c"] },
    );
    assert.deepEqual(whys(preview, { comment: undefined, commit }), []);
  });

  it("is never what the same preview's comment shows, nor ever silent about what it leaves out", () => {
    fc.assert(
      fc.property(hostileLogs, (log) => {
        const preview = previewOf("prod", readEvents("log", log));
        const left = unshown(preview, shownBy(preview));
        for (const { why } of left) assert.ok(why === "not-showable" || why === "not-in-comment");
        const dangerous = preview.changes.filter(
          ({ operation }) => operation === "delete" || operation === "replace",
        );
        assert.equal(unshown(preview, { comment: undefined, commit }).length, dangerous.length);
      }),
      { numRuns: 60 },
    );
  });
});
