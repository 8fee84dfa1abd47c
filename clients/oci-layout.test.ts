import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imagePlatforms, mediaTypes } from "../core/images";
import { unpackImage } from "./image-root";
import { layoutOf, layoutParts, readLayoutImage } from "./oci-layout";
import { digestOf } from "./registry";

describe("an OCI layout", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "oci-layout-"));
    mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function blob(content: unknown, mediaType: string) {
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = digestOf(bytes);
    writeFileSync(join(folder, "blobs", ...digest.split(":")), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }
  const manifest = (architecture: string) =>
    blob(
      { schemaVersion: 2, config: blob({ os: "linux", architecture }, mediaTypes.config), layers: [] },
      mediaTypes.manifest,
    );
  const list = (...manifests: readonly object[]) =>
    writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));

  it("is read as an index of platforms, and as a manifest alone", () => {
    const platforms = () =>
      imagePlatforms("layout", readLayoutImage(folder)).platforms.map((each) => each.platform);
    const both = ["arm64", "amd64"].map((architecture) => ({
      ...manifest(architecture),
      platform: { os: "linux", architecture },
    }));
    list(blob({ schemaVersion: 2, manifests: both }, mediaTypes.index));
    assert.deepEqual(platforms(), ["linux/amd64", "linux/arm64"]);
    list(manifest("arm64"));
    assert.deepEqual(platforms(), ["linux/arm64"]);
  });

  it("gives one of its manifests a layout of its own", () => {
    const { digest, mediaType, size } = manifest("arm64");
    const into = layoutOf(folder, { digest, mediaType, size, content: {} }, join(folder, "one"));
    assert.equal(readLayoutImage(into).index.digest, digest);
    assert.ok(readFileSync(join(into, "oci-layout"), "utf8").includes("1.0.0"));
  });

  it("is unpacked as the root of a container, as an index and as a manifest, for its own platform only", async () => {
    mkdirSync(join(folder, "made"));
    writeFileSync(join(folder, "made", "app"), "arm64's");
    execFileSync("tar", ["-cf", join(folder, "layer"), "-C", join(folder, "made"), "app"]);
    const bytes = readFileSync(join(folder, "layer"));
    const digest = digestOf(bytes);
    writeFileSync(join(folder, "blobs", ...digest.split(":")), bytes);
    const layers = [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: bytes.byteLength }];
    const config = blob({ os: "linux", architecture: "arm64" }, mediaTypes.config);
    const arm64 = blob({ schemaVersion: 2, config, layers }, mediaTypes.manifest);
    const entry = { ...arm64, platform: { os: "linux", architecture: "arm64" } };
    for (const top of [arm64, blob({ schemaVersion: 2, manifests: [entry] }, mediaTypes.index)]) {
      list(top);
      const { digest: image, parts } = layoutParts(folder);
      const root = join(folder, "rootfs");
      assert.equal((await unpackImage(parts, image, "linux/arm64", root)).digest, arm64.digest);
      assert.equal(readFileSync(join(root, "app"), "utf8"), "arm64's");
      rmSync(root, { recursive: true });
      await assert.rejects(
        unpackImage(parts, image, "linux/amd64", root),
        /no manifest for|is for linux\/arm64/,
      );
    }
  });

  it("is refused where it isn't one, holds no image or several, or other bytes than it says", () => {
    const refused = (what: RegExp) => assert.throws(() => readLayoutImage(folder), what);
    refused(/there is no OCI layout/);
    list();
    refused(/must list one image, and lists 0/);
    list(manifest("arm64"), manifest("amd64"));
    refused(/lists 2/);
    const entry = manifest("arm64");
    list(entry);
    writeFileSync(join(folder, "blobs", ...entry.digest.split(":")), "{}");
    refused(/holds something else/);
    rmSync(join(folder, "blobs", ...entry.digest.split(":")));
    refused(/is not in it/);
  });
});
