/** Images of a few files, for what a scanner or a registry makes of them: nothing in them runs. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf, type Descriptor, type Registry } from "../../clients/registry";
import { mediaTypes } from "../../core/images";
import type { Digest } from "../../core/names";

export interface TinyPlatform {
  /** As the index lists it. */
  readonly architecture: string;
  /** As its configuration says. @default the same */
  readonly claims?: string;
  /** Content by path from the top. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a Debian 12 image with these packages shows a scanner: version by package, its source package before a `/`. */
export function debianFiles(
  architecture: string,
  packages: Readonly<Record<string, string>>,
): Record<string, string> {
  const records = Object.entries(packages).map(([name, version]) => {
    const [source = "", binary = source] = name.split("/");
    const record = `Package: ${binary}\nStatus: install ok installed\nSource: ${source}\nVersion: ${version}\nArchitecture: ${architecture}\n`;
    return [`var/lib/dpkg/status.d/${binary}`, record] as const;
  });
  const release = { "etc/os-release": 'ID=debian\nVERSION_ID="12"\n', "etc/debian_version": "12.12\n" };
  return { ...release, ...Object.fromEntries(records) };
}

/**
 * Pushes an index of the platforms without a tag and gives its digest.
 * @param annotations of the index. @default none
 */
export async function pushTinyImage(
  registry: Registry,
  repository: string,
  platforms: readonly TinyPlatform[],
  annotations?: Readonly<Record<string, string>>,
): Promise<Digest> {
  const upload = async (bytes: Uint8Array, mediaType: string): Promise<Descriptor> => ({
    mediaType,
    digest: await registry.putBlob(repository, bytes),
    size: bytes.byteLength,
  });
  const manifests = await Promise.all(
    platforms.map(async ({ architecture, claims = architecture, files }) => {
      const layer = tar(files);
      const config = json({
        ...{ architecture: claims, os: "linux", config: { User: "65532" } },
        rootfs: { type: "layers", diff_ids: [`sha256:${createHash("sha256").update(layer).digest("hex")}`] },
        history: [{ created_by: `for ${architecture}` }],
      });
      const bytes = json({
        ...{ schemaVersion: 2, mediaType: mediaTypes.manifest },
        config: await upload(config, mediaTypes.config),
        layers: [await upload(gzipSync(layer), "application/vnd.oci.image.layer.v1.tar+gzip")],
      });
      await registry.putManifest(repository, digestOf(bytes), bytes, mediaTypes.manifest);
      const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.byteLength };
      return { ...descriptor, platform: { os: "linux", architecture } };
    }),
  );
  const index = json({
    ...{ schemaVersion: 2, mediaType: mediaTypes.index, manifests },
    ...(annotations === undefined ? {} : { annotations }),
  });
  return registry.putManifest(repository, digestOf(index), index, mediaTypes.index);
}

function json(content: unknown): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function tar(files: Readonly<Record<string, string>>): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "tiny-image-"));
  try {
    const archive = join(folder, "archive.tar");
    const content = join(folder, "content");
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(content, path)), { recursive: true });
      writeFileSync(join(content, path), text);
    }
    execFileSync("tar", ["--create", "--file", archive, "--directory", content, "--mtime=@0", "."]);
    return readFileSync(archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
