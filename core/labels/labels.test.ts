import assert from "node:assert/strict";
import fc from "fast-check";
import { formatFault, PlatformError, type Fault } from "../errors";
import {
  annotationKeys,
  commitTimeFault,
  indexAnnotationsFor,
  labelFaults,
  labelsFor,
  rfc3339,
  type LabelFacts,
} from ".";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const needed: LabelFacts = {
  title: "hello-python",
  committedAt: new Date("2026-11-24T13:00:00.999+01:00"),
  revision: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  version: "1.2.3",
};
const all: Required<LabelFacts> = {
  ...needed,
  description: "Greets, in any language: grüß Gott, 你好 👋",
  source: "https://github.com/albeorla/ghcr-platform",
  url: "https://github.com/albeorla/ghcr-platform#readme",
  documentation: "http://127.0.0.1:18480/docs",
  vendor: "albeorla",
  authors: "Jane Doe <jane@example.org>",
  licenses: "MIT OR Apache-2.0",
  refName: "ghcr.io/albeorla/hello-python:1.2.3",
  base: { name: "docker.io/library/python:3.12-slim", digest },
};

function faultsOf(facts: LabelFacts): readonly Fault[] {
  const faults = labelFaults(facts);
  assert.throws(
    () => labelsFor(facts),
    (error: unknown) => error instanceof PlatformError && error.faults.length === faults.length,
  );
  return faults;
}

