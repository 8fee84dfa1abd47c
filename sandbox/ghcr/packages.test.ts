import assert from "node:assert/strict";
import { testImage, types, document } from "../../clients/testing/images";
import { digestOf } from "../../clients/registry";
import { tokens, useGhcr } from "./trial";

const day = 24 * 60 * 60 * 1000;

describe("what is pushed through the front", () => {
  const trial = useGhcr();
  const packages = () => trial.octokit(tokens.alice).packages;
  const at = (name: string) => ({
    org: "acme",
    package_type: "container" as const,
    package_name: name,
  });

  it("makes a private package, and a version of every manifest, index children too", async () => {
    const image = testImage({ salt: "first" });
    await trial.push("acme/first", image, "1.0.0");
    const { data } = await packages().getPackageForOrganization(at("first"));
    assert.deepEqual([data.visibility, data.version_count, data.repository], ["private", 3, undefined]);
    assert.deepEqual(await trial.versions("first"), {
      [image.index.digest]: ["1.0.0"],
      [image.manifests[0]?.digest ?? ""]: [],
      [image.manifests[1]?.digest ?? ""]: [],
    });
  });

  it("leaves the version behind untagged that had the tag before", async () => {
    const [old, fresh] = [testImage({ salt: "old" }), testImage({ salt: "new" })];
    await trial.push("acme/moved", old, "latest");
    await trial.push("acme/moved", fresh, "latest");
    const versions = await trial.versions("moved");
    assert.equal(Object.keys(versions).length, 6);
    assert.deepEqual([versions[old.index.digest], versions[fresh.index.digest]], [[], ["latest"]]);
    const resolved = await trial.as(tokens.alice).resolve("acme/moved", "latest");
    assert.equal(resolved?.digest, fresh.index.digest);
    // By digest it is still there.
    assert.ok(await trial.as(tokens.alice).resolve("acme/moved", old.index.digest));
  });

  it("changes nothing when it is pushed again", async () => {
    const image = testImage({ salt: "twice" });
    await trial.push("acme/twice", image, "a");
    const before = await packages().getPackageForOrganization(at("twice"));
    await trial.control("clock", { advanceMs: 60_000 });
    await trial.push("acme/twice", image, "a");
    const after = await packages().getPackageForOrganization(at("twice"));
    assert.deepEqual(after.data, before.data);
    await trial.push("acme/twice", image, "b");
    assert.deepEqual((await trial.versions("twice"))[image.index.digest], ["a", "b"]);
  });

  it("is linked to the repository that a label or an annotation names, if the pusher may write there", async () => {
    await trial.octokit(tokens.alice).repos.createInOrg({ org: "acme", name: "app", auto_init: true });
    const source = "https://github.com/acme/app";
    const labels = { "org.opencontainers.image.source": source };
    await trial.push("acme/labelled", testImage({ salt: "l", labels }), "a");
    await trial.push("acme/annotated", testImage({ salt: "n", annotations: labels }), "a");
    for (const name of ["labelled", "annotated"]) {
      const { data } = await packages().getPackageForOrganization(at(name));
      assert.equal(data.repository?.full_name, "acme/app");
    }
    // Bob is a member, and may only read the repository.
    await trial.push("acme/not-linked", testImage({ salt: "b", labels }), "a", tokens.bob);
    assert.equal((await packages().getPackageForOrganization(at("not-linked"))).data.repository, undefined);
  });

  it("is no version when the registry refuses it", async () => {
    await trial.push("acme/refusing", testImage({ salt: "r" }), "a");
    const lacking = document(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, digest: `sha256:${"0".repeat(64)}`, size: 1 },
      layers: [],
    });
    await assert.rejects(
      trial.as(tokens.alice).putManifest("acme/refusing", "b", lacking.bytes, types.manifest),
    );
    assert.equal((await packages().getPackageForOrganization(at("refusing"))).data.version_count, 3);
  });

  it("is gone for pulls once its version is deleted, and back with its tag and blobs when that is restored", async () => {
    const [kept, doomed] = [testImage({ salt: "kept" }), testImage({ salt: "doomed" })];
    await trial.push("acme/mortal", kept, "1.0.0");
    await trial.push("acme/mortal", doomed, "0.9.0");
    const registry = trial.as(tokens.alice);
    const id = await trial.versionId("mortal", doomed.index.digest);
    await packages().deletePackageVersionForOrg({ ...at("mortal"), package_version_id: id });
    assert.equal(await registry.resolve("acme/mortal", "0.9.0"), undefined);
    assert.equal(await registry.resolve("acme/mortal", doomed.index.digest), undefined);
    assert.deepEqual(await registry.tags("acme/mortal"), ["1.0.0"]);
    // Neither cascades nor protects: the children stay.
    assert.ok(await registry.resolve("acme/mortal", doomed.manifests[0]?.digest ?? ""));
    await packages().restorePackageVersionForOrg({ ...at("mortal"), package_version_id: id });
    const back = await registry.manifest("acme/mortal", "0.9.0");
    assert.equal(back.digest, doomed.index.digest);
    for (const blob of doomed.blobs) assert.ok(await registry.blobExists("acme/mortal", digestOf(blob)));
  });

  it("can't be restored after 30 days", async () => {
    const [kept, doomed] = [testImage({ salt: "kept-30" }), testImage({ salt: "doomed-30" })];
    await trial.push("acme/late", kept, "1.0.0");
    await trial.push("acme/late", doomed, "0.9.0");
    const id = await trial.versionId("late", doomed.index.digest);
    await packages().deletePackageVersionForOrg({ ...at("late"), package_version_id: id });
    await trial.control("clock", { advanceMs: 31 * day });
    await assert.rejects(
      packages().restorePackageVersionForOrg({ ...at("late"), package_version_id: id }),
      /Package not found/,
    );
    assert.equal(await trial.as(tokens.alice).resolve("acme/late", "0.9.0"), undefined);
  });

  it("is a new version when it was deleted and is pushed again, and the deleted one stays deleted", async () => {
    const [kept, again] = [testImage({ salt: "kept-a" }), testImage({ salt: "again" })];
    await trial.push("acme/again", kept, "1");
    await trial.push("acme/again", again, "2");
    const id = await trial.versionId("again", again.index.digest);
    await packages().deletePackageVersionForOrg({ ...at("again"), package_version_id: id });
    await trial.push("acme/again", again, "3");
    assert.notEqual(await trial.versionId("again", again.index.digest), id);
    assert.deepEqual(await trial.as(tokens.alice).tags("acme/again"), ["1", "3"]);
    await assert.rejects(packages().restorePackageVersionForOrg({ ...at("again"), package_version_id: id }));
  });

  it("counts as downloaded when a manifest is read by GET, and not by HEAD", async () => {
    const [image, other] = [testImage({ salt: "loved" }), testImage({ salt: "other" })];
    await trial.push("acme/loved", image, "1");
    await trial.push("acme/loved", other, "2");
    await trial.control("packages", {
      owner: "acme",
      name: "loved",
      visibility: "public",
      downloads: { [image.index.digest]: 4999 },
    });
    const registry = trial.as(tokens.bob);
    const id = await trial.versionId("loved", image.index.digest);
    await registry.resolve("acme/loved", "1");
    await registry.resolve("acme/loved", "1");
    await registry.manifest("acme/loved", "1");
    // 5,000 by now, which is not more than that.
    await packages().deletePackageVersionForOrg({ ...at("loved"), package_version_id: id });
    await packages().restorePackageVersionForOrg({ ...at("loved"), package_version_id: id });
    await registry.manifest("acme/loved", "1");
    await assert.rejects(
      packages().deletePackageVersionForOrg({ ...at("loved"), package_version_id: id }),
      /more than 5000 downloads/,
    );
  });
});
