import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDigest, parsePlatform, platformParts, type Platform } from "../names";
import { checkImage, type ImageExpectation, type ServedImage, type ServedManifest } from "./checks";
import { mediaTypes } from "./documents";

/** A whole image as a registry would serve it; `change` may spoil a document before it is served. */
interface Plan {
  readonly platforms: readonly Platform[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
}

type Change = (
  document: Record<string, unknown>,
  of: "index" | "manifest" | "config",
  platform: string,
) => unknown;

const platforms = fc.uniqueArray(
  fc
    .constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x", "windows/amd64")
    .map((text) => parsePlatform("test", text)),
  { minLength: 1 },
);
const labels = fc.dictionary(fc.stringMatching(/^[a-z][a-z.]{0,8}$/), fc.string(), { noNullPrototype: true });
const user = fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.constantFrom("", ":0", ":65532", ":staff"));
const plans: fc.Arbitrary<Plan> = fc.record({
  platforms,
  labels,
  user: user.map(([id, group]) => `${id}${group}`),
});

describe("image checks", () => {
  it("pass an image that is what it is declared to be, whatever the order of its platforms", () => {
    fc.assert(
      fc.property(plans, fc.boolean(), (plan, attested) => {
        const expected = { ...expectationOf(plan), platforms: plan.platforms.toReversed() };
        const result = checkImage(serve(plan, undefined, attested), expected);
        assert.deepEqual(result.faults, []);
        assert.deepEqual(
          result.platforms.map(({ platform }) => platform),
          [...plan.platforms].sort(),
        );
      }),
    );
  });

  it("find each single fault, and nothing else", () => {
    fc.assert(
      fc.property(plans, fc.constantFrom(...faults), (plan, { code, expect = same, change }) => {
        const { faults } = checkImage(serve(plan, change), expect(expectationOf(plan)));
        assert.ok(faults.length > 0, `no fault for ${code}`);
        assert.deepEqual([...new Set(faults.map((fault) => fault.code))], [code]);
      }),
    );
  });

  it("report every fault of every platform at once", () => {
    const plan: Plan = { platforms: known("linux/amd64", "linux/arm64"), labels: { a: "1" }, user: "root" };
    const expected = {
      platforms: known("linux/amd64", "linux/s390x"),
      labels: { a: "2", b: "3" },
      nonRoot: true,
    };
    const { faults } = checkImage(serve(plan), expected);
    assert.deepEqual(
      faults.map(({ code, where }) => `${where}: ${code}`),
      [
        "image index: platform-extra",
        "image index: platform-missing",
        ...["linux/amd64", "linux/arm64"].flatMap((platform) => [
          `${platform}: label-differs`,
          `${platform}: label-missing`,
          `${platform}: root-user`,
        ]),
      ],
    );
  });

  it("take a user only if it is a number other than 0, and only where that is asked", () => {
    for (const [name, passes] of Object.entries(users)) {
      const plan: Plan = { platforms: known("linux/amd64"), labels: {}, user: name };
      const expected = expectationOf(plan);
      assert.equal(
        checkImage(serve(plan), expected).faults.length === 0,
        passes,
        `user ${JSON.stringify(name)}`,
      );
      assert.deepEqual(checkImage(serve(plan), { ...expected, nonRoot: false }).faults, []);
    }
  });

  it("take a platform's spelling for the platform: linux/arm64/v8 is linux/arm64", () => {
    const plan: Plan = { platforms: known("linux/arm64"), labels: {}, user: "1" };
    const change: Change = (document, of) => {
      if (of === "config") document["variant"] = "v8";
      return document;
    };
    assert.deepEqual(checkImage(serve(plan, change), expectationOf(plan)).faults, []);
  });

  it("say what is missing where the registry lacks a manifest or a configuration", () => {
    const plan: Plan = { platforms: known("linux/amd64"), labels: {}, user: "1" };
    const image = serve(plan);
    const codes = (changed: Partial<ServedImage>) =>
      checkImage({ ...image, ...changed }, expectationOf(plan)).faults.map(({ code }) => code);
    assert.deepEqual(codes({ manifests: new Map() }), ["manifest-missing"]);
    assert.deepEqual(codes({ configs: new Map() }), ["config-missing"]);
  });

  it("never let through, and never throw at, documents that are anything else", () => {
    fc.assert(
      fc.property(
        plans,
        fc.jsonValue(),
        fc.constantFrom("index", "manifest", "config"),
        (plan, junk, target) => {
          const change: Change = (document, of) => (of === target ? junk : document);
          assert.ok(checkImage(serve(plan, change), expectationOf(plan)).faults.length > 0);
        },
      ),
    );
  });
});

