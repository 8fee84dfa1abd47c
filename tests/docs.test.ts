import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";

/**
 * Documentation that is run: a fenced block marked `sh run` must succeed, and one marked `text output` right after it
 * is what it prints. Commands run at the checkout's top, with `ghcr` on the path and no credentials.
 */
const root = join(__dirname, "..");
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly mark: string;
  readonly text: string;
  readonly line: number;
}

describe("the documentation", () => {
  const marked = documents.flatMap((document) => {
    const blocks = blocksOf(readFileSync(join(root, document), "utf8"));
    return blocks.flatMap((block, index) =>
      block.mark === "sh run" ? [{ document, block, next: blocks[index + 1] }] : [],
    );
  });

  it("has commands that are run", () => assert.ok(marked.length > 0));

  for (const { document, block, next } of marked) {
    it(`works where it says so: ${document}:${block.line}`, () => {
      const { status, stdout, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", block.text], {
        cwd: root,
        encoding: "utf8",
        env: { PATH: `${join(root, "cli")}:${process.env["PATH"] ?? ""}`, HOME: process.env["HOME"] },
      });
      assert.equal(status, 0, stderr);
      if (next?.mark === "text output") assert.equal(stdout, next.text);
    }).timeout(120_000);
  }

  it("links to files that are there", () => {
    for (const document of documents) {
      const text = readFileSync(join(root, document), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        assert.ok(existsSync(join(root, dirname(document), target)), `${document}: ${target}`);
      }
    }
  });
});

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: mark = "", 2: text = "", index }) => ({
      mark: mark.trim(),
      text,
      line: markdown.slice(0, index).split("\n").length,
    }),
  );
}
