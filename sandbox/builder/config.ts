export interface BuildkitdConfigOptions {
  /** Folder of its state. */
  readonly root: string;
  /** Endpoint to listen on, `unix://…`. */
  readonly address: string;
  /** Path of the socket that builds send their traces to; its default is one for the whole machine. */
  readonly telemetrySocket: string;
  readonly platforms: readonly string[];
  /** Registry hosts that speak plain HTTP. */
  readonly registries: readonly string[];
}

/**
 * buildkitd.toml: https://github.com/moby/buildkit/blob/v0.34.2/docs/buildkitd.toml.md. Its cache is bounded:
 * 5 GB, less where the disk is nearly full, and copied contexts go after two days.
 */
export function buildkitdConfig(options: BuildkitdConfigOptions): string {
  // A TOML basic string is written like a JSON one (https://toml.io/en/v1.0.0#string).
  const quote = (text: string): string => JSON.stringify(text);
  const list = (texts: readonly string[]): string => `[${texts.map(quote).join(", ")}]`;
  return `root = ${quote(options.root)}

[grpc]
  address = ${list([options.address])}

[otel]
  socketPath = ${quote(options.telemetrySocket)}

[worker.containerd]
  enabled = false

[worker.oci]
  enabled = true
  # Named, not detected: images that only copy files are built for a platform without being able to run it.
  platforms = ${list(options.platforms)}
  gc = true

  [[worker.oci.gcpolicy]]
    filters = ["type==source.local", "type==exec.cachemount", "type==source.git.checkout"]
    keepDuration = "48h"
    maxUsedSpace = "512MB"

  [[worker.oci.gcpolicy]]
    all = true
    reservedSpace = "1GB"
    maxUsedSpace = "5GB"
    minFreeSpace = "5GB"
${options.registries.map((host) => `\n[registry.${quote(host)}]\n  http = true\n`).join("")}`;
}
