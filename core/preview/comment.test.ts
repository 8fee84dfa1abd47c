import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { describe, it } from "mocha";
import { longestText } from "../marked";
import { previewComment } from "./comment";
import { readEvents } from "./events";
import { previewOf, type Preview } from "./model";
import {
  diagnosticLine,
  hostile,
  hostileLogs,
  logOf,
  serviceLine,
  serviceUrn,
  stepLine,
  summaryLine,
  type FakeStep,
} from "./testing/events";

const commit = "4fa8d21".padEnd(40, "0");
const runUrl = "https://github.com/albeorla/ghcr-platform/actions/runs/1";
const previewed = (...lines: readonly string[]): Preview =>
  previewOf("prod", readEvents("log", logOf(...lines)));
const comment = (...previews: readonly Preview[]) => previewComment(previews, { commit, runUrl });
const todost = serviceUrn("todost");
const inTodost = (op: FakeStep["op"], name: string, more: Partial<FakeStep> = {}) =>
  stepLine({ op, name, parent: todost, ...more });

/**
 * What GitHub would make of a comment, but for its code spans: HTML is let through and links are found, so that
 * anything which a name could bring about shows as a token of its own.
 */
function outsideOfCode(body: string): readonly { type: string; text: string }[] {
  const markdown = new MarkdownIt({ html: true, linkify: true });
  return markdown
    .parse(body, {})
    .flatMap((token) => token.children ?? [token])
    .filter(({ type }) => type !== "code_inline")
    .flatMap(({ type, content, attrs }) =>
      (content === "" ? (attrs ?? []).map(([, value]) => value).join(" ") : content)
        .trim()
        .split("\n")
        .map((text) => ({ type, text })),
    );
}

describe("a pull request's comment", () => {
  const everything = previewed(
    serviceLine("hello-python"),
    serviceLine("todost"),
    stepLine({ op: "create", name: "LOUD", parent: serviceUrn("hello-python") }),
    stepLine({ op: "update", name: "GREETING", parent: serviceUrn("hello-python"), paths: ["value"] }),
    inTodost("delete", "todost-secrets-KEY", { type: "github:index/actionsSecret:ActionsSecret" }),
    inTodost("create-replacement", "todost-staging", { keys: ["repository"], paths: ["repository"] }),
    inTodost("replace", "todost-staging", { keys: ["repository"], paths: ["repository"] }),
    inTodost("delete-replaced", "todost-staging"),
    inTodost("delete", "todost-image-build", { retain: true }),
    inTodost("same", "LOG_LEVEL"),
    inTodost("same", "todost-retention", { type: "ghcr:index:Package" }),
    diagnosticLine("ghcr:index:Package", "info", "118 of 400 versions would go, 2.1 GB", "todost-retention"),
    diagnosticLine("github:index/repository:Repository", "warning", "a secret"),
    summaryLine(),
  );

  it("counts by service first, names what goes or is replaced, and folds the rest", () => {
    const golden = join(__dirname, "testing", "comment.golden.txt");
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, `${comment(everything)}\n`);
    assert.equal(`${comment(everything)}\n`, readFileSync(golden, "utf8"));
  });

  it("is short where nothing changes", () => {
    const body = comment(previewed(serviceLine("todost"), inTodost("same", "LOG_LEVEL"), summaryLine()));
    assert.deepEqual(body.split("\n").slice(2), [
      "",
      "### Preview of `prod`: nothing changes",
      "",
      `<sub>1 resource unchanged · commit 4fa8d21 · [run](${runUrl})</sub>`,
    ]);
  });

  it("says that a preview failed or broke off, and never that nothing changes", () => {
    for (const lines of [[summaryLine("failed")], [], [diagnosticLine("", "error", "x"), summaryLine()]]) {
      const body = comment(previewed(...lines));
      assert.match(body, /it fails[^]*CAUTION/);
      assert.doesNotMatch(body, /nothing changes/);
    }
  });

  it("has one part for each stack that changes, and a line for each that doesn't", () => {
    const quiet = { ...previewed(summaryLine()), stack: "prod-data" };
    const body = comment(quiet, everything);
    assert.match(body, /Preview of `prod`: 1 to delete[^]*Preview of `prod-data`: nothing changes/);
  });

  it("says every policy that is broken, by name", () => {
    const violation = {
      resourceUrn: todost,
      policyName: "gate-on",
      enforcementLevel: "mandatory",
      message: "m",
    };
    const body = comment(previewed(JSON.stringify({ policyEvent: violation }), summaryLine()));
    assert.match(body, /- error `todost`: policy `gate-on`/);
  });

  it("holds nothing of a program's but text in code spans, however hostile its names are", () => {
    const ours = [
      /^html_block <!-- .* -->$/,
      /^html_block <details><summary>All \d+ changes?<\/summary>$/,
      /^html_block <\/details>$/,
      /^html_inline <\/?sub>$/,
      /^link_open https:\/\/github\.com\/albeorla\/ghcr-platform\/actions\/runs\/1$/,
    ];
    fc.assert(
      fc.property(hostileLogs, (log) => {
        const body = comment(previewOf("prod", readEvents("log", log)));
        assert.ok(body.length <= longestText);
        for (const { type, text } of outsideOfCode(body)) {
          if (type.startsWith("html") || type === "link_open") {
            assert.ok(
              ours.some((one) => one.test(`${type} ${text}`)),
              `${type} ${text}`,
            );
          } else assert.doesNotMatch(text, /@|#\d|GH-|\$|https?:/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("has no name that starts a block, ends the folded part or hides what is after it", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const body = comment(previewed(inTodost("delete", name), inTodost("create", "after"), summaryLine()));
        const lines = body.split(/\r?\n|\r|\u2028/);
        const plain = comment(previewed(inTodost("delete", "x"), inTodost("create", "after"), summaryLine()));
        assert.equal(lines.length, plain.split("\n").length);
        assert.equal(body.match(/<\/details>/g)?.length, 1);
        assert.doesNotMatch(body, /\p{Cc}(?<!\n)|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
        assert.match(body, /- `\+` actions variable `after`\n/);
      }),
      { numRuns: 300 },
    );
  });

  it("fits into what GitHub takes, cut between resources and counted, whatever the number of them", () => {
    for (const count of [100, 2_000, 20_000]) {
      const lines = Array.from({ length: count }, (_, index) => {
        const service = serviceUrn(`service-${index % 500}`);
        const op = (["delete", "create", "update", "same"] as const)[index % 4] ?? "same";
        return stepLine({ op, name: `${index}-${"name".repeat(20)}`, parent: service, paths: ["a", "b"] });
      });
      const services = Array.from({ length: 500 }, (_, index) => serviceLine(`service-${index}`));
      const body = comment(previewed(...services, ...lines, summaryLine()));
      assert.ok(body.length <= longestText, `${count}: ${body.length}`);
      const named = body.match(/^> - \*\*delete\*\* actions variable `[^`]+` of `[^`]+`$/gm)?.length ?? 0;
      const left = Number(/^> - and (\d+) more, which/m.exec(body)?.[1] ?? 0);
      assert.equal(named + left, count / 4);
      assert.equal(body.match(/<\/details>/g)?.length, 1);
    }
  });

  it("fits with any number of stacks", () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ ...everything, stack: `prod-${index}` }));
    const body = comment(...many);
    assert.ok(body.length <= longestText);
    assert.match(body, /### \d+ more stacks/);
  });
});
