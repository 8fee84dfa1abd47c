import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const checkout = join(__dirname, "..", "..");

describe("what a plugin is started with", () => {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-compiled-"));
  const file = join(folder, "main.ts");
  before(() => symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules")));
  after(() => rmSync(folder, { recursive: true }));

  function start(): string {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), NODE_COMPILE_CACHE: undefined };
    return execFileSync(join(__dirname, "launch"), [file, "7"], { encoding: "utf8", env });
  }
  const compiled = () => readdirSync(join(folder, "cache", "ghcr-platform", "compiled"));

  it("runs TypeScript with its arguments, compiled once and again when it is another text", () => {
    writeFileSync(file, "const given: string | undefined = process.argv[2];\nconsole.log(`is ${given}`);\n");
    assert.equal(start(), "is 7\n");
    assert.equal(start(), "is 7\n");
    assert.equal(compiled().length, 1);
    writeFileSync(file, "console.log(`was ${process.argv[2] as string}`);\n");
    assert.equal(start(), "was 7\n");
    assert.equal(compiled().length, 2);
  });

  it("names the lines that were written in a stack, from the cache too", () => {
    writeFileSync(file, "interface Gone {\n  x: 1;\n}\nconsole.log(new Error('y' as string).stack);\n");
    assert.match(start(), /main\.ts:4:13/);
    assert.match(start(), /main\.ts:4:13/);
  });
});
