import assert from "node:assert/strict";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { longestText } from "../marked";
import { parsePlatform, type Digest } from "../names";
import { severities, type Block, type BlockingFinding, type PlatformVerdict } from "../scan";
import { rescanIssue, rescanMark, standingOf, type Rescanned, type RescanState } from ".";

const digest = `sha256:${"a".repeat(64)}` as Digest;
const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };

function verdict(platform: string, ...blocks: readonly Block[]): PlatformVerdict {
  const counts = { packages: 3, findings: none, fixable: none, excepted: [], used: [] };
  return { platform: parsePlatform("platform", platform), digest, blocks, ...counts };
}

function finding(changes: Partial<BlockingFinding> = {}): BlockingFinding {
  return {
    ...{ id: "CVE-2024-45490", package: "libexpat1", purl: undefined, installed: "2.5.0", fixed: "2.5.1" },
    ...{ severity: "high", title: undefined, ended: undefined },
    ...changes,
  };
}

const found = (...findings: readonly BlockingFinding[]): Block => ({ code: "findings", findings });
const failed: Block = {
  code: "scanner-failed",
  exitCode: 1,
  output: "2026-11-25T12:00:00Z FATAL no database",
};

function scanned(...verdicts: readonly PlatformVerdict[]): RescanState {
  return { kind: "scanned", digest, verdicts };
}

function running(state: RescanState, changes: Partial<Rescanned> = {}): Rescanned {
  return { service: "todost", tags: ["production"], state, ...changes };
}

const body = (...results: readonly Rescanned[]) => rescanIssue(results, [])?.body ?? assert.fail("no issue");

