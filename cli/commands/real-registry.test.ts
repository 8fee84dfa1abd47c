import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry } from "../../clients/registry";
import { testImage, type TestImage, type TestImageOptions } from "../../clients/testing/images";
import { startRealRegistry, type RealRegistry } from "../../clients/testing/real-registry";

const REPOSITORY = "albeorla/todost";
const REVISION = "org.opencontainers.image.revision";
const VERSION = "org.opencontainers.image.version";

/** The whole way: the shell entry, a registry that others wrote, and a git history. */
describe("the ghcr command with a real registry and a real history", function () {
  this.timeout(60_000);
  let registry: RealRegistry;
  let checkout: string;
  let commits: { old: string; next: string; aside: string };

  before(async () => {
    registry = await startRealRegistry();
    checkout = mkdtempSync(join(tmpdir(), "ghcr-checkout-"));
    commits = makeHistory(checkout);
  });

  after(async () => {
    await registry.stop();
    rmSync(checkout, { recursive: true });
  });

  async function push(options: TestImageOptions): Promise<TestImage & { reference: string }> {
    const image = testImage(options);
    for (const blob of image.blobs) await registry.pushBlob(REPOSITORY, blob);
    const client = openRegistry(registry.host);
    for (const { digest, bytes, mediaType } of [...image.manifests, image.index]) {
      await client.putManifest(REPOSITORY, digest, bytes, mediaType);
    }
    return { ...image, reference: `${registry.host}/${REPOSITORY}@${image.index.digest}` };
  }

  const at = async (tag: string) => (await openRegistry(registry.host).resolve(REPOSITORY, tag))?.digest;

  it("checks an image, prints what it saw, and fails with every failure of another", async () => {
    const good = await push({ labels: { [REVISION]: commits.old } });
    const platforms = "linux/amd64,linux/arm64";
    const label = `${REVISION}=${commits.old}`;
    const args = ["image", "check", "--platforms", platforms, "--label", label, "--non-root"];
    const passed = await ghcr([...args, "--image", good.reference, "--json"]);
    assert.equal(passed.code, 0);
    const result = JSON.parse(passed.stdout) as {
      image: string;
      platforms: { platform: string; digest: string }[];
    };
    assert.equal(result.image, good.reference);
    assert.deepEqual(
      result.platforms.map(({ platform, digest }) => [platform, digest]),
      [
        ["linux/amd64", good.manifests[0]?.digest],
        ["linux/arm64", good.manifests[1]?.digest],
      ],
    );

    const bad = await push({ platforms: ["linux/amd64", "linux/s390x"], user: "root" });
    const failed = await ghcr([...args, "--image", bad.reference]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /linux\/arm64 is declared and not there/);
    assert.match(failed.stderr, /linux\/s390x is there and not declared/);
    assert.equal(failed.stderr.match(/runs as root/g)?.length, 2);
    assert.equal(failed.stderr.match(/label org.opencontainers.image.revision must be/g)?.length, 2);
    assert.doesNotMatch(failed.stderr, /\n\s+at /);
  });

  it("creates tags, changes nothing when run again, moves latest forward and never back", async () => {
    const old = await push({ labels: { [REVISION]: commits.old } });
    const next = await push({ labels: { [REVISION]: commits.next } });
    const aside = await push({ labels: { [REVISION]: commits.aside } });
    const run = (image: { reference: string }, ...more: string[]) =>
      ghcr(["image", "tag", "--image", image.reference, "--tags", "latest", "--git", checkout, ...more]);

    assert.match((await run(old)).stdout, /latest: created/);
    assert.match((await run(old)).stdout, /latest: unchanged/);
    assert.match((await run(next)).stdout, /latest: moved.*descends/);
    assert.equal(await at("latest"), next.index.digest);

    const back = await run(old, "--force");
    assert.equal(back.code, 0);
    assert.match(back.stdout, /latest: kept/);
    assert.match((await run(aside)).stdout, /latest: kept/);
    assert.equal(await at("latest"), next.index.digest);
  });

  it("moves version lines to higher versions only and never a version itself", async () => {
    const image = (version: string) => push({ labels: { [REVISION]: commits.old, [VERSION]: version } });
    const [first, second] = [await image("1.2.3"), await image("1.2.10")];
    const input = (reference: string, tags: string[]) =>
      JSON.stringify({ image: reference, tags, git: checkout });
    const tag = (reference: string, ...tags: string[]) =>
      ghcr(["image", "tag", "--input", "-", "--json"], input(reference, tags));

    assert.equal((await tag(second.reference, "1.2.10", "1.2", "1")).code, 0);
    const later = await tag(first.reference, "1.2.3", "1.2", "1");
    const { tags } = JSON.parse(later.stdout) as { tags: { tag: string; action: string }[] };
    assert.deepEqual(
      tags.map(({ tag, action }) => [tag, action]),
      [
        ["1.2.3", "created"],
        ["1.2", "kept"],
        ["1", "kept"],
      ],
    );
    const sha = `sha-${commits.old.slice(0, 7)}`;
    const refused = await tag(first.reference, sha, "1.2.10");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /tag 1\.2\.10: this image is 1\.2\.3/);
    assert.equal(await at(sha), undefined);
    assert.equal(await at("1.2.10"), second.index.digest);
  });

  it("assembles the same index from the same manifests in any order, untagged", async () => {
    const image = await push({ salt: "assembled" });
    const [one = "", two = ""] = image.manifests.map(({ digest }) => digest);
    const assemble = (...digests: string[]) => {
      const flags = digests.flatMap((digest) => ["--digest", digest]);
      return ghcr(["image", "assemble", "--image", `${registry.host}/${REPOSITORY}`, "--json", ...flags]);
    };
    const before = await openRegistry(registry.host).tags(REPOSITORY);
    const [there, back] = [await assemble(one, two), await assemble(two, one)];
    assert.equal(there.code, 0);
    assert.equal(there.stdout, back.stdout);
    const made = JSON.parse(there.stdout) as { image: string; platforms: Record<string, string> };
    assert.deepEqual(made.platforms, { "linux/amd64": one, "linux/arm64": two });
    const check = ["image", "check", "--image", made.image, "--platforms", "linux/arm64,linux/amd64"];
    assert.equal((await ghcr(check)).code, 0);
    assert.deepEqual(await openRegistry(registry.host).tags(REPOSITORY), before);
  });

  it("says that nobody listens where the registry is down", async () => {
    const reference = `127.0.0.1:1/${REPOSITORY}@sha256:${"0".repeat(64)}`;
    const { code, stderr } = await ghcr(["image", "tag", "--image", reference, "--tags", "latest"]);
    assert.equal(code, 1);
    assert.match(stderr, /registry 127.0.0.1:1: the registry can't be reached/);
  });
});

/** `next` descends from `old`; `aside` is on a branch of its own. */
function makeHistory(folder: string): { old: string; next: string; aside: string } {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  const commit = (message: string) => {
    git("commit", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "-b", "main");
  const old = commit("old");
  const next = commit("next");
  git("checkout", "-b", "aside", old);
  return { old, next, aside: commit("aside") };
}

function ghcr(
  args: readonly string[],
  input = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(join(__dirname, "..", "ghcr"), args, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      }),
    );
    child.stdin?.end(input);
  });
}
