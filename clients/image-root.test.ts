import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { PlatformError } from "../core/errors";
import { applyLayer } from "./image-root";

describe("unpacking layers", () => {
  let folder: string;
  let root: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "image-root-"));
    root = join(folder, "rootfs");
    mkdirSync(root);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("puts each on top of those below, packed or not", async () => {
    await layer({ "etc/a": "1", "etc/b": "1" });
    await layer({ "etc/b": "2", "app/c": "2" }, "--gzip");
    assert.deepEqual(tree(), { "app/c": "2", "etc/a": "1", "etc/b": "2" });
  });

  it("deletes what a layer's whiteouts name, of the layers below only", async () => {
    await layer({ "etc/a": "1", "etc/b": "1", "var/old/x": "1" });
    await layer({ "etc/.wh.a": "", "var/.wh.old": "", "etc/c": "2" });
    assert.deepEqual(tree(), { "etc/b": "1", "etc/c": "2" });
  });

  it("empties a folder that a layer calls opaque, and keeps what that layer puts there", async () => {
    await layer({ "data/a": "1", "data/b/c": "1", keep: "1" });
    await layer({ "data/.wh..wh..opq": "", "data/new": "2" });
    assert.deepEqual(tree(), { "data/new": "2", keep: "1" });
  });

  it("keeps permissions and links", async () => {
    const made = join(folder, "made");
    mkdirSync(made);
    writeFileSync(join(made, "run"), "", { mode: 0o750 });
    symlinkSync("/etc/passwd", join(made, "absolute"));
    await applyLayer(pack(made), root);
    assert.equal(lstatSync(join(root, "run")).mode & 0o777, 0o750);
    assert.ok(lstatSync(join(root, "absolute")).isSymbolicLink());
  });

  it("refuses a path that leads out of the image, by its name or by a link of a layer below", async () => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "precious"), "here");
    const made = join(folder, "links");
    mkdirSync(made);
    symlinkSync(outside, join(made, "link"));
    await applyLayer(pack(made), root);
    for (const files of [{ "link/new": "1" }, { "link/.wh.precious": "" }, { "link/.wh..wh..opq": "" }]) {
      await assert.rejects(layer(files), leadsOut);
    }
    const climbing = join(folder, "climbing.tar");
    execFileSync("tar", ["-cPf", climbing, "--transform=s,^made,../outside,", "-C", folder, "made"], {
      stdio: "ignore",
    });
    await assert.rejects(applyLayer(climbing, root), leadsOut);
    assert.deepEqual(readdirSync(outside), ["precious"]);
    assert.ok(existsSync(join(outside, "precious")));
  });

  function leadsOut(error: unknown): boolean {
    return error instanceof PlatformError && /leads out of the image/.test(error.message);
  }

  async function layer(files: Readonly<Record<string, string>>, ...options: string[]): Promise<void> {
    const made = join(folder, "made");
    rmSync(made, { recursive: true, force: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(made, path)), { recursive: true });
      writeFileSync(join(made, path), content);
    }
    await applyLayer(pack(made, ...options), root);
  }

  function pack(made: string, ...options: string[]): string {
    const archive = join(folder, "layer.tar");
    execFileSync("tar", ["-cf", archive, ...options, "-C", made, ...readdirSync(made)]);
    return archive;
  }

  function tree(): Record<string, string> {
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    return Object.fromEntries(
      files
        .map((file) => join(file.parentPath, file.name))
        .sort()
        .map((path) => [path.slice(root.length + 1), readFileSync(path, "utf8")]),
    );
  }
});
