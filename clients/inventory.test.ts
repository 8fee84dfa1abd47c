import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/names";
import { promotionArtifactType, recordAnnotations, type PromotionRecord } from "../core/promotion";
import { parseInventory, type Inventory } from "../core/retention";
import { BlobList, manifestFacts, manifestSource, takeInventory } from "./inventory";
import { diskManifestCache, manifestCacheFolder } from "./manifest-cache";
import { openPackages } from "./packages";
import type { Registry } from "./registry";
import { FakePackages } from "./testing/fake-packages";
import { types } from "./testing/images";

const unknown = { pullRequests: null, promotions: null, inUse: null };

describe("an inventory", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "manifests-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function take(github: FakePackages, registry: Pick<Registry, "manifest"> = github.registry) {
    const { owner, name, fetch, clock } = github;
    const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
    const manifests = manifestSource(registry, `${owner}/${name}`, diskManifestCache(folder));
    const now = () => new Date(github.time);
    const inventory = await takeInventory({ packages, manifests, known: unknown, now });
    return { inventory, listRequests: packages.requests(), manifestRequests: manifests.requests() };
  }

  it("joins versions with what their manifests hold", async () => {
    const github = new FakePackages();
    const platform = github.push({ salt: "amd64" });
    const index = github.push({ tags: ["1.0.0", "latest"], children: [platform] });
    const signature = github.push({ subject: index, salt: "signature" });
    const { inventory } = await take(github);
    const of = (digest: string) => inventory.versions.find((each) => each.digest === digest);
    assert.deepEqual(of(index)?.tags, ["1.0.0", "latest"]);
    const manifest = of(index)?.manifest;
    assert.ok(manifest !== undefined && "children" in manifest);
    assert.deepEqual(manifest.children, [platform]);
    const signed = of(signature)?.manifest;
    assert.ok(signed !== undefined && "children" in signed);
    assert.equal(signed.subject, index);
    assert.equal(signed.blobs.length, 2);
    assert.deepEqual(parseInventory(JSON.parse(JSON.stringify(inventory)), "inventory"), inventory);
  });

  it("property 22: asks for each manifest once in all, and for new ones alone later", async () => {
    const github = new FakePackages();
    for (let version = 0; version < 250; version++) github.push();
    const cold = await take(github);
    assert.deepEqual([cold.listRequests, cold.manifestRequests], [2 * 3, 250]);
    const warm = await take(github);
    assert.deepEqual([warm.listRequests, warm.manifestRequests], [2 * 3, 0]);
    assert.deepEqual(warm.inventory.versions, cold.inventory.versions);
    for (let version = 0; version < 4; version++) github.push();
    const later = await take(github);
    assert.deepEqual([later.listRequests, later.manifestRequests], [2 * 3, 4]);
    assert.equal(new Set(github.manifestReads).size, github.manifestReads.length);
  });

  it("reads again what was damaged on disk, and believes only bytes of the digest", async () => {
    const github = new FakePackages();
    github.push();
    const before = await take(github);
    for (const name of readdirSync(folder))
      for (const file of readdirSync(join(folder, name)))
        writeFileSync(join(folder, name, file), `${types.manifest}\n{"schemaVersion":2}`);
    const after = await take(github);
    assert.equal(after.manifestRequests, 1);
    assert.deepEqual(after.inventory.versions, before.inventory.versions);
  });

  it("property 5: writes down what could not be read, and asks for it again next time", async () => {
    const github = new FakePackages();
    const digest = github.push();
    const missing = new FakePackages().registry;
    const { inventory } = await take(github, missing);
    assert.deepEqual(inventory.versions[0]?.manifest, { unreadable: "the registry doesn't have it" });
    assert.ok("children" in ((await take(github)).inventory.versions[0]?.manifest ?? {}), digest);
  });

  it("ends where the registry doesn't answer, instead of calling everything unreadable", async () => {
    const github = new FakePackages();
    github.push();
    const fault = { code: "registry-unreachable", where: "ghcr.io", problem: "no", fix: "wait" };
    const down = { manifest: () => Promise.reject(new PlatformError(fault)) };
    await assert.rejects(take(github, down), PlatformError);
  });

  it("property 6: carries on why a list is incomplete", async () => {
    const github = new FakePackages();
    for (let version = 0; version < 150; version++) github.push();
    github.faults.push({ on: /versions\?state=active.*page=2/, before: () => github.remove(3) });
    const { inventory }: { inventory: Inventory } = await take(github);
    assert.notDeepEqual(inventory.incomplete, []);
  });

  describe("with promotions from the registry's records", () => {
    const record = (environment: string, from: Digest | null, to: Digest): PromotionRecord => ({
      ...{ kind: "promotion", environment, stages: ["staging", "production"], from, to, expected: null },
      ...{ by: "ann", why: "it is ready", at: "2026-11-20T12:00:00Z", sequence: 1, previous: null },
      ...{ commits: null, deployment: null },
    });
    const artifact = (content: PromotionRecord) => ({
      artifactType: promotionArtifactType,
      annotations: recordAnnotations(content),
    });

    async function recorded(github: FakePackages, registry: Pick<Registry, "manifest"> = github.registry) {
      const { owner, name, fetch, clock } = github;
      const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
      const manifests = manifestSource(registry, `${owner}/${name}`, diskManifestCache(folder));
      const notices: string[] = [];
      const inventory = await takeInventory({
        ...{ packages, manifests, known: { ...unknown, inUse: [] }, now: () => new Date(github.time) },
        ...{ promotionRecords: true, notice: (sentence) => notices.push(sentence) },
      });
      return { inventory, notices, requests: manifests.requests() };
    }

    it("reads every record among the manifests, without a request more", async () => {
      const github = new FakePackages();
      const [old, next] = [github.push(), github.push({ tags: ["production"] })];
      github.push({ subject: old, artifact: artifact(record("production", null, old)) });
      github.push({ subject: next, artifact: artifact(record("production", old, next)) });
      const { inventory, notices, requests } = await recorded(github);
      const at = "2026-11-20T12:00:00Z";
      // GitHub lists the newest first.
      assert.deepEqual(inventory.promotions, [
        { environment: "production", from: old, to: next, at },
        { environment: "production", from: null, to: old, at },
      ]);
      assert.deepEqual([inventory.inUse, notices, requests], [[], [], 4]);
      assert.equal((await recorded(github)).requests, 0);
    });

    it("says that none was made, where none was", async () => {
      const github = new FakePackages();
      github.push();
      assert.deepEqual((await recorded(github)).inventory.promotions, []);
    });

    it("keeps the image of a record that isn't understood, and says so", async () => {
      const github = new FakePackages();
      const [image, other] = [github.push(), github.push()];
      const later = { ...artifact(record("production", null, image)) };
      later.artifactType = later.artifactType.replace("v1", "v2");
      const newer = github.push({ subject: image, artifact: later });
      const lying = github.push({ subject: other, artifact: artifact(record("production", null, image)) });
      const { inventory, notices } = await recorded(github);
      assert.deepEqual(inventory.promotions, []);
      assert.deepEqual(inventory.inUse, [
        { digest: other, by: `promotion record ${lying}` },
        { digest: image, by: `promotion record ${newer}` },
      ]);
      assert.match(notices.join("\n"), /its subject is not the image.*\n.*is of version 2/);
    });

    it("doesn't know promotions where a manifest can't be read, for it may be a record", async () => {
      const github = new FakePackages();
      github.push();
      const { inventory, notices } = await recorded(github, new FakePackages().registry);
      assert.equal(inventory.promotions, null);
      assert.match(notices.join("\n"), /promotions are not known: sha256:/);
    });
  });

  it("tells a build cache from an image in both of BuildKit's forms", () => {
    const digest = (character: string) => `sha256:${character.repeat(64)}` as const;
    const config = {
      mediaType: "application/vnd.buildkit.cacheconfig.v0",
      digest: digest("a"),
      size: 9,
    };
    const layer = { mediaType: types.layer, digest: digest("b"), size: 10 };
    const forms = [
      { mediaType: types.manifest, config, layers: [layer] },
      { mediaType: types.index, manifests: [layer, config] },
    ];
    for (const form of forms) {
      const blobs = new BlobList();
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...form }));
      const facts = manifestFacts({ mediaType: form.mediaType, bytes }, blobs, new Set());
      assert.ok("children" in facts);
      assert.equal(facts.configType, config.mediaType);
      assert.deepEqual([facts.children, facts.blobs.length, blobs.all.length], [[], 2, 2]);
    }
  });

  it("doesn't understand what the image specification doesn't say", () => {
    for (const text of ["", "[]", '{"manifests":[{"digest":"x"}]}', '{"subject":{"digest":"../x"}}']) {
      const facts = manifestFacts(
        { mediaType: types.manifest, bytes: Buffer.from(text) },
        new BlobList(),
        new Set(),
      );
      assert.ok("unreadable" in facts, text);
    }
  });

  it("keeps manifests where XDG_CACHE_HOME says", () => {
    assert.equal(manifestCacheFolder({ XDG_CACHE_HOME: "/c" }), "/c/ghcr-platform/manifests");
    assert.match(manifestCacheFolder({}), /\/\.cache\/ghcr-platform\/manifests$/);
  });
});
