import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { processStart, signal } from "../../clients/process-identity";
import { cacheFolder, fill, hashFolder, isFilled, shortHash } from "./cache";
import { freshFolder } from "./test-support";

describe("the cache", () => {
  const folder = freshFolder();
  const put = (content: string) => async (temporary: string) =>
    writeFileSync(join(temporary, "tool"), content);

  it("lies where the user's caches lie", () => {
    assert.equal(cacheFolder({ XDG_CACHE_HOME: "/c" }), "/c/ghcr-platform");
    assert.match(cacheFolder({ XDG_CACHE_HOME: "" }), /\/\.cache\/ghcr-platform$/);
  });

  it("shows a folder only once it is whole", async () => {
    const target = join(folder(), "tool-1");
    await fill(target, async (temporary) => {
      await put("whole")(temporary);
      assert.equal(isFilled(target), false);
    });
    assert.equal(readFileSync(join(target, "tool"), "utf8"), "whole");
    assert.deepEqual(readdirSync(folder()), ["tool-1"]);
  });

  it("leaves nothing behind when the work fails", async () => {
    const work = fill(join(folder(), "tool-1"), async (temporary) => {
      await put("half")(temporary);
      throw new Error("broke");
    });
    await assert.rejects(work, /^Error: broke$/);
    assert.deepEqual(readdirSync(folder()), []);
  });

  it("does the work once when two ask at a time", async () => {
    const target = join(folder(), "tool-1");
    const waited: number[] = [];
    let worked = 0;
    const work = async (temporary: string): Promise<void> => {
      worked++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      await put("one")(temporary);
    };
    await Promise.all([fill(target, work), fill(target, work, (pid) => waited.push(pid))]);
    assert.equal(worked, 1);
    assert.deepEqual(waited, [process.pid]);
  });

  it("waits for another process as long as it lives, then takes its place", async () => {
    const target = join(folder(), "tool-1");
    const other = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(other, "spawn");
    const pid = other.pid as number;
    writeFileSync(`${target}.lock`, JSON.stringify({ pid, start: processStart(pid) }));
    await fill(target, put("mine"), () => signal(pid, "SIGKILL"));
    assert.equal(readFileSync(join(target, "tool"), "utf8"), "mine");
    assert.equal(existsSync(`${target}.lock`), false);
  });

  it("takes over from a process that is dead, though its pid is another's now, and removes what it left", async () => {
    const target = join(folder(), "tool-1");
    writeFileSync(`${target}.lock`, JSON.stringify({ pid: process.pid, start: "another time" }));
    // No pid reaches this number: Linux ends at 2^22.
    mkdirSync(`${target}.99999999.partial`);
    mkdirSync(`${target}-other.99999999.partial`);
    await fill(target, put("mine"), () => assert.fail("there is nobody to wait for"));
    assert.deepEqual(readdirSync(folder()), ["tool-1", "tool-1-other.99999999.partial"]);
  });

  it("tells folders apart by every path and every byte in them", () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const files = fc.uniqueArray(fc.tuple(name, fc.string()), { maxLength: 3, selector: ([file]) => file });
    let number = 0;
    const write = (content: readonly (readonly [string, string])[]): string => {
      const into = join(folder(), String(number++), "sub");
      mkdirSync(into, { recursive: true });
      for (const [file, text] of content) writeFileSync(join(into, file), text);
      return hashFolder(join(into, ".."));
    };
    fc.assert(
      fc.property(files, files, (one, other) => {
        const same = JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());
        assert.equal(write(one) === write(other), same);
      }),
      { numRuns: 50 },
    );
  });

  it("doesn't take texts for one another that are only split differently", () => {
    assert.notEqual(shortHash("ab", "c"), shortHash("a", "bc"));
    assert.match(shortHash("a"), /^[0-9a-f]{16}$/);
  });
});
