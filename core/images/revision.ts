/** What an image says about the source it was built from. */
import { readConfig } from "./documents";

export interface ImageSource {
  /** `org.opencontainers.image.revision`, usually 40 hexadecimal digits. */
  readonly revision: string | undefined;
  /** `org.opencontainers.image.version`. */
  readonly version: string | undefined;
  /** `org.opencontainers.image.created`, the commit's time. */
  readonly created: string | undefined;
}

const prefix = "org.opencontainers.image.";

/**
 * Reads an index's or manifest's annotations, and the labels of a configuration for what they don't say. Where
 * the two disagree nothing is known: whoever asks must not act on one of two answers.
 * @param configs JSON of the configurations below it, in the index's order
 */
export function imageSource(manifest: unknown, configs: readonly unknown[]): ImageSource {
  const sources = [annotationsOf(manifest), ...configs.map(labelsOf)];
  const [revision, version, created] = ["revision", "version", "created"].map((key) => agreed(sources, key));
  return { revision, version, created };
}

function agreed(sources: readonly Readonly<Record<string, string>>[], key: string): string | undefined {
  const values = new Set(sources.flatMap((source) => source[prefix + key] ?? []));
  return values.size === 1 ? [...values][0] : undefined;
}

function labelsOf(config: unknown): Readonly<Record<string, string>> {
  const read = readConfig(config);
  return (read.ok ? read.value.config?.Labels : undefined) ?? {};
}

function annotationsOf(manifest: unknown): Readonly<Record<string, string>> {
  const annotations = (manifest as { annotations?: unknown } | null)?.annotations;
  if (typeof annotations !== "object" || annotations === null) return {};
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
