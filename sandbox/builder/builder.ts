/** A running BuildKit. */
export interface Builder {
  readonly kind: "buildkitd" | "docker";
  /** Endpoint for buildx's driver `remote` and for buildctl, e.g. `unix:///run/…/buildkitd.sock`. */
  readonly address: string;
  /** BUILDX_CONFIG of a process that is to find the builder by name. */
  readonly buildxConfig: string;
  /** Its name in there. Not `ghcr-platform`: that one the stack declares. */
  readonly buildxName: string;
  /** What it builds for, e.g. `linux/arm64`; nothing is run for a platform that isn't the machine's. */
  readonly platforms: readonly string[];
  /** Builds a Dockerfile and pushes what comes out. Throws with the end of BuildKit's output if that fails. */
  build(request: BuildRequest): Promise<BuiltImage>;
}

export interface BuildRequest {
  /** Folder of the build context; its `Dockerfile` is built. */
  readonly context: string;
  readonly platforms: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** References to push to. One without a tag is pushed by digest only. */
  readonly names: readonly string[];
  /**
   * Unix time that no timestamp in the image is later than, so that the same input gives the same digest
   * whenever it is built.
   */
  readonly sourceDateEpoch: number;
  /**
   * Moves the timestamps of files in the new layers, too: each is compressed twice for it. False where they are
   * known not to be later. @default true
   */
  readonly rewriteTimestamps?: boolean;
  /** gzip's, 1 (fast) to 9. @default BuildKit's own */
  readonly compressionLevel?: number;
  /** Takes nothing from earlier builds. @default false */
  readonly noCache?: boolean;
}

export interface BuiltImage {
  /** Digest of the image index. */
  readonly digest: string;
}

export const BUILDX_NAME = "ghcr-platform-sandbox";

/** The sandbox's platforms: those that there are base images for. */
export const BUILD_PLATFORMS: readonly string[] = ["linux/amd64", "linux/arm64"];

type OutputRequest = Pick<BuildRequest, "names" | "rewriteTimestamps" | "compressionLevel">;

/**
 * What to do with a result, as buildctl and buildx take it. `rewrite-timestamp` goes with SOURCE_DATE_EPOCH:
 * https://github.com/moby/buildkit/blob/v0.34.2/docs/build-repro.md
 */
export function imageOutput(request: OutputRequest): string {
  const { names, compressionLevel } = request;
  const byDigest = names.every((name) => !/:[^/]*$/.test(name));
  return [
    "type=image",
    `"name=${names.join(",")}"`,
    "push=true",
    ...(byDigest ? ["push-by-digest=true", "name-canonical=true"] : []),
    "oci-mediatypes=true",
    `rewrite-timestamp=${request.rewriteTimestamps ?? true}`,
    ...(compressionLevel === undefined ? [] : [`compression=gzip,compression-level=${compressionLevel}`]),
  ].join(",");
}

/** Build arguments with SOURCE_DATE_EPOCH, which BuildKit knows without a declaration. */
export function buildArguments({ buildArgs, sourceDateEpoch }: BuildRequest): [string, string][] {
  return Object.entries({ ...buildArgs, SOURCE_DATE_EPOCH: String(sourceDateEpoch) });
}
