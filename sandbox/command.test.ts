import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { bundledCommand } from "./command";
import { run } from "./run";

const checkout = join(__dirname, "..");

describe("the ghcr command as one file", function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), "command-"));
  before(() => {
    for (const part of ["cli", "clients", "core", "package.json", "package-lock.json", "tsconfig.json"])
      cpSync(join(checkout, part), join(root, part), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"));
  });
  after(() => rmSync(root, { recursive: true }));

  it("is made once, and again when a source is newer", async () => {
    const made = async () => statSync(await bundledCommand(root, join(root, "kept"))).ino;
    const first = await made();
    assert.equal(await made(), first);
    const later = new Date(Date.now() + 1000);
    utimesSync(join(root, "core", "errors.ts"), later, later);
    assert.notEqual(await made(), first);
  });

  it("is the command", async () => {
    const file = await bundledCommand(root, join(root, "kept"));
    assert.match(await run(process.execPath, [file, "commands"]), /^image tag .*--image/m);
  });
});
