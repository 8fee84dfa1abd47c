import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { z } from "zod";

const root = join(__dirname, "..");
const lockFile = "core/workflow/actions.lock.json";
const text = (file: string): string => readFileSync(join(root, file), "utf8");

const lock = z
  .object({ actions: z.record(z.string(), z.object({ version: z.string(), commit: z.string() })) })
  .parse(JSON.parse(text(lockFile)));
const renovate = z
  .object({
    minimumReleaseAge: z.string(),
    internalChecksFilter: z.string(),
    customManagers: z.array(
      z.object({ managerFilePatterns: z.array(z.string()), matchStrings: z.array(z.string()) }),
    ),
  })
  .parse(JSON.parse(text("renovate.json")));

/** What Renovate's regex manager would find in the lock file: its patterns are JavaScript's, matched globally. */
function found(content: string): readonly (Record<string, string> | undefined)[] {
  return renovate.customManagers.flatMap(({ matchStrings }) =>
    matchStrings.flatMap((pattern) =>
      [...content.matchAll(new RegExp(pattern, "g"))].map(({ groups }) => groups),
    ),
  );
}

describe("renovate.json", () => {
  it("finds every action of the lock file, with its version and its commit, and no tool", () => {
    for (const { managerFilePatterns } of renovate.customManagers)
      assert.ok(
        managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(lockFile)),
        lockFile,
      );
    assert.deepEqual(
      found(text(lockFile)).map((groups) => ({ ...groups })),
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
    assert.match(text("cli/refresh-pins.ts"), /"--age <days>", "[^"]*", Number, 14\)/);
  });

  it("sees the base image of every service and starter, pinned by its digest with its tag", () => {
    // Renovate's dockerfile manager reads the default of an ARG that a FROM names.
    const dockerfiles = globSync("{services,starters}/*/Dockerfile", { cwd: root });
    assert.ok(dockerfiles.length >= 5, dockerfiles.join());
    for (const file of dockerfiles) {
      assert.match(text(file), /^ARG BASE_IMAGE=[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/m, file);
      assert.match(text(file), /^FROM (--platform=\S+ )?\$\{BASE_IMAGE\}/m, file);
    }
  });
});
