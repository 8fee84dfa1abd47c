import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ActionReleases, PublishedRelease } from "../clients/action-releases";
import { newestPin } from "./refresh-pins";

const now = new Date("2026-11-24T12:00:00Z");
const options = { now, age: 14 };
const current = { version: "v4.1.0", commit: commit("v4.1.0") };

describe("the newest pin of an action", () => {
  it("is its highest release, with the commit that the tag names", async () => {
    const pin = await newestPin(
      "docker/login-action",
      current,
      source(["v4.2.0", "v10.0.0", "v9.9.9"]),
      options,
    );
    assert.deepEqual(pin, { version: "v10.0.0", commit: commit("v10.0.0") });
  });

  it("leaves releases alone that are younger than the cooldown, drafts, pre-releases and moving tags", async () => {
    const releases = [
      release("v4.2.0", { publishedAt: new Date("2026-11-20T00:00:00Z") }),
      release("v4.3.0", { stable: false }),
      release("v5"),
    ];
    assert.deepEqual(await newestPin("docker/login-action", current, source(releases), options), current);
  });

  it("is never lower than what is pinned", async () => {
    assert.deepEqual(await newestPin("docker/login-action", current, source(["v3.9.0"]), options), current);
  });

  it("can't be told where the tag of the pinned release has moved: that is an attack or an accident", async () => {
    const moved = { ...current, commit: commit("another") };
    await assert.rejects(
      newestPin("docker/login-action", moved, source([]), options),
      /v4\.1\.0 was .* and is .* now/,
    );
  });
});

function source(releases: readonly (string | PublishedRelease)[]): ActionReleases {
  return {
    releases: async () => releases.map((one) => (typeof one === "string" ? release(one) : one)),
    commitOf: async (_repository, tag) => commit(tag),
  };
}

function release(tag: string, some: Partial<PublishedRelease> = {}): PublishedRelease {
  return { tag, publishedAt: new Date("2026-06-01T00:00:00Z"), stable: true, ...some };
}

function commit(tag: string): string {
  return Buffer.from(tag).toString("hex").padEnd(40, "0");
}
