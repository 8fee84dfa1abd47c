import assert from "node:assert/strict";
import { imagePlatforms, mediaTypes, type ServedImage, type ServedManifest } from ".";
import type { Digest } from "../names";

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;

function manifest(of: Digest, config: Digest): ServedManifest {
  const descriptor = { mediaType: mediaTypes.config, digest: config, size: 2 };
  const content = { schemaVersion: 2, config: descriptor, layers: [] };
  return { digest: of, mediaType: mediaTypes.manifest, size: 2, content };
}

function image(entries: readonly object[], manifests: readonly ServedManifest[], configs = {}): ServedImage {
  const content = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries };
  return {
    index: { digest: digest("1"), mediaType: mediaTypes.index, size: 2, content },
    manifests: new Map(manifests.map((each) => [each.digest, each])),
    configs: new Map(Object.entries(configs)),
  };
}

const entry = (of: Digest, more: object = {}) => ({
  mediaType: mediaTypes.manifest,
  digest: of,
  size: 2,
  ...more,
});
const platform = (architecture: string) => ({ platform: { os: "linux", architecture } });
const arm = manifest(digest("a"), digest("c"));
const amd = manifest(digest("b"), digest("d"));

describe("the platforms of an image", () => {
  it("are those that its index lists, by name, with the digests of manifest and configuration", () => {
    const listed = image(
      [entry(arm.digest, platform("arm64")), entry(amd.digest, platform("amd64"))],
      [arm, amd],
    );
    assert.deepEqual(imagePlatforms("image", listed), {
      platforms: [
        { platform: "linux/amd64", digest: digest("b"), config: digest("d") },
        { platform: "linux/arm64", digest: digest("a"), config: digest("c") },
      ],
      faults: [],
    });
  });

  it("are without BuildKit's attestations, and with whatever else the index names no platform for", () => {
    const attestation = entry(digest("e"), {
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    });
    const configs = { [digest("d")]: { os: "linux", architecture: "amd64" } };
    const hidden = entry(amd.digest, { platform: { os: "unknown", architecture: "unknown" } });
    for (const entries of [
      [attestation, entry(amd.digest)],
      [attestation, hidden],
    ]) {
      const { platforms, faults } = imagePlatforms("image", image(entries, [amd], configs));
      assert.deepEqual([platforms.map((each) => each.platform), faults], [["linux/amd64"], []]);
    }
  });

  it("are the one of a manifest that stands alone", () => {
    const alone: ServedImage = {
      index: amd,
      manifests: new Map(),
      configs: new Map([[digest("d"), { os: "linux", architecture: "amd64" }]]),
    };
    assert.deepEqual(imagePlatforms("image", alone).platforms, [
      { platform: "linux/amd64", digest: digest("b"), config: digest("d") },
    ]);
  });

  it("are at fault where there is none, or one can't be told or isn't there", () => {
    const problems = (served: ServedImage) =>
      imagePlatforms("image", served).faults.map(({ problem }) => problem);
    assert.deepEqual(problems(image([], [])), ["the index lists no platform"]);
    assert.match(problems(image([entry(digest("f"), platform("amd64"))], []))[0] ?? "", /is not there/);
    assert.match(problems(image([entry(amd.digest)], [amd]))[0] ?? "", /nothing says which platform/);
    const broken = { ...amd, content: {} };
    assert.match(
      problems(image([entry(amd.digest, platform("amd64"))], [broken]))[0] ?? "",
      /no image manifest/,
    );
  });
});
