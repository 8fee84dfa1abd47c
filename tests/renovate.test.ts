import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import lock from "../core/workflow/actions.lock.json";
import renovate from "../renovate.json";

const root = join(__dirname, "..");

/** What Renovate's regex manager would find in the lock file: its patterns are JavaScript's, matched globally. */
function found(text: string): readonly (Record<string, string> | undefined)[] {
  return renovate.customManagers.flatMap(({ matchStrings }) =>
    matchStrings.flatMap((pattern) =>
      [...text.matchAll(new RegExp(pattern, "g"))].map(({ groups }) => groups),
    ),
  );
}

describe("renovate.json", () => {
  it("finds every action of the lock file, with its version and its commit, and no tool", () => {
    const file = "core/workflow/actions.lock.json";
    for (const { managerFilePatterns } of renovate.customManagers)
      assert.ok(
        managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file)),
        file,
      );
    assert.deepEqual(
      found(readFileSync(join(root, file), "utf8")).map((groups) => ({ ...groups })),
      Object.entries(lock.actions).map(([depName, { version, commit }]) => ({
        depName,
        currentValue: version,
        currentDigest: commit,
      })),
    );
  });

  it("renews nothing that is younger than the cooldown of the command that refreshes pins", () => {
    assert.equal(renovate.minimumReleaseAge, "14 days");
    assert.equal(renovate.internalChecksFilter, "strict");
    assert.match(readFileSync(join(root, "cli/refresh-pins.ts"), "utf8"), /\b14\b/);
  });

  it("sees the base image of every service and starter, pinned by its digest with its tag", () => {
    // Renovate's dockerfile manager reads the default of an ARG that a FROM names.
    const dockerfiles = globSync("{services,starters}/*/Dockerfile", { cwd: root });
    assert.ok(dockerfiles.length >= 5, dockerfiles.join());
    for (const file of dockerfiles) {
      const text = readFileSync(join(root, file), "utf8");
      assert.match(text, /^ARG BASE_IMAGE=[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/m, file);
      assert.match(text, /^FROM (--platform=\S+ )?\$\{BASE_IMAGE\}/m, file);
    }
  });
});
