/**
 * The documents that an image is made of, as far as the platform reads them: OCI image specification 1.1,
 * image-index.md, manifest.md, config.md and descriptor.md. Unknown fields are left alone, as it asks.
 */
import { z } from "zod";

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layers: [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
  ] as readonly string[],
} as const;

const annotations = z.record(z.string(), z.string()).optional();
const size = z.int().min(0);

const descriptor = z.looseObject({ mediaType: z.string(), digest: z.string(), size, annotations });

const platform = z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() });

const index = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptor.extend({ platform: platform.optional() })),
  annotations,
});

const manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  annotations,
});

const config = platform.extend({
  config: z
    .looseObject({
      User: z.string().optional(),
      // Builders write null for none.
      Labels: z.record(z.string(), z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .optional(),
});

export type ImageIndex = z.infer<typeof index>;
export type IndexEntry = ImageIndex["manifests"][number];
export type ImageManifest = z.infer<typeof manifest>;
export type ImageConfig = z.infer<typeof config>;

/** A document read, or what its text lacks to be one. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export function readIndex(content: unknown): Read<ImageIndex> {
  return read(index, content);
}

export function readManifest(content: unknown): Read<ImageManifest> {
  return read(manifest, content);
}

export function readConfig(content: unknown): Read<ImageConfig> {
  return read(config, content);
}

function read<T>(schema: z.ZodType<T>, content: unknown): Read<T> {
  const result = schema.safeParse(content);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  return { ok: false, problem: `${issue?.path.join(".") || "document"}: ${issue?.message ?? "broken"}` };
}
