import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { openRegistry } from "../../clients/registry";
import { PlatformError } from "../../core/errors";
import { resolveFleet } from "../../core/fleet";
import { classifyTag } from "../../core/tags";
import { silentProgress } from "../../sandbox/progress";
import { push, type Pushed, type PushOptions } from "../../sandbox/push";
import { loadFleet } from "../../services";
import { startWorld, type World } from "./world";

describe("publishing one service past the stack", () => {
  let world: World;
  let sha: string;
  before(async () => {
    world = await startWorld();
    sha = world.git("rev-parse", "--short=7", "HEAD").trim();
  });
  after(() => world.stop());

  function published(
    service: string,
    kind: PushOptions["kind"],
    { sandbox }: Pick<World, "sandbox"> = world,
  ): Promise<Pushed> {
    const fleet = resolveFleet(loadFleet(join(world.program, "services")));
    return push({
      ...{ root: world.program, sandbox, fleet, service, kind },
      progress: silentProgress,
    });
  }

  /** With those that list what is attached to an image. */
  const allTags = async (service: string): Promise<string[]> => {
    const { registry, login } = world.sandbox;
    return [
      ...(await openRegistry(registry, { credentials: () => login }).tags(`albeorla/${service}`)),
    ].sort();
  };
  const tags = async (service: string): Promise<string[]> =>
    (await allTags(service)).filter((tag) => classifyTag(tag) !== "signature");

  it("gives a developer's build a tag of the developer's own, and never latest", async () => {
    await published("hello-python", "development");
    assert.deepEqual(await tags("hello-python"), [`dev-engineer-${sha}`]);
  });

  it("refuses a release where no release's tag is checked out, and pushes nothing", async () => {
    await assert.rejects(published("todost", "release"), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "no-release");
      return true;
    });
  });

  it("gives a release its version, the lines that it heads, and its commit; again, it changes nothing", async () => {
    world.git("tag", "v1.2.3");
    const first = await published("todost", "release");
    assert.deepEqual(await tags("todost"), ["1", "1.2", "1.2.3", `sha-${sha}`]);
    const second = await published("todost", "release");
    assert.equal(second.image.digest, first.image.digest, "another digest for the same commit");
    assert.deepEqual(
      second.tags.map(({ action }) => action),
      ["unchanged", "unchanged", "unchanged", "unchanged"],
    );
  });

  it("gives an image no tag, and attaches nothing, whose last platform alone was not scanned", async () => {
    const bin = mkdtempSync(join(tmpdir(), "push-test-"));
    const trivy = world.toolchain.bin("trivy");
    const breaks = `case "$*" in *"--platform linux/arm64"*) echo broken >&2; exit 1 ;; esac`;
    writeFileSync(join(bin, "trivy"), `#!/bin/sh\n${breaks}\nexec "${trivy}" "$@"\n`, { mode: 0o755 });
    const { sandbox } = world;
    const path = [bin, sandbox.env["PATH"] ?? process.env["PATH"]].join(delimiter);
    const before = await allTags("hello-python");
    world.write("services/hello-python/src/hello_python/__init__.py", `"""Changed"""\n`, { commit: true });
    const broken = { sandbox: { ...sandbox, env: { ...sandbox.env, PATH: path } } };
    await assert.rejects(published("hello-python", "development", broken), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.match(error.message, /linux\/arm64/);
      assert.equal(error.code, "scanner-failed");
      return true;
    });
    assert.deepEqual(await allTags("hello-python"), before);
    await published("hello-python", "development");
    assert.equal((await allTags("hello-python")).length, before.length + 4);
    rmSync(bin, { recursive: true });
  });

  it("names the services there are where it is asked for another", async () => {
    await assert.rejects(published("todox", "development"), /hello-python, todost \(got "todox"\)/);
  });
});
