import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry } from "../clients/registry";
import { FakeRegistry } from "../clients/testing/fake-registry";
import { testImage } from "../clients/testing/images";
import type { Digest } from "../core/names";
import { gateResultArtifactType, type GateResult } from "../core/scan";
import { run } from "./program";

const repository = "albeorla/todost";

describe("ghcr image attest", () => {
  let fake: FakeRegistry;
  let folder: string;
  let digest: Digest;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "attest-"));
    fake = await new FakeRegistry().start();
    const image = testImage();
    for (const blob of image.blobs) fake.putBlob(repository, blob.toString("utf8"));
    for (const { digest: each, mediaType, bytes } of [...image.manifests, image.index]) {
      fake.put(repository, each, mediaType, bytes.toString("utf8"));
    }
    digest = image.index.digest as Digest;
  });
  afterEach(async () => {
    await fake.stop();
    rmSync(folder, { recursive: true });
  });

  const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  function result(platforms: readonly string[], changes: Partial<GateResult> = {}): GateResult {
    return {
      ...{ image: `${fake.host}/${repository}`, digest, verdict: "passed", at: "2026-11-25T12:00:00.000Z" },
      scanner: { name: "trivy", version: "0.74.0", database: { reference: "a/b/c:2", updatedAt: null } },
      platforms: platforms.map((platform) => ({
        ...{ platform, digest, packages: 3, findings: none, fixable: none, excepted: 0, blocks: [] },
      })),
      exceptions: [],
      ...changes,
    };
  }
  const both = ["linux/amd64", "linux/arm64"];

  async function attest(...results: readonly GateResult[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const files = results.map((each, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(each));
      return file;
    });
    const args = ["image", "attest", "--image", `${fake.host}/${repository}@${digest}`, "--json"];
    const code = await run([...args, "--gate-result", files.join(",")], {
      readInput: async () => "",
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      environment: { DOCKER_CONFIG: "/nowhere" },
    });
    return { code, err: err.join("\n"), outcome: JSON.parse(out.join("") || "{}") as { action?: string } };
  }

  /** What refers to the image, as any client finds it. */
  async function attached(): Promise<GateResult[]> {
    const registry = openRegistry(fake.host);
    const referrers = await registry.referrers(repository, digest);
    return Promise.all(
      referrers.map(async (each) => {
        assert.equal(each.artifactType, gateResultArtifactType);
        const { json } = await registry.manifest(repository, each.digest);
        const { layers, subject } = json as { layers: { digest: Digest }[]; subject: { digest: string } };
        assert.equal(subject.digest, digest);
        return (await registry.config(repository, layers[0]?.digest ?? assert.fail())) as GateResult;
      }),
    );
  }

  it("keeps the result with the image, and not twice on one day", async () => {
    assert.deepEqual((await attest(result(both))).outcome.action, "attached");
    assert.deepEqual(await attached(), [result(both)]);
    assert.equal((await attest(result(both))).outcome.action, "unchanged");
    assert.equal(
      (await attest(result(both, { at: "2026-11-26T11:00:00.000Z" }))).outcome.action,
      "unchanged",
    );
    assert.equal((await attached()).length, 1);
    assert.equal((await attest(result(both, { at: "2026-11-26T13:00:00.000Z" }))).outcome.action, "attached");
    assert.equal((await attached()).length, 2);
  });

  it("makes one of the results of single platforms, as old as the oldest", async () => {
    const later = { at: "2026-11-25T12:05:00.000Z" };
    const { code, err } = await attest(result(["linux/arm64"], later), result(["linux/amd64"]));
    assert.equal(code, 0, err);
    assert.deepEqual(await attached(), [result(both)]);
  });

  it("refuses what is no evidence: of another image, blocked, or without one of its platforms", async () => {
    const blocks = ["findings" as const];
    const wrong: readonly (readonly [GateResult, RegExp])[] = [
      [result(["linux/amd64"]), /linux\/arm64 was not scanned/],
      [result(both, { digest: `sha256:${"0".repeat(64)}` as Digest }), /of another image/],
      [result(both, { image: "ghcr.io/albeorla/other" }), /of another image/],
      [
        result(both, {
          verdict: "blocked",
          platforms: result(both).platforms.map((each) => ({ ...each, blocks })),
        }),
        /the gate has blocked it/,
      ],
    ];
    for (const [given, message] of wrong) {
      const { code, err } = await attest(given);
      assert.equal(code, 1, err);
      assert.match(err, message);
    }
    assert.deepEqual(await attached(), []);
  });
});
