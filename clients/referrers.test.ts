import assert from "node:assert/strict";
import type { Digest } from "../core/names";
import { attach, listReferrer } from "./referrers";
import type { Registry } from "./registry";
import { openRegistry } from "./registry";
import { MemoryRegistry } from "./testing/memory-registry";
import { FakeRegistry } from "./testing/fake-registry";
import { startRealRegistry, type RealRegistry } from "./testing/real-registry";
import { types } from "./testing/images";

const repository = "albeorla/todost";
const note = { artifactType: "application/vnd.test.note+json", annotations: { note: "looked at" } };

describe("what is attached to an image", () => {
  describe("in a real registry", () => {
    let real: RealRegistry;
    let registry: Registry;
    before(async () => {
      real = await startRealRegistry();
      registry = openRegistry(real.host);
    });
    after(() => real.stop());

    it("is a manifest with that subject, found by the fallback tag, beside what was listed before", async () => {
      const config = { mediaType: types.config, digest: await real.pushBlob(repository, Buffer.from("{}")) };
      const image = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: types.manifest,
          config: { ...config, size: 2 },
          layers: [],
        }),
      );
      await registry.putManifest(repository, "1.0.0", image, types.manifest);
      const subject = await registry.resolve(repository, "1.0.0");
      assert.ok(subject !== undefined);
      const first = await attach(registry, repository, { ...note, subject });
      const annotations = { note: "looked at again" };
      const second = await attach(registry, repository, { ...note, subject, annotations });
      const again = await attach(registry, repository, { ...note, subject, annotations });
      assert.equal(again.digest, second.digest);
      const referrers = await registry.referrers(repository, subject.digest);
      assert.deepEqual(
        referrers.map((each) => [each.digest, each.artifactType, each.annotations]),
        [
          [first.digest, note.artifactType, note.annotations],
          [second.digest, note.artifactType, annotations],
        ],
      );
      for (const { digest } of referrers) {
        const { json } = await registry.manifest(repository, digest);
        assert.deepEqual((json as { subject: unknown }).subject, subject);
      }
    });
  });

  describe("with others at work", () => {
    const subject = { digest: `sha256:${"a".repeat(64)}` as Digest, mediaType: types.index, size: 9 };
    const tag = `sha256-${"a".repeat(64)}`;
    const strange = {
      digest: `sha256:${"b".repeat(64)}`,
      mediaType: types.manifest,
      size: 1,
      extra: { a: 1 },
    };

    it("drops nothing that another client lists until it is read, nor what nobody here knows", async () => {
      const memory = new MemoryRegistry();
      const index = (manifests: unknown[]) => ({
        schemaVersion: 2,
        mediaType: types.index,
        own: 1,
        manifests,
      });
      memory.put(tag, types.index, index([]));
      let meddled = false;
      const registry = memory.client(async (call, reference) => {
        // After what is listed was read first, while the manifest is stored.
        if (call !== "putManifest" || reference === tag || meddled) return;
        meddled = true;
        memory.put(tag, types.index, index([strange]));
      });
      const { digest } = await attach(registry, repository, { ...note, subject });
      const { json } = await memory.client().manifest(repository, tag);
      const { own, manifests } = json as { own: number; manifests: { digest: string }[] };
      assert.equal(own, 1);
      assert.deepEqual(manifests[0], strange);
      assert.deepEqual(manifests.map((each) => each.digest).slice(1), [digest]);
    });

    it("is listed again where a write that was late dropped it", async () => {
      const memory = new MemoryRegistry();
      let late = true;
      const registry = memory.client(async (call, reference) => {
        if (call !== "manifest" || reference !== tag || !late || !memory.tags.has(tag)) return;
        late = false;
        memory.put(tag, types.index, { schemaVersion: 2, mediaType: types.index, manifests: [strange] });
      });
      const { digest } = await attach(registry, repository, { ...note, subject });
      const listed = (await registry.referrers(repository, subject.digest)).map((each) => each.digest);
      assert.deepEqual(listed, [strange.digest, digest]);
    });

    it("gives up where others never stop, and where the tag is something else", async () => {
      const memory = new MemoryRegistry();
      let count = 0;
      const registry = memory.client(async (call, reference) => {
        if (call !== "manifest" || reference !== tag) return;
        const manifests = [{ ...strange, size: (count += 1) }];
        memory.put(tag, types.index, { schemaVersion: 2, mediaType: types.index, manifests });
      });
      await assert.rejects(attach(registry, repository, { ...note, subject }), {
        code: "fallback-tag-contended",
      });
      memory.put(tag, types.manifest, { schemaVersion: 2, config: strange, layers: [] });
      const listed = listReferrer(memory.client(), repository, { ...note, subject }, subject);
      await assert.rejects(listed, { code: "fallback-tag-taken" });
    });
  });
});

describe("a small blob", () => {
  let fake: FakeRegistry;
  afterEach(() => fake.stop());

  it("is uploaded once, where the registry says and with its digest", async () => {
    fake = await new FakeRegistry({ auth: "bearer", username: "ann", password: "secret" }).start();
    const credentials = () => ({ username: "ann", password: "secret" });
    const registry = openRegistry(fake.host, { credentials });
    const digest = await registry.putBlob(repository, Buffer.from("{}"));
    assert.deepEqual(await registry.config(repository, digest), {});
    assert.equal(await registry.putBlob(repository, Buffer.from("{}")), digest);
    assert.equal(fake.journal.filter((line) => line.startsWith("POST")).length, 2, fake.journal.join("\n"));
  });
});
