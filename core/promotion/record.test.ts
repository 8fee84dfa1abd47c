import assert from "node:assert/strict";
import type { Digest } from "../names";
import {
  commitsBetween,
  promotionAnnotation,
  promotionArtifactType,
  readRecord,
  recordAnnotations,
  retainedByRecords,
  type PromotionRecord,
} from ".";

const digest = (character: string) => `sha256:${character.repeat(64)}` as Digest;

const record: PromotionRecord = {
  kind: "promotion",
  environment: "production",
  stages: ["staging", "production"],
  from: digest("a"),
  to: digest("b"),
  expected: digest("a"),
  by: "ann",
  why: "the week's release",
  at: "2026-11-24T12:00:00.000Z",
  sequence: 3,
  previous: digest("c"),
  commits: {
    from: "1".repeat(40),
    to: "2".repeat(40),
    ahead: 1,
    behind: 0,
    subjects: [{ commit: "2".repeat(40), subject: "Greet in Finnish" }],
  },
  deployment: { repository: "albeorla/ghcr-platform", id: 42 },
};

const manifestOf = (content: PromotionRecord, changes: object = {}) => ({
  schemaVersion: 2,
  artifactType: promotionArtifactType,
  subject: { mediaType: "application/vnd.oci.image.index.v1+json", digest: content.to, size: 1 },
  annotations: recordAnnotations(content),
  ...changes,
});

describe("a promotion record", () => {
  it("is read back as it was written", () => {
    assert.deepEqual(readRecord(manifestOf(record)), { kind: "record", record });
    const first = {
      ...record,
      from: null,
      expected: "none",
      previous: null,
      commits: null,
      deployment: null,
    };
    const read = readRecord(manifestOf(first as PromotionRecord));
    assert.deepEqual(read, { kind: "record", record: first });
  });

  it("is nothing that another artifact can be taken for", () => {
    const other = manifestOf(record, { artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json" });
    for (const manifest of [other, null, [], "text", {}, { artifactType: 1 }])
      assert.deepEqual(readRecord(manifest), { kind: "none" });
  });

  it("of a later version is kept and reported, with the image that it is about", () => {
    const later = manifestOf(record, { artifactType: promotionArtifactType.replace("v1", "v2") });
    const read = readRecord(later);
    assert.deepEqual(read, {
      kind: "unknown",
      problem: "it is of version 2, and this program reads version 1",
      subject: record.to,
    });
  });

  it("with a field too much, too few or of another type is not understood, and names the field", () => {
    const broken: readonly (readonly [object, RegExp])[] = [
      [{ ...record, more: 1 }, /more/],
      [{ ...record, to: "latest" }, /^to: must be a digest/],
      [{ ...record, at: "yesterday" }, /^at: /],
      [{ ...record, sequence: 0 }, /^sequence: /],
      [{ ...record, why: "" }, /^why: /],
      [{ ...record, commits: { ...record.commits, from: "main" } }, /^commits.from: must be a commit/],
    ];
    for (const [content, problem] of broken) {
      const annotations = { [promotionAnnotation]: JSON.stringify(content) };
      const read = readRecord(manifestOf(record, { annotations }));
      assert.ok(read.kind === "unknown");
      assert.match(read.problem, problem);
      assert.equal(read.subject, record.to);
    }
    for (const annotations of [undefined, {}, { [promotionAnnotation]: "{" }])
      assert.equal(readRecord(manifestOf(record, { annotations })).kind, "unknown");
  });

  it("is about its subject, and about nothing where it has none", () => {
    const elsewhere = readRecord(manifestOf(record, { subject: { digest: digest("d") } }));
    assert.ok(elsewhere.kind === "unknown" && elsewhere.subject === digest("d"));
    const nowhere = readRecord(manifestOf(record, { subject: undefined }));
    assert.ok(nowhere.kind === "unknown" && nowhere.subject === undefined);
  });

  it("says of commits the newest twenty, each in one line", () => {
    const subjects = Array.from({ length: 80 }, (_, index) => ({
      commit: String(index).padStart(40, "0"),
      subject: `${index} ${"long ".repeat(40)}\n\nand a body`,
    }));
    const kept = commitsBetween({ from: "1".repeat(40), to: "2".repeat(40), ahead: 80, behind: 0, subjects });
    assert.equal(kept.subjects.length, 20);
    assert.equal(kept.ahead, 80);
    assert.ok(kept.subjects.every(({ subject }) => subject.length <= 120 && !subject.includes("\n")));
    assert.equal(readRecord(manifestOf({ ...record, commits: kept })).kind, "record");
  });

  it("asks retention for what it moved from and to; one that isn't understood, for its image", () => {
    const kept = retainedByRecords([
      { digest: digest("1"), content: manifestOf(record) },
      { digest: digest("2"), content: manifestOf(record, { annotations: {} }) },
      { digest: digest("3"), content: {} },
    ]);
    const { environment, from, to, at } = record;
    assert.deepEqual(kept.promotions, [{ environment, from, to, at }]);
    assert.deepEqual(kept.inUse, [{ digest: to, by: `promotion record ${digest("2")}` }]);
    assert.equal(kept.notices.length, 1);
  });
});
