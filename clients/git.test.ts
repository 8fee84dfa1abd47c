import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { isAncestor, readSourceState } from "./git";

describe("a git checkout", () => {
  let top: string;
  let root: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), "git-test-"));
    root = join(top, "checkout");
    mkdirSync(root);
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.name", "Ada");
    git("config", "user.email", "ada@example.org");
  });
  afterEach(() => rmSync(top, { recursive: true }));

  function git(...args: string[]): string {
    return execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
  }

  function commit(path: string, content: string, time = "2026-11-24T21:00:00Z"): string {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
    git("add", "-A");
    execFileSync("git", ["-C", root, "commit", "--quiet", "-m", `Write ${path}`], {
      env: { ...process.env, GIT_COMMITTER_DATE: time, GIT_AUTHOR_DATE: time },
    });
    return git("rev-parse", "HEAD");
  }

  it("is at a folder's last commit, whatever came to other folders since", () => {
    const first = commit("services/a/x", "1", "2026-11-24T21:00:00Z");
    commit("services/b/x", "1", "2026-11-24T22:00:00Z");
    const state = readSourceState(root, "services/a");
    assert.equal(state.revision, first);
    assert.equal(state.committedAt.toISOString(), "2026-11-24T21:00:00.000Z");
    assert.equal(state.ref, "refs/heads/main");
    assert.equal(state.gitTag, undefined);
  });

  it("is dirty in the folder that holds what no commit does, and in no other", () => {
    commit("services/a/x", "1");
    commit("services/b/x", "1");
    writeFileSync(join(root, "services/a/new"), "untracked");
    assert.equal(readSourceState(root, "services/a").dirty, true);
    assert.equal(readSourceState(root, "services/b").dirty, false);
  });

  it("is at HEAD for a folder that was never committed", () => {
    const head = commit("x", "1");
    mkdirSync(join(root, "services/new"), { recursive: true });
    assert.equal(readSourceState(root, "services/new").revision, head);
  });

  it("has no branch when HEAD is detached, and the highest of several version tags", () => {
    const head = commit("x", "1");
    for (const tag of ["v1.9.0", "v1.10.0", "nightly"]) git("tag", tag);
    git("checkout", "--quiet", head);
    const { ref, gitTag } = readSourceState(root, ".");
    assert.equal(ref, undefined);
    assert.equal(gitTag, "v1.10.0");
  });

  it("can't be told where it is shallow, has no commit, or isn't one", () => {
    const codeOf = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof PlatformError, String(error));
        return error.code;
      }
      return "none";
    };
    assert.equal(
      codeOf(() => readSourceState(root, ".")),
      "no-commit",
    );
    assert.equal(
      codeOf(() => readSourceState(top, ".")),
      "no-commit",
    );
    commit("x", "1");
    commit("x", "2");
    const shallow = join(top, "shallow");
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, shallow]);
    assert.equal(
      codeOf(() => readSourceState(shallow, ".")),
      "shallow-checkout",
    );
  });

  it("knows which commit is older, and says so where it lacks one", async () => {
    const first = commit("x", "1");
    const second = commit("x", "2");
    assert.equal(await isAncestor(root, first, second), true);
    assert.equal(await isAncestor(root, first, first), true);
    assert.equal(await isAncestor(root, second, first), false);
    assert.equal(await isAncestor(root, "0123456789012345678901234567890123456789", second), undefined);
    assert.equal(await isAncestor(top, first, second), undefined);
  });

  it("names a developer by the first part of git's address, where there is one", () => {
    commit("x", "1");
    assert.equal(readSourceState(root, ".").developer, "ada");
    git("config", "user.email", "");
    assert.equal(readSourceState(root, ".").developer, undefined);
  });

  it("takes any name of a folder for a name", () => {
    const name = `a "b" $(touch c) 'd' é`;
    const first = commit(`${name}/x`, "1");
    commit("other", "1");
    const { revision, dirty } = readSourceState(root, name);
    assert.deepEqual([revision, dirty], [first, false]);
    assert.equal(existsSync(join(root, "c")), false);
  });
});
