import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** As the engine starts them; each goes on until it is told to end. */
const started = ["provider/pulumi-resource-ghcr", "policy/ghcr-policy"];

describe("a process that the engine starts", () => {
  for (const file of started) {
    it(`ends with it, even with one that was killed before the process was ready: ${file}`, async () => {
      // The shell is the engine: it starts the process and is gone before Node has read its first file.
      const script = '"$0" 127.0.0.1:1 > /dev/null 2>&1 & echo $!; sleep 0.2';
      const path = join(__dirname, "..", file);
      const pid = execFileSync("sh", ["-c", script, path], { encoding: "utf8" }).trim();
      for (let waited = 0; existsSync(`/proc/${pid}`); waited += 200) {
        if (waited >= 20_000) process.kill(Number(pid));
        assert.ok(waited < 20_000, "it goes on without its engine");
        await pause(200);
      }
    }).timeout(30_000);
  }
});
