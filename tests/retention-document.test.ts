/**
 * docs/retention.md and docs/container_cost_optimization.md: the tests that they name exist, and the examples print
 * what is shown. `UPDATE_DOCS=1` writes the examples' output anew.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { ghcr } from "./ghcr-command";

const root = join(__dirname, "..");
const files = ["docs/retention.md", "docs/container_cost_optimization.md"];
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the documents on retention", function () {
  this.timeout(600_000);
  const out = mkdtempSync(join(tmpdir(), "retention-document-"));
  after(() => rmSync(out, { recursive: true }));

  it("name a test for each of the 24 guarantees, and each of these tests exists", () => {
    const rows = [...read("docs/retention.md").matchAll(/^\| (\d+) \| .+ \| `([^`]+)`: "(.+)" \|$/gm)];
    assert.deepEqual(
      rows.map(([, number]) => Number(number)),
      Array.from({ length: 24 }, (_, index) => index + 1),
    );
    for (const [, number, file = "", name = ""] of rows)
      assert.ok(read(file).includes(`it("${name}"`), `${number}: ${file} has no test "${name}"`);
  });

  it("describe every kind of rule", () => {
    const schema = read("docs/schemas/retention-policy.schema.json");
    const kinds = [...schema.matchAll(/"const": "((?:keep|expire)-[a-z-]+)"/g)].map(([, kind]) => kind);
    assert.ok(kinds.length >= 8);
    for (const kind of kinds) assert.ok(read("docs/retention.md").includes(`| \`${kind}\` |`), kind);
  });

  it("link to files that exist", () => {
    for (const file of files) {
      for (const [, target = ""] of read(file).matchAll(/\]\(((?!https?:)[^)#]+)/g))
        assert.ok(
          readdirSync(join(root, "docs", target, "..")).includes(target.split("/").at(-1) ?? ""),
          target,
        );
    }
  });

  it("print what their examples show", async () => {
    const file = "docs/retention.md";
    let text = read(file);
    const examples = [...text.matchAll(/```sh\n(ghcr [^\n]+)\n```\n\n```\n([^]*?)\n```/g)];
    assert.ok(examples.length >= 4);
    for (const [whole, command = "", shown = ""] of examples) {
      const run = await ghcr(command.replaceAll("$OUT", out).split(" ").slice(1), {}, root);
      assert.equal(run.code, 0, run.err);
      const printed = run.out.trimEnd();
      if (process.env["UPDATE_DOCS"] === undefined) assert.equal(shown, printed, command);
      else text = text.replace(whole, () => whole.replace(shown, () => printed));
    }
    if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(join(root, file), text);
  });
});
