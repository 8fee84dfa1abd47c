import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { PlatformError } from "../core/errors";
import { release, releaseCommit } from "./release";

const root = join(__dirname, "..");

describe("a release of the platform", () => {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  const lock = join(folder, "services/platform-release.json");
  before(() => {
    for (const part of ["cli", "clients", "core", "setup", "services", "tsconfig.json", "package.json"]) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    rmSync(join(folder, "setup/ghcr.cjs"), { force: true });
    writeFileSync(lock, "null\n");
    writeFileSync(join(folder, ".gitignore"), "node_modules\n");
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    git("init", "--quiet", "--initial-branch=main");
    commit("The platform");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is the same commit whenever it is made, and holds the action alone", async () => {
    const first = await releaseCommit(folder, "0.1.0");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal(await releaseCommit(folder, "0.1.0"), first);
    assert.notEqual(await releaseCommit(folder, "0.1.1"), first);
    assert.deepEqual(git("ls-tree", "-r", "--name-only", first).split("\n"), [
      "setup/action.yml",
      "setup/ghcr.cjs",
      "setup/main.cjs",
    ]);
    assert.equal(git("rev-parse", `${first}^`), git("rev-parse", "HEAD"));
  });

  it("is another commit where one byte of the sources is another", async () => {
    const before = await releaseCommit(folder, "0.1.0");
    const file = join(folder, "cli/exit.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("ends with $", "ended with $"));
    commit("Change a word");
    const changed = await releaseCommit(folder, "0.1.0");
    assert.notEqual(git("rev-parse", `${changed}:setup`), git("rev-parse", `${before}:setup`));
    writeFileSync(file, text);
    commit("Change it back");
    assert.equal(
      git("rev-parse", `${await releaseCommit(folder, "0.1.0")}:setup`),
      git("rev-parse", `${before}:setup`),
    );
  });

  it("is refused of files that are in no commit, and changes nothing then", async () => {
    writeFileSync(join(folder, "cli/new.ts"), "");
    await refused(release(folder, "0.1.0"), /files differ from the commit/);
    rmSync(join(folder, "cli/new.ts"));
    assert.equal(readFileSync(lock, "utf8"), "null\n");
    assert.equal(git("tag", "--list"), "");
  });

  it("is refused under a version that is none", async () => {
    for (const version of ["", "v1.0.0", "1.0", "1.0.0-rc.1", "latest"]) {
      await refused(release(folder, version), /must be a version/);
    }
  });

  it("is tagged and pinned, and never made twice", async () => {
    const made = await release(folder, "0.1.0");
    assert.deepEqual(JSON.parse(readFileSync(lock, "utf8")), made);
    assert.equal(git("rev-parse", "platform-v0.1.0"), made.commit);
    // What workflows that are rendered later may call.
    assert.match(made.commands?.["image scan"] ?? "", /^--break-glass .*--input --input-layout /);
    assert.equal(made.commands?.["image"], undefined);
    await refused(release(folder, "0.1.0"), /must be higher than the last release's, 0\.1\.0/);
    writeFileSync(lock, "null\n");
    git("commit", "--quiet", "--allow-empty", "--message=Later");
    await refused(release(folder, "0.1.0"), /names another commit/);
  });

  async function refused(made: Promise<unknown>, message: RegExp): Promise<void> {
    await assert.rejects(made, (error) => error instanceof PlatformError && message.test(error.message));
  }

  function commit(message: string): void {
    git("add", "--all");
    git("commit", "--quiet", `--message=${message}`);
  }

  function git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=engineer", "-c", "user.email=engineer@example.org"];
    return execFileSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" }).trim();
  }
}).timeout(60_000);
