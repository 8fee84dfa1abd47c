/** Small images for tests, as builders push them: configurations, manifests and an index. */
import { createHash } from "node:crypto";

export const types = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

export interface TestImageOptions {
  /** Default linux/amd64 and linux/arm64. */
  readonly platforms?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** Annotations of the index. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Makes the image another one. */
  readonly salt?: string;
}

export interface TestDocument {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface TestImage {
  readonly index: TestDocument;
  readonly manifests: readonly TestDocument[];
  readonly blobs: readonly Buffer[];
}

export function testImage(options: TestImageOptions = {}): TestImage {
  const {
    platforms = ["linux/amd64", "linux/arm64"],
    labels = {},
    user = "65532:65532",
    annotations,
  } = options;
  const layer = Buffer.from(`layer ${options.salt ?? ""}`);
  const parts = platforms.map((platform) => {
    const [os, architecture, variant] = platform.split("/");
    const config = document(types.config, {
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config: { User: user, Labels: labels },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    });
    const manifest = document(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: descriptor(config),
      layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
    });
    return {
      config,
      manifest,
      platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
    };
  });
  const index = document(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: parts.map(({ manifest, platform }) => ({ ...descriptor(manifest), platform })),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return {
    index,
    manifests: parts.map(({ manifest }) => manifest),
    blobs: [layer, ...parts.map(({ config }) => config.bytes)],
  };
}

export function document(mediaType: string, content: unknown): TestDocument {
  const bytes = Buffer.from(JSON.stringify(content));
  return { digest: digestOf(bytes), mediaType, bytes };
}

function descriptor({ mediaType, digest, bytes }: TestDocument) {
  return { mediaType, digest, size: bytes.length };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