const users: Readonly<Record<string, boolean>> = {
  "65532": true,
  "65532:65532": true,
  "1:0": true,
  "": false,
  "0": false,
  "0:1000": false,
  "00": false,
  root: false,
  nobody: false,
  "1e3": false,
  ":1000": false,
  "-1": false,
};

const same = (expected: ImageExpectation) => expected;

/** A spoilt document, or another expectation, with the one code that it must lead to. */
const faults: readonly {
  readonly code: string;
  readonly change?: Change;
  readonly expect?: (expected: ImageExpectation) => ImageExpectation;
}[] = [
  { code: "platform-missing", expect: (e) => ({ ...e, platforms: [...e.platforms, ...known("plan9/386")] }) },
  { code: "platform-extra", expect: (e) => ({ ...e, platforms: e.platforms.slice(1) }) },
  { code: "label-missing", expect: (e) => ({ ...e, labels: { ...e.labels, "Not.There": "x" } }) },
  { code: "root-user", change: onConfig((config) => (config["User"] = "0")) },
  { code: "root-user", change: onConfig((config) => delete config["User"]) },
  { code: "platform-twice", change: onEntries((entries) => entries.push({ ...entries[0] })) },
  { code: "wrong-descriptor", change: onEntries((entries) => ((entries[0] ?? {})["size"] = 1)) },
  {
    code: "wrong-descriptor",
    change: onEntries((entries) => ((entries[0] ?? {})["mediaType"] = "text/plain")),
  },
  {
    code: "wrong-platform",
    change: (document, of) => (of === "config" ? { ...document, architecture: "riscv64" } : document),
  },
  {
    code: "wrong-media-type",
    change: on("index", "mediaType", "application/vnd.docker.distribution.manifest.list.v2+json"),
  },
  { code: "wrong-media-type", change: on("manifest", "mediaType", mediaTypes.index) },
  {
    code: "wrong-media-type",
    change: on("manifest", "layers", [layer("application/vnd.docker.image.rootfs.diff.tar.gzip")]),
  },
  { code: "broken-manifest", change: on("manifest", "layers", "none") },
  { code: "broken-config", change: on("config", "os", 7) },
  { code: "broken-index", change: on("index", "schemaVersion", 1) },
];

function on(target: string, field: string, value: unknown): Change {
  return (document, of) => (of === target ? { ...document, [field]: value } : document);
}

function onConfig(spoil: (config: Record<string, unknown>) => unknown): Change {
  return (document, of) => {
    if (of === "config") spoil(document["config"] as Record<string, unknown>);
    return document;
  };
}

function onEntries(spoil: (entries: Record<string, unknown>[]) => unknown): Change {
  return (document, of) => {
    if (of === "index") spoil(document["manifests"] as Record<string, unknown>[]);
    return document;
  };
}

function expectationOf({ platforms, labels }: Plan): ImageExpectation {
  return { platforms, labels, nonRoot: true };
}

function known(...names: string[]): Platform[] {
  return names.map((name) => parsePlatform("test", name));
}

function layer(mediaType: string) {
  return { mediaType, digest: digest("layer"), size: 7 };
}

/** Digests are by name here: the checks compare them and compute none. */
function digest(name: string) {
  const hex = Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
  return parseDigest("test", `sha256:${hex}`);
}

function serve(plan: Plan, change: Change = (document) => document, attested = false): ServedImage {
  const manifests = new Map<string, ServedManifest>();
  const configs = new Map<string, unknown>();
  const entries = plan.platforms.map((platform) => {
    const { os, architecture, variant } = platformParts(platform);
    const own = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    const config = { ...own, config: { User: plan.user, Labels: { ...plan.labels } } };
    const content = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: digest(`c ${platform}`), size: 9 },
      layers: [layer(mediaTypes.layers[1] ?? "")],
    };
    configs.set(content.config.digest, change(config, "config", platform));
    const of = digest(`m ${platform}`);
    const served = change(content, "manifest", platform);
    manifests.set(of, { digest: of, mediaType: mediaTypes.manifest, size: 100, content: served });
    return { mediaType: mediaTypes.manifest, digest: of, size: 100, platform: own };
  });
  const attestation = {
    mediaType: mediaTypes.manifest,
    digest: digest("attestation"),
    size: 50,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  };
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...entries, ...(attested ? [attestation] : [])] as Record<string, unknown>[],
  };
  const content = change(index, "index", "");
  return {
    index: { digest: digest("index"), mediaType: mediaTypes.index, size: 200, content },
    manifests,
    configs,
  };
}
