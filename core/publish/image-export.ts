/** How BuildKit hands a result to a registry: the one line that buildctl, buildx and docker-build all take. */

export interface ImageExport {
  /** References to push to. Where none has a tag, the image is pushed by digest only. */
  readonly names: readonly string[];
  /** Annotations of the index and of its manifests. */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Lowers the times of files in the new layers to SOURCE_DATE_EPOCH, too: each is compressed twice for it.
   * False where they are known not to be later. @default true
   */
  readonly rewriteTimestamps?: boolean;
  /** gzip's, 1 (fast) to 9. @default BuildKit's own */
  readonly compressionLevel?: number;
}

/**
 * BuildKit's image exporter, as comma-separated values (RFC 4180). `rewrite-timestamp` goes with
 * SOURCE_DATE_EPOCH: https://github.com/moby/buildkit/blob/v0.34.2/docs/build-repro.md
 */
export function imageExporter(request: ImageExport): string {
  const { names, annotations = {}, compressionLevel } = request;
  const byDigest = names.every((name) => !/:[^/]*$/.test(name));
  return [
    "type=image",
    `name=${names.join(",")}`,
    "push=true",
    ...(byDigest ? ["push-by-digest=true", "name-canonical=true"] : []),
    "oci-mediatypes=true",
    `rewrite-timestamp=${request.rewriteTimestamps ?? true}`,
    ...(compressionLevel === undefined ? [] : ["compression=gzip", `compression-level=${compressionLevel}`]),
    ...Object.entries(annotations).flatMap(([key, value]) => [
      `annotation-index.${key}=${value}`,
      `annotation.${key}=${value}`,
    ]),
  ]
    .map(quoted)
    .join(",");
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
