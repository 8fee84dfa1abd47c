import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import type { ToolName } from "./catalogue";
import { Unreachable } from "./download";
import { resolveTool, type Workshop } from "./resolve";
import { exampleReleases, exampleTool, exampleWorkshop, freshFolder } from "./test-support";

const SHA = "a".repeat(64);
const releases = exampleReleases("https://releases.example/{version}", SHA);

describe("a tool", () => {
  const folder = freshFolder();
  const resolve = (changes: Partial<Workshop>, tool = exampleTool) =>
    resolveTool(tool, exampleWorkshop(folder(), changes));
  const mark = async (_what: unknown, into: string): Promise<void> =>
    writeFileSync(join(into, "registry"), "");
  const unreachable = async (): Promise<never> => {
    throw new Unreachable("releases.example can't be reached (ENOTFOUND)");
  };

  it("is what is installed, before anything is downloaded or built", async () => {
    const found = {
      paths: new Map<ToolName, string>([["registry", "/usr/bin/registry"]]),
      verified: "asked",
    };
    const resolution = await resolve({ releases, findInstalled: async () => found });
    assert.deepEqual(resolution, {
      name: "registry",
      version: "1.2.3",
      from: "installed",
      ...found,
      passed: [],
    });
  });

  it("is the official release where its checksum is pinned", async () => {
    const { from, passed } = await resolve({ releases, unpack: mark });
    assert.deepEqual([from, passed], ["release", ["installed: no"]]);
  });

  it("is built where no checksum is pinned, and says so", async () => {
    const { from, paths, passed, verified } = await resolve({
      releases: exampleReleases("https://releases.example/", null),
      build: mark,
    });
    assert.equal(from, "go");
    assert.deepEqual(passed, ["installed: no", "release: no checksum is pinned for linux-amd64"]);
    assert.match(paths.get("registry") ?? "", /\/registry-1\.2\.3-[0-9a-f]{16}\/registry$/);
    assert.equal(verified, "go.sum, Go 1.26.8");
  });

  it("is built where the publisher can't be reached, and what was built is taken the next time", async () => {
    const first = await resolve({ releases, unpack: unreachable, build: mark });
    assert.deepEqual(first.passed.slice(1), ["release: releases.example can't be reached (ENOTFOUND)"]);
    const second = await resolve({ releases });
    assert.deepEqual(second.paths, first.paths);
    assert.deepEqual(second.passed.slice(1), ["release: not asked for, a build is cached"]);
  });

  it("is built anew by another Go, for another platform, or in another way", async () => {
    const go = exampleTool.go as NonNullable<typeof exampleTool.go>;
    const all = await Promise.all([
      resolve({ build: mark }),
      resolve({ build: mark, goVersion: "1.27.0" }),
      resolve({ build: mark, platform: { os: "linux", arch: "arm64" } }),
      resolve({ build: mark }, { ...exampleTool, go: { ...go, tags: ["small"] } }),
      resolve({ build: mark }, { ...exampleTool, go: { ...go, folder: "buildkit" } }),
    ]);
    assert.equal(new Set(all.map(({ paths }) => paths.get("registry"))).size, all.length);
  });

  it("is a stand-in where nothing else is to be had", async () => {
    const found = { paths: new Map<ToolName, string>([["registry", "/stand-in"]]), verified: "checkout" };
    const { go: _, ...published } = exampleTool;
    const { from, passed } = await resolve(
      { releases, unpack: unreachable, standIn: () => found },
      published,
    );
    assert.equal(from, "stand-in");
    assert.equal(passed.at(-1), "build: not to be had from the Go module proxy");
  });

  it("is missed with every reason where no way leads to it", async () => {
    const resolution = resolve({
      releases,
      unpack: unreachable,
      buildFault: () => "needs Go 1.26, there is none",
    });
    await assert.rejects(resolution, (error) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "tool-not-found");
      assert.match(
        error.message,
        /installed: no; release: .*ENOTFOUND.*; build: needs Go 1\.26, there is none/,
      );
      return true;
    });
  });

  it("isn't looked for elsewhere when its build fails or the download is wrong: that is to be seen", async () => {
    const broken = async (): Promise<never> => {
      throw new Error("no space left");
    };
    await assert.rejects(resolve({ build: broken, standIn: () => assert.fail() }), /no space left/);
    await assert.rejects(resolve({ releases, unpack: broken }), /no space left/);
  });
});
