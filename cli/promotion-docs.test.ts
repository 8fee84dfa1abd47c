import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { useWorld } from "./testing/promotion-world";

describe("docs/promotion.md", function () {
  this.timeout(120_000);
  const world = useWorld();
  const text = readFileSync(join(__dirname, "..", "docs", "promotion.md"), "utf8");
  const blocks = [...text.matchAll(/<!-- run -->\n+```sh\n([^]*?)```/g)].map(([, lines = ""]) =>
    lines.trim(),
  );

  it("shows commands that do what it says", async () => {
    const [DIGEST, NEXT] = [await world.publish("first"), await world.publish("second")];
    const values: Record<string, string> = { IMAGE: world.image, DIGEST, NEXT };
    const said: string[] = [];
    for (const line of blocks.flatMap((block) => block.split("\n"))) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
      const [program, ...args] = words.map((word) =>
        word.replace(/^\$(\w+)$/, (_, name: string) => values[name] ?? ""),
      );
      assert.equal(program, "ghcr");
      const { code, out, err } = await world.ghcr(...args);
      assert.equal(code, 0, `${line}\n${err}`);
      said.push(out);
    }
    assert.equal(said.length, 7);
    assert.match(
      said[2] ?? "",
      /environment +digest +commit +since +by\n[^]*\nproduction .* promotion: week 48/,
    );
    assert.match(said[4] ?? "", /would move/);
    assert.equal(await world.runs("staging"), NEXT);
    assert.equal(await world.runs("production"), DIGEST);
  });

  it("names every field of a record, and every reason to refuse", () => {
    const record = readFileSync(join(__dirname, "..", "core", "promotion", "record.ts"), "utf8");
    const schema = /const recordSchema = [^]*?\n\}\);/.exec(record)?.[0] ?? "";
    const fields = [...schema.matchAll(/^ {2}(\w+):/gm)].map(([, field]) => field);
    assert.ok(fields.length > 10);
    for (const field of fields) assert.ok(text.includes(`\`${field}\``), field);
    for (const code of [
      "stage-skipped",
      "not-gated",
      "gate-blocked",
      "scan-too-old",
      "expected-mismatch",
      "moved-by-others",
    ])
      assert.ok(text.includes(`\`${code}\``), code);
  });
});
