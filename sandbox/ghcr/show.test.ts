import assert from "node:assert/strict";
import { openRegistry } from "../../clients/registry";
import { testImage } from "../../clients/testing/images";
import { renderPackages, viewPackages } from "../github-api/show-packages";
import { tokens, useGhcr } from "./trial";

describe("showing an owner's packages", () => {
  const trial = useGhcr();
  const [old, image] = [testImage({ salt: "old" }), testImage({ salt: "shown" })];
  const options = (owner: string) => ({ owner, url: `${trial.github.url}/`, token: tokens.alice });

  before(async () => {
    await trial.push("acme/app", old, "1.0.0");
    await trial.push("acme/app", image, "1.0.0");
    await trial.push("acme/app", image, "latest");
    await trial.push("alice/tool", image, "1");
  });

  it("tells visibility, link, versions newest first with their tags, and the bytes of what they share once", async () => {
    const [app, ...more] = await viewPackages({
      ...options("acme"),
      storage: openRegistry(trial.registryHost),
    });
    assert.deepEqual(more, []);
    assert.deepEqual([app?.name, app?.visibility, app?.repository], ["app", "private", null]);
    assert.equal(app?.versions.length, 2 + old.manifests.length + image.manifests.length);
    assert.deepEqual(app.versions[0], { digest: image.index.digest, tags: ["1.0.0", "latest"] });
    assert.deepEqual(
      app.versions.filter(({ digest }) => digest === old.index.digest),
      [{ digest: old.index.digest, tags: [] }],
    );
    const contents = [old, image].flatMap((one) => [
      ...one.blobs,
      ...one.manifests.map(({ bytes }) => bytes),
      one.index.bytes,
    ]);
    const unique = new Map(contents.map((bytes) => [Buffer.from(bytes).toString("hex"), bytes.length]));
    assert.equal(
      app.bytes,
      [...unique.values()].reduce((sum, size) => sum + size, 0),
    );
  });

  it("shows a user's own to the user, and no size where no registry is there", async () => {
    const found = await viewPackages(options("alice"));
    assert.deepEqual(
      found.map(({ name, bytes }) => [name, bytes]),
      [["tool", null]],
    );
  });

  it("is a page that a person can read", async () => {
    const text = renderPackages("acme", await viewPackages(options("acme")));
    for (const part of ["acme: 1 package", "acme/app", "private, linked to no repository", "1.0.0, latest"]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    assert.match(text, new RegExp(`${1 + old.manifests.length + image.manifests.length} untagged`));
  });
});
