import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { lastRelease, renderSummary, type PublishedSummary } from "./summary";

const counts = (critical: number, low = 0) => ({ critical, high: 0, medium: 0, low, unknown: 2 });
const amd64 = {
  platform: "linux/amd64",
  digest: `sha256:${"a".repeat(64)}`,
  size: 17_000_000,
  findings: counts(1, 4),
};
const arm64 = {
  platform: "linux/arm64",
  digest: `sha256:${"b".repeat(64)}`,
  size: 15_000_000,
  findings: counts(0),
};
const summary: PublishedSummary = {
  name: "ghcr.io/albeorla/todost",
  digest: `sha256:${"c".repeat(64)}`,
  tags: ["latest", "sha-4fa8d21"],
  platforms: [amd64, arm64],
  lastRelease: {
    version: "1.2.3",
    platforms: [
      { ...amd64, size: 16_000_000, findings: counts(0, 6) },
      { ...arm64, size: 15_000_000 },
    ],
  },
};

describe("a published image's summary", () => {
  it("says what was published, and how sizes and vulnerabilities differ from the last release's", () => {
    assert.equal(
      renderSummary(summary),
      [
        "### todost",
        "",
        `\`ghcr.io/albeorla/todost@sha256:${"c".repeat(64)}\``,
        "",
        "Tags: `latest`, `sha-4fa8d21`",
        "",
        "| platform | size | since 1.2.3 | critical | high | medium | low | digest |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        "| linux/amd64 | 17.0 MB | +1.0 MB (+6.3 %) | 1 (+1) | 0 (±0) | 0 (±0) | 4 (−2) | `sha256:aaaaaaaaaaaa` |",
        "| linux/arm64 | 15.0 MB | same size | 0 (±0) | 0 (±0) | 0 (±0) | 0 (±0) | `sha256:bbbbbbbbbbbb` |",
      ].join("\n"),
    );
  });

  it("compares with nothing where there is no other release", () => {
    const text = renderSummary({ ...summary, lastRelease: undefined });
    assert.match(text, /^\| platform \| size \| critical \| high \| medium \| low \| digest \|$/m);
    assert.match(text, /^\| linux\/amd64 \| 17\.0 MB \| 1 \| 0 \| 0 \| 4 \|/m);
    assert.match(text, /^No other release to compare with\.$/m);
  });

  it("makes no number up where nothing was scanned, of this image or of the last release", () => {
    const unscanned = summary.platforms.map((each) => ({ ...each, findings: undefined }));
    const nothing = renderSummary({ ...summary, platforms: unscanned });
    assert.match(
      nothing,
      /^\| linux\/amd64 .*\| not scanned \| not scanned \| not scanned \| not scanned \|/m,
    );
    const last = { version: "1.2.3", platforms: unscanned };
    const text = renderSummary({ ...summary, lastRelease: last });
    assert.match(text, /^\| linux\/amd64 .*\| 1 \| 0 \| 0 \| 4 \|/m);
    assert.match(
      text,
      /^No result of the gate is attached to 1\.2\.3: vulnerabilities can't be compared\.$/m,
    );
  });

  it("tells a platform that is new, one that is gone, and one that is smaller", () => {
    const last = {
      version: "1.0.0",
      platforms: [
        { ...amd64, size: 17_004_000 },
        { ...arm64, platform: "linux/s390x" },
      ],
    };
    const text = renderSummary({ ...summary, lastRelease: last });
    assert.match(text, /^\| linux\/amd64 \| 17\.0 MB \| −4\.0 kB \(−0\.0 %\) \|/m);
    assert.match(text, /^\| linux\/arm64 \| 15\.0 MB \| new \|/m);
    assert.match(text, /^1\.0\.0 was there for linux\/s390x as well\.$/m);
  });
});

describe("the last release", () => {
  it("is the highest version, by its numbers, that is neither a pre-release nor one's own", () => {
    const tags = ["1.9.0", "1.10.0", "latest", "2.0.0-rc.1", "1.10", "2", "v3.0.0", "sha-4fa8d21", "1.11.0"];
    assert.equal(lastRelease(tags, ["1.11.0"]), "1.10.0");
    assert.equal(lastRelease(["latest", "pr-1"], []), undefined);
  });
});
