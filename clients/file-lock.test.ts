import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withFileLock } from "./file-lock";

describe("a lock in a file", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "file-lock-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = () => join(folder, "lock");

  it("lets one work at a time, and is gone afterwards, after a failure too", async () => {
    let working = 0;
    const work = async (): Promise<void> => {
      working += 1;
      assert.equal(working, 1);
      await delay(20);
      working -= 1;
    };
    await Promise.all([withFileLock(file(), work), withFileLock(file(), work)]);
    await assert.rejects(
      withFileLock(file(), async () => Promise.reject(new Error("broke"))),
      /broke/,
    );
    assert.ok(!existsSync(file()));
  });

  it("is taken over from a process that is no more", async () => {
    const { pid } = spawnSync("true");
    writeFileSync(file(), JSON.stringify({ pid, start: "long ago" }));
    assert.equal(await withFileLock(file(), async () => "done"), "done");
  });

  it("is not taken for held because its number was given to another process", async () => {
    writeFileSync(file(), JSON.stringify({ pid: process.pid, start: "long ago" }));
    assert.equal(await withFileLock(file(), async () => "done"), "done");
  });

  it("tells who has to wait once whom it waits for", async () => {
    const told: number[] = [];
    const first = withFileLock(file(), () => delay(700));
    await withFileLock(
      file(),
      async () => undefined,
      (pid) => told.push(pid),
    );
    await first;
    assert.deepEqual(told, [process.pid]);
  });
});
