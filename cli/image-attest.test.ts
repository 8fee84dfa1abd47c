import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry } from "../clients/registry";
import { FakeRegistry } from "../clients/testing/fake-registry";
import { storeSbom } from "../clients/sbom-store";
import { testImage } from "../clients/testing/images";
import { buildDefinition, type BuildFacts } from "../core/evidence";
import type { Digest } from "../core/names";
import { gateResultArtifactType, type GateResult } from "../core/scan";
import { run } from "./program";

const repository = "albeorla/todost";

describe("ghcr image attest", () => {
  let fake: FakeRegistry;
  let folder: string;
  let digest: Digest;
  let manifests: readonly Digest[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "attest-"));
    fake = await new FakeRegistry().start();
    const image = testImage();
    for (const blob of image.blobs) fake.putBlob(repository, blob.toString("utf8"));
    for (const { digest: each, mediaType, bytes } of [...image.manifests, image.index]) {
      fake.put(repository, each, mediaType, bytes.toString("utf8"));
    }
    digest = image.index.digest as Digest;
    manifests = image.manifests.map((each) => each.digest as Digest);
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

  async function ghcr(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const [out, err]: [string[], string[]] = [[], []];
    const image = ["--image", `${fake.host}/${repository}@${digest}`];
    const code = await run(["image", ...args, ...image, "--json"], {
      readInput: async () => "",
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      environment: { DOCKER_CONFIG: "/nowhere", XDG_CACHE_HOME: folder, ...environment },
    });
    return { code, err: err.join("\n"), out: JSON.parse(out.join("") || "{}") as Outcome };
  }
  interface Outcome {
    readonly kept?: readonly { readonly kind: string; readonly of: string; readonly action: string }[];
    readonly ok?: boolean;
    readonly evidence?: readonly { readonly kind: string; readonly of: string; readonly state: string }[];
  }

  function file(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  /** As `ghcr image scan --reports` writes it, as far as it is looked at. */
  const sbomOf = (manifest: string) => ({
    spdxVersion: "SPDX-2.3",
    name: `${fake.host}/${repository}@${manifest}`,
    packages: [],
  });
  const sboms = () => manifests.map((each, index) => file(`sbom-${index}.json`, sbomOf(each)));

  async function attest(...results: readonly GateResult[]) {
    const files = results.map((each, index) => file(`${index}.json`, each));
    const args = ["attest", "--gate-result", files.join(","), "--sbom", sboms().join(",")];
    const { code, err, out } = await ghcr(args);
    return { code, err, outcome: out.kept?.find(({ kind }) => kind === "gate") };
  }

  /** What refers to a manifest, as any client finds it. */
  async function attached(to: Digest = digest, type = gateResultArtifactType): Promise<unknown[]> {
    const registry = openRegistry(fake.host);
    const referrers = await registry.referrers(repository, to);
    return Promise.all(
      referrers.map(async (each) => {
        assert.equal(each.artifactType, type);
        const { json } = await registry.manifest(repository, each.digest);
        const { layers, subject } = json as { layers: { digest: Digest }[]; subject: { digest: string } };
        assert.equal(subject.digest, to);
        return registry.config(repository, layers[0]?.digest ?? assert.fail());
      }),
    );
  }

  it("keeps the result with the image, and not twice on one day", async () => {
    assert.deepEqual((await attest(result(both))).outcome?.action, "attached");
    assert.deepEqual(await attached(), [result(both)]);
    assert.equal((await attest(result(both))).outcome?.action, "unchanged");
    assert.equal(
      (await attest(result(both, { at: "2026-11-26T11:00:00.000Z" }))).outcome?.action,
      "unchanged",
    );
    assert.equal((await attached()).length, 1);
    assert.equal(
      (await attest(result(both, { at: "2026-11-26T13:00:00.000Z" }))).outcome?.action,
      "attached",
    );
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

  const facts: BuildFacts = {
    ...{ service: "todost", source: "https://github.com/albeorla/ghcr-platform", ref: "refs/heads/main" },
    ...{ revision: "4fa8d211".repeat(5), context: ".", dockerfile: "Dockerfile", platforms: both },
    ...{ buildArgs: {}, baseImages: [] },
  };
  const workflow = {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_WORKFLOW_REF: "albeorla/a/.github/workflows/container-publish.yml@refs/heads/main",
  };

  function attestAll(environment = {}, more: Partial<BuildFacts> = {}) {
    const provenance = file("build.json", buildDefinition({ ...facts, ...more }));
    const args = ["--gate-result", file("gate.json", result(both)), "--sbom", sboms().join(",")];
    return ghcr(["attest", ...args, "--provenance", provenance], { ...workflow, ...environment });
  }

  it("attaches an SBOM to each platform's manifest and provenance to the index, and none of it twice", async () => {
    const first = await attestAll({ GITHUB_RUN_ID: "1" });
    assert.equal(first.code, 0, first.err);
    const pieces = ["gate index", "provenance index", "sbom linux/amd64", "sbom linux/arm64"];
    const said = ({ kept = [] }: Outcome) => kept.map(({ kind, of, action }) => `${kind} ${of} ${action}`);
    assert.deepEqual(
      said(first.out),
      pieces.map((piece) => `${piece} attached`),
    );
    for (const manifest of manifests)
      assert.deepEqual(await attached(manifest, "application/spdx+json"), [sbomOf(manifest)]);
    const before = fake.journal.length;
    const again = await attestAll({ GITHUB_RUN_ID: "2" });
    assert.deepEqual(
      said(again.out),
      pieces.map((piece) => `${piece} unchanged`),
    );
    assert.deepEqual(
      fake.journal.slice(before).filter((line) => line.startsWith("POST ")),
      [],
    );
    const registry = openRegistry(fake.host);
    assert.equal((await registry.referrers(repository, digest)).length, 2);
    const other = await attestAll({}, { buildArgs: { A: "b" } });
    assert.equal(said(other.out)[1], "provenance index attached");
  });

  it("takes the SBOMs that a scan left on this machine", async () => {
    for (const manifest of manifests)
      storeSbom(
        { XDG_CACHE_HOME: folder },
        { image: `${fake.host}/${repository}`, digest: manifest },
        JSON.stringify(sbomOf(manifest)),
      );
    const { code, err } = await ghcr(["attest", "--gate-result", file("gate.json", result(both))]);
    assert.deepEqual([code, err], [0, ""]);
  });

  it("refuses an SBOM of something else, and attaches nothing", async () => {
    const stranger = file("stranger.json", sbomOf(`sha256:${"0".repeat(64)}`));
    const args = [
      "--gate-result",
      file("gate.json", result(both)),
      "--sbom",
      [...sboms(), stranger].join(","),
    ];
    const { code, err } = await ghcr(["attest", ...args]);
    assert.equal(code, 1);
    assert.match(err, /no-evidence|one is of 127\.0\.0\.1:\d+\/albeorla\/todost@sha256:0000/);
    assert.deepEqual(await attached(), []);
  });

  it("signs without a key in a workflow that can prove its identity only, and says so before it tries", async () => {
    const provenance = file("build.json", buildDefinition(facts));
    const args = ["--gate-result", file("gate.json", result(both)), "--sbom", sboms().join(",")];
    const { code, err } = await ghcr(
      ["attest", ...args, "--provenance", provenance, "--sign", "keyless"],
      workflow,
    );
    assert.equal(code, 1);
    assert.match(err, /ACTIONS_ID_TOKEN_REQUEST_URL[^]*id-token: write/);
    assert.deepEqual(await attached(), []);
  });

  describe("ghcr image verify", () => {
    it("finds all that is there, and that nobody has signed it", async () => {
      await attestAll();
      const { code, err, out } = await ghcr(["verify"]);
      assert.equal(code, 0, err);
      assert.deepEqual(
        out.evidence?.map(({ kind, of, state }) => `${kind} ${of} ${state}`),
        [
          "gate index present",
          "sbom linux/amd64 present",
          "sbom linux/arm64 present",
          "provenance index present",
          "signature index missing",
        ],
      );
      const signed = await ghcr(["verify", "--require", "signature"]);
      assert.equal(signed.code, 1);
      assert.match(signed.err, /its signature is required and missing/);
    });

    it("names every piece that is missing, with the platform that lacks it", async () => {
      const { code, err } = await ghcr(["verify"]);
      assert.equal(code, 1);
      for (const piece of [/gate's result is required and missing/, /provenance is required and missing/])
        assert.match(err, piece);
      for (const platform of both)
        assert.match(err, new RegExp(`\\(${platform}\\).*its SBOM is required and missing`));
    });

    it("takes nobody's provenance for that of whoever is trusted", async () => {
      await attestAll();
      const trust = ["--cosign-key", "cosign.pub", "--cosign", join(folder, "no-cosign")];
      const { code, err } = await ghcr(["verify", ...trust]);
      assert.equal(code, 1);
      assert.match(
        err,
        /its provenance is required and can't be verified here: .*no-cosign is not installed/,
      );
      assert.match(err, /its signature is required and can't be verified here: .*no-cosign is not installed/);
    });

    it("refuses what it can't understand before it asks anyone", async () => {
      const asked = fake.journal.length;
      const { code, err } = await ghcr(["verify", "--require", "sbom,luck", "--certificate-identity", "a"]);
      assert.equal(code, 2);
      assert.match(err, /luck/);
      assert.match(err, /--certificate-issuer/);
      assert.equal(fake.journal.length, asked);
    });
  });
});
