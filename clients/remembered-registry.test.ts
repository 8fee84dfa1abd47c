import assert from "node:assert/strict";
import { parseDigest } from "../core/names";
import { openRegistry } from "./registry";
import { rememberedRegistry } from "./remembered-registry";
import { FakeRegistry } from "./testing/fake-registry";
import { testImage } from "./testing/images";

const repository = "albeorla/todost";

describe("a registry that is remembered", () => {
  let fake: FakeRegistry;
  beforeEach(async () => {
    fake = await new FakeRegistry().start();
  });
  afterEach(() => fake.stop());

  const { index } = testImage({});
  const opened = () => rememberedRegistry(openRegistry(fake.host, { retryPauseMs: 1 }));

  it("is asked once for what a digest names, and each time for a tag", async () => {
    fake.put(repository, index.digest, index.mediaType, index.bytes.toString("utf8"));
    const digest = parseDigest("digest", fake.putBlob(repository, '{"os": "linux"}'));
    fake.retag(repository, "latest", index.digest);
    const registry = opened();
    for (let round = 0; round < 2; round++) {
      assert.equal((await registry.manifest(repository, index.digest)).digest, index.digest);
      assert.deepEqual(await registry.config(repository, digest), { os: "linux" });
      assert.equal((await registry.manifest(repository, "latest")).digest, index.digest);
    }
    assert.deepEqual(
      fake.journal.map((line) => line.split("/").at(-1)),
      [index.digest, digest, "latest", "latest"],
    );
  });

  it("asks again for what was not there, and not for what it has stored", async () => {
    const registry = opened();
    await assert.rejects(registry.manifest(repository, index.digest));
    await registry.putManifest(repository, index.digest, index.bytes, index.mediaType);
    await registry.manifest(repository, index.digest);
    assert.deepEqual(
      fake.journal.map((line) => line.split(" ")[0]),
      ["GET", "PUT"],
    );
  });

  it("is given a blob once", async () => {
    const registry = opened();
    await Promise.all([1, 2].map(() => registry.putBlob(repository, Buffer.from("{}"))));
    assert.equal(fake.journal.filter((line) => line.startsWith("POST ")).length, 1);
  });

  it("keeps one repository's from another's", async () => {
    fake.put(repository, index.digest, index.mediaType, index.bytes.toString("utf8"));
    const registry = opened();
    await registry.manifest(repository, index.digest);
    await assert.rejects(registry.manifest("albeorla/other", index.digest));
  });
});
