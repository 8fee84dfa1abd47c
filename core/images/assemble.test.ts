import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import { parseDigest } from "../names";
import { assembleIndex, type IndexPart } from "./assemble";
import { mediaTypes } from "./documents";

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);

describe("an assembled index", () => {
  it("has the same bytes whatever the order of its parts and annotations", () => {
    const names = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    const shuffled = fc.uniqueArray(hex, { minLength: 3, maxLength: 3 }).chain((digests) => {
      const parts = names.map((name, position) => part(digests[position] ?? "", name));
      return fc.tuple(fc.constant(parts), fc.shuffledSubarray(parts, { minLength: 3 }));
    });
    fc.assert(
      fc.property(shuffled, fc.dictionary(fc.string(), fc.string()), ([parts, mixed], annotations) => {
        const reversed = Object.fromEntries(Object.entries(annotations).reverse());
        assert.deepEqual(assembleIndex(mixed, reversed).bytes, assembleIndex(parts, annotations).bytes);
      }),
    );
  });

  it("lists each part by digest, size and the platform of its configuration", () => {
    const amd64 = "a".repeat(64);
    const index = assembleIndex([part(amd64, "linux/amd64"), part("b".repeat(64), "linux/arm/v7")], {
      key: "value",
    });
    assert.equal(
      Buffer.from(index.bytes).toString("utf8"),
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [
          entry(amd64, { architecture: "amd64", os: "linux" }),
          entry("b".repeat(64), { architecture: "arm", os: "linux", variant: "v7" }),
        ],
        annotations: { key: "value" },
      }),
    );
    assert.deepEqual(index.platforms, {
      "linux/amd64": `sha256:${amd64}`,
      "linux/arm/v7": `sha256:${"b".repeat(64)}`,
    });
  });

  it("takes the entries of one-platform indexes over, attestations last", () => {
    const attestation = {
      ...entry("0".repeat(64), { architecture: "unknown", os: "unknown" }),
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
    const nested = indexPart("c".repeat(64), [
      attestation,
      entry("a".repeat(64), { os: "linux", architecture: "amd64" }),
    ]);
    const { bytes, platforms } = assembleIndex([nested, part("b".repeat(64), "linux/arm64")], {});
    const { manifests } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      manifests: { digest: string }[];
    };
    assert.deepEqual(
      manifests.map(({ digest }) => digest[7]),
      ["a", "b", "0"],
    );
    assert.deepEqual(Object.keys(platforms), ["linux/amd64", "linux/arm64"]);
  });

  it("is refused with every fault: a platform twice, no image, no platform", () => {
    const twice = [part("a".repeat(64), "linux/amd64"), part("b".repeat(64), "linux/amd64")];
    const docker = part("c".repeat(64), "linux/arm64");
    const other = { ...docker, manifest: { ...docker.manifest, mediaType: "application/vnd.docker.other" } };
    assert.deepEqual(codes([...twice, other]), ["not-an-image", "platform-twice"]);
    assert.deepEqual(codes([]), ["no-platform"]);
    assert.deepEqual(codes([{ ...docker, config: {} }]), ["not-an-image", "no-platform"]);
  });
});

function codes(parts: readonly IndexPart[]): string[] {
  try {
    assembleIndex(parts, {});
  } catch (error) {
    if (error instanceof PlatformError) return error.faults.map(({ code }) => code);
    throw error;
  }
  return [];
}

function part(of: string, platform: string): IndexPart {
  const [os, architecture, variant] = platform.split("/");
  const digest = parseDigest("test", `sha256:${of}`);
  const manifest = { digest, mediaType: mediaTypes.manifest, size: 100, content: {} };
  return { manifest, config: { os, architecture, ...(variant === undefined ? {} : { variant }) } };
}

function indexPart(of: string, manifests: readonly unknown[]): IndexPart {
  const digest = parseDigest("test", `sha256:${of}`);
  const content = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  return { manifest: { digest, mediaType: mediaTypes.index, size: 100, content }, config: undefined };
}

function entry(of: string, platform: { architecture: string; os: string; variant?: string }) {
  return { mediaType: mediaTypes.manifest, digest: `sha256:${of}`, size: 100, platform };
}
