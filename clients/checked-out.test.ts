import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PlatformError } from "../core/errors";
import { readSource } from "./checked-out";

describe("a source that is checked out", () => {
  const top = mkdtempSync(join(tmpdir(), "checked-out-"));
  const folder = relative(process.cwd(), join(top, "pager"));
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", top, "-c", "user.name=Ada", ...args], { encoding: "utf8" }).trim();
  let first = "";
  before(() => {
    mkdirSync(join(top, "pager"));
    writeFileSync(join(top, "pager", "Dockerfile"), "FROM scratch\n");
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.email", "ada@example.org");
    const commit = (message: string): string => {
      git("add", ".");
      git("commit", "--quiet", "--message", message);
      return git("rev-parse", "HEAD");
    };
    first = commit("The pager");
    writeFileSync(join(top, "README.md"), "# Another one\n");
    commit("Another one");
  });
  after(() => rmSync(top, { recursive: true }));

  it("is the last commit of its folder, with its Dockerfile, whatever else the repository holds", () => {
    const { revision, ref, dirty, developer, ...source } = readSource(folder);
    assert.deepEqual([revision, ref, dirty, developer], [first, "refs/heads/main", false, "ada"]);
    assert.deepEqual(
      [source.folder, source.file, source.dockerfile],
      [folder, "Dockerfile", "FROM scratch\n"],
    );
    writeFileSync(join(top, "pager", "new"), "");
    assert.equal(readSource(folder).dirty, true);
  });

  it("is refused where it is not there, or would be named otherwise on another machine", () => {
    const refused: readonly (readonly [() => unknown, string])[] = [
      [() => readSource(join(top, "pager")), "absolute-source"],
      [() => readSource(`${folder}-2`), "missing-source"],
      [() => readSource(folder, { dockerfile: "Containerfile" }), "missing-dockerfile"],
    ];
    for (const [read, code] of refused) {
      assert.throws(read, (error: unknown) => error instanceof PlatformError && error.code === code);
    }
  });
});