describe("an image's labels", () => {
  it("are the service's name, the commit and its time, and the version, where nothing else is known", () => {
    assert.deepEqual(labelsFor(needed), {
      "org.opencontainers.image.created": "2026-11-24T12:00:00Z",
      "org.opencontainers.image.revision": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
      "org.opencontainers.image.title": "hello-python",
      "org.opencontainers.image.version": "1.2.3",
    });
  });

  it("have every standard key where all is known, in alphabetical order", () => {
    assert.deepEqual(Object.entries(labelsFor(all)), [
      ["org.opencontainers.image.authors", all.authors],
      ["org.opencontainers.image.base.digest", digest],
      ["org.opencontainers.image.base.name", all.base?.name],
      ["org.opencontainers.image.created", "2026-11-24T12:00:00Z"],
      ["org.opencontainers.image.description", all.description],
      ["org.opencontainers.image.documentation", all.documentation],
      ["org.opencontainers.image.licenses", all.licenses],
      ["org.opencontainers.image.ref.name", all.refName],
      ["org.opencontainers.image.revision", all.revision],
      ["org.opencontainers.image.source", all.source],
      ["org.opencontainers.image.title", all.title],
      ["org.opencontainers.image.url", all.url],
      ["org.opencontainers.image.vendor", all.vendor],
      ["org.opencontainers.image.version", all.version],
    ]);
    assert.deepEqual(Object.keys(labelsFor(all)), Object.values(annotationKeys).sort());
  });

  it("are the index's annotations too", () => {
    assert.deepEqual(indexAnnotationsFor(all), labelsFor(all));
  });

  it("are the same bytes whatever the order of what they are made from", () => {
    const entries = Object.entries(all);
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
        const facts = Object.fromEntries(shuffled) as unknown as LabelFacts;
        assert.equal(JSON.stringify(labelsFor(facts)), JSON.stringify(labelsFor(all)));
      }),
    );
  });

  it("hold each text as it is given, or are refused", () => {
    const long = fc
      .tuple(fc.constantFrom("x", "ü", "👋"), fc.nat(700))
      .map(([unit, times]) => unit.repeat(times));
    const text = fc.oneof(fc.string({ unit: "binary" }), long);
    fc.assert(
      fc.property(text, text, (title, description) => {
        const facts = { ...needed, title, description };
        const faults = labelFaults(facts);
        if (faults.length > 0) {
          faultsOf(facts);
          return;
        }
        const labels = labelsFor(facts);
        assert.equal(labels[annotationKeys.title], title);
        assert.equal(labels[annotationKeys.description], description);
        for (const value of Object.values(labels)) {
          assert.equal(Buffer.from(value).toString(), value);
          assert.equal(value.split(/[\r\n\v\f\u0085\u2028\u2029]/).length, 1);
        }
      }),
    );
  });

  for (const [what, key, changed] of [
    ["an empty title", "title", { title: "" }],
    ["a blank vendor", "vendor", { vendor: "  " }],
    ["a line break", "description", { description: "one\ntwo" }],
    ["a line separator", "description", { description: "one\u2028two" }],
    ["a control character", "authors", { authors: "a\u0000b" }],
    ["a later control character", "authors", { authors: "a\u009bb" }],
    ["half a surrogate pair", "title", { title: "\ud83d" }],
    ["a description of 513 characters", "description", { description: "x".repeat(513) }],
    ["licenses of 257 characters", "licenses", { licenses: "x".repeat(257) }],
    ["a title of 2049 characters", "title", { title: "x".repeat(2049) }],
    ["a source without scheme", "source", { source: "github.com/albeorla/ghcr-platform" }],
    ["a source over ssh", "source", { source: "git@github.com:albeorla/ghcr-platform.git" }],
    ["a file", "documentation", { documentation: "file:///etc/passwd" }],
    ["a reference name with a space", "ref.name", { refName: "a b" }],
    ["a base without its registry", "base.name", { base: { name: "python:3.12" } }],
    [
      "a base with half a digest",
      "base.digest",
      { base: { name: all.base?.name ?? "", digest: "sha256:0" } },
    ],
  ] as const) {
    it(`are refused for ${what}`, () => {
      const faults = faultsOf({ ...all, ...changed });
      assert.deepEqual(
        faults.map(({ where }) => where),
        [`org.opencontainers.image.${key}`],
      );
    });
  }

  it("may be as long as the longest that GHCR takes", () => {
    assert.deepEqual(labelFaults({ ...all, description: "x".repeat(512), licenses: "x".repeat(256) }), []);
  });

  it("hold no password, nor does the fault that says so", () => {
    const faults = faultsOf({ ...all, source: "https://jane:hunter2@github.com/albeorla/ghcr-platform" });
    assert.equal(faults.length, 1);
    assert.doesNotMatch(faults.map(formatFault).join(), /hunter2/);
    assert.equal(faultsOf({ ...all, url: "https://hunter2@github.com/" }).length, 1);
  });

  it("are refused with all that is wrong at once", () => {
    const faults = faultsOf({
      ...all,
      title: "",
      committedAt: new Date(Number.NaN),
      licenses: "\n",
      url: "x",
    });
    assert.deepEqual(
      faults.map(({ where }) => where.replace("org.opencontainers.image.", "")),
      ["created", "licenses", "title", "url"],
    );
  });
});

describe("a commit's time", () => {
  it("is written as RFC 3339 in UTC, whatever zone it was given in", () => {
    for (const text of [
      "2026-11-24T12:00:00Z",
      "2026-11-24T13:00:00.999+01:00",
      "2026-11-23T23:30:00-12:30",
    ]) {
      assert.equal(rfc3339(new Date(text)), "2026-11-24T12:00:00Z");
    }
  });

  it("keeps the second that it is of", () => {
    const time = fc.date({
      min: new Date(0),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, (at) => {
        assert.match(rfc3339(at), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
        assert.equal(Date.parse(rfc3339(at)), Math.floor(at.getTime() / 1000) * 1000);
      }),
    );
  });

  it("is refused where layers or RFC 3339 can't hold it", () => {
    for (const time of [new Date(Number.NaN), new Date(-1), new Date(Date.UTC(10_000, 0))]) {
      assert.equal(commitTimeFault("time", time)?.code, "invalid-commit-time");
      assert.throws(() => rfc3339(time), PlatformError);
    }
  });
});