describe("the rescan's issue", () => {
  it("is none where all that runs was scanned and passes, or where nothing runs", () => {
    const clean = scanned(verdict("linux/amd64"), verdict("linux/arm64"));
    assert.equal(rescanIssue([running(clean), running({ kind: "nothing" })], []), undefined);
  });

  it("names service, environments, digest and each finding once, with its platforms, the critical ones first", () => {
    const high = finding();
    const critical = finding({ id: "CVE-2025-1", severity: "critical" });
    const state = scanned(verdict("linux/amd64", found(high, critical)), verdict("linux/arm64", found(high)));
    const text = body(
      running(state, { tags: ["staging", "production"] }),
      running(scanned(verdict("linux/amd64"))),
    );
    assert.ok(text.startsWith(`${rescanMark}\n`));
    assert.ok(
      text.includes(
        "| `todost` | `staging`, `production` | `sha256:aaaaaaaaaaaa` | 2 vulnerabilities, 1 critical |",
      ),
      text,
    );
    assert.deepEqual(
      text.split("\n").filter((line) => /^- (critical|high)/.test(line)),
      [
        "- critical `CVE-2025-1` in `libexpat1` `2.5.0`, fixed in `2.5.1` (`linux/amd64`)",
        "- high `CVE-2024-45490` in `libexpat1` `2.5.0`, fixed in `2.5.1` (`linux/amd64`, `linux/arm64`)",
      ],
    );
    assert.equal(text.match(/^### /gm)?.length, 1);
  });

  it("says who answered for an exception that has ended, without calling them", () => {
    const ended = {
      id: "CVE-2024-45490",
      scope: "all",
      owner: "@albeorla/web",
      reason: "r",
      until: "2026-11-01",
    };
    const text = body(running(scanned(verdict("linux/amd64", found(finding({ ended }))))));
    assert.match(text, /; its exception of `@albeorla\/web` ended after `2026-11-01`/);
  });

  it("takes what was not scanned for no finding and for not clean, whatever the reason", () => {
    const states: readonly RescanState[] = [
      scanned(verdict("linux/amd64"), verdict("linux/arm64", failed)),
      scanned(verdict("linux/amd64", { code: "no-packages" })),
      scanned(verdict("linux/amd64", { code: "contradiction", exitCode: 3, findings: 0 })),
      scanned(),
      { kind: "unread", problem: "the registry refuses: 500" },
    ];
    for (const state of states) {
      const issue = rescanIssue([running(state)], []) ?? assert.fail(state.kind);
      assert.equal(issue.title, "Rescan: what runs was not scanned");
      assert.match(issue.body, /- not scanned: `/);
    }
  });

  it("is the same text for the same findings, whatever the scanner printed this time", () => {
    const other = { ...failed, output: "2026-11-26T12:00:00Z FATAL no database" } as Block;
    assert.equal(
      body(running(scanned(verdict("linux/amd64", failed)))),
      body(running(scanned(verdict("linux/amd64", other)))),
    );
  });

  it("is there exactly where something is found or unknown, fits, and shows foreign text as text only", () => {
    const foreign = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.constantFrom(
        "](https://evil.test)",
        "<img src=x>",
        "`` @acme #1 |\n\n# x",
        "https://evil.test",
        "-->",
      ),
    );
    const findings = fc.record({
      ...{ id: foreign, package: foreign, installed: foreign, fixed: fc.option(foreign, { nil: undefined }) },
      severity: fc.constantFrom(...severities),
    });
    const blocks = fc.oneof(
      fc.array(findings, { minLength: 1, maxLength: 40 }).map((all) => found(...all.map(finding))),
      fc.constantFrom<Block>(failed, { code: "no-packages" }),
    );
    const verdicts = fc.array(
      fc
        .tuple(fc.constantFrom("linux/amd64", "linux/arm64"), fc.array(blocks, { maxLength: 2 }))
        .map(([platform, all]) => verdict(platform, ...all)),
      { maxLength: 3 },
    );
    const state = fc.oneof(
      fc.constant<RescanState>({ kind: "nothing" }),
      foreign.map((problem): RescanState => ({ kind: "unread", problem })),
      verdicts.map((all) => scanned(...all)),
    );
    const results = fc.array(
      fc.record({ service: foreign, tags: fc.array(foreign, { minLength: 1, maxLength: 8 }), state }),
      { maxLength: 60 },
    );
    const markdown = new MarkdownIt({ html: true, linkify: true });
    fc.assert(
      fc.property(results, (all) => {
        const issue = rescanIssue(all, []);
        const clean = all.every(
          ({ state: each }) =>
            each.kind === "nothing" ||
            (each.kind === "scanned" &&
              each.verdicts.length > 0 &&
              each.verdicts.every(({ blocks: some }) => some.length === 0)),
        );
        assert.equal(issue === undefined, clean);
        if (issue === undefined) return;
        assert.ok(issue.body.length <= longestText, String(issue.body.length));
        const told = issue.body.slice(rescanMark.length);
        const html = markdown.render(told);
        assert.ok(!/<(img|a|h1)\b|<!--/.test(html), html);
        assert.ok(!/@acme|#1/.test(html.replaceAll(/<code>[^<]*<\/code>/g, "")), html);
      }),
    );
  });

  it("names exceptions that end, also where all that runs passes", () => {
    const exception = {
      ...{ id: "CVE-2024-45490", scope: "pkg:deb/debian/libexpat1", owner: "@acme/web" },
      ...{ reason: "not reached", until: "2026-12-05" },
    };
    const clean = [running(scanned(verdict("linux/amd64")))];
    const ending = [{ service: "todost", exception, ended: false }];
    const issue = rescanIssue(clean, ending) ?? assert.fail("no issue");
    assert.equal(issue.title, "Rescan: exceptions of the vulnerability gate end");
    assert.match(
      issue.body,
      /### Exceptions that end\n\n[^]*\| `todost` \| `CVE-2024-45490` \|.*`2026-12-05`/,
    );
    assert.doesNotMatch(issue.body, /runs as/);
    const both = rescanIssue([running(scanned(verdict("linux/amd64", failed)))], ending);
    assert.equal(both?.title, "Rescan: what runs was not scanned");
    assert.match(both.body, /Exceptions that end[^]*not scanned: /);
    const many = Array.from({ length: 2_000 }, () => ending[0] ?? assert.fail());
    const long = rescanIssue(clean, many)?.body ?? "";
    assert.ok(long.length <= longestText);
    assert.match(long, /\| \d+ more exceptions \|/);
  });

  it("counts what doesn't fit, of an image and of many", () => {
    const many = Array.from({ length: 900 }, (_, index) => finding({ id: `CVE-2026-${index}` }));
    const results = Array.from({ length: 300 }, (_, index) =>
      running(scanned(verdict("linux/amd64", found(...many))), { service: `service-${index}` }),
    );
    assert.match(body(...results.slice(0, 1)), /\n- and \d+ more$/);
    const text = body(...results);
    assert.ok(text.length <= longestText);
    assert.match(text, /### \d+ more images, in the workflow's log$/);
    assert.equal(standingOf(results[0] ?? assert.fail()).findings.length, 900);
  });
});
