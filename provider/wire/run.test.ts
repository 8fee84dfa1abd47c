import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const plugin = join(__dirname, "..", "pulumi-resource-ghcr");

describe("a plugin as a process", () => {
  it("ends with the engine that started it, even one that was killed before the plugin was ready", async () => {
    // The shell is the engine: it starts the plugin and is gone before Node has read its first file.
    const script = '"$0" 127.0.0.1:1 > /dev/null 2>&1 & echo $!; sleep 0.2';
    const pid = execFileSync("sh", ["-c", script, plugin], { encoding: "utf8" }).trim();
    for (let waited = 0; existsSync(`/proc/${pid}`); waited += 200) {
      if (waited >= 20_000) process.kill(Number(pid));
      assert.ok(waited < 20_000, "it goes on without its engine");
      await pause(200);
    }
  }).timeout(30_000);
});
