/** What environments run and ran, read from the registry: their tags, and the records attached to the images. */
import { isDigest, parseTag, type Digest, type Tag } from "../core/names";
import { historyOf, readRecord, type EnvironmentHistory, type KeptRecord } from "../core/promotion";
import { recordTagPrefix } from "../core/tags";
import type { ManifestSource } from "./inventory";
import type { Registry } from "./registry";

export interface RecordReader {
  readonly registry: Registry;
  readonly repository: string;
  /** Records by digest: each is asked for once in all. */
  readonly manifests: Pick<ManifestSource, "read">;
  /** Told of records that aren't understood. */
  readonly notice: (sentence: string) => void;
}

/** How many moves of an environment are read at most; older ones matter to nobody who promotes. */
const depth = 100;

/**
 * The tag of an environment's last record, written before its own tag moves: who promotes at the same time sees by
 * it that they are not alone.
 */
export function recordTag(environment: string): Tag {
  return parseTag("environment", recordTagPrefix + environment);
}

/**
 * Requests for an environment: two look at its tags, one reads the list of what refers to the image that it runs,
 * and one each for records that the cache doesn't know.
 */
export async function readHistory(reader: RecordReader, environment: Tag): Promise<EnvironmentHistory> {
  const { registry, repository, notice } = reader;
  const current = (await registry.resolve(repository, environment))?.digest ?? null;
  const last = (await registry.resolve(repository, recordTag(environment)))?.digest;
  const attached = current === null ? [] : await registry.referrers(repository, current);
  const promotions = attached.filter(({ artifactType }) => artifactType?.includes(".promotion.") ?? false);
  const next: Digest[] = [...promotions.map(({ digest }) => digest), ...(last === undefined ? [] : [last])];
  const seen = new Set<Digest>();
  const records: KeptRecord[] = [];
  for (let id = next.shift(); id !== undefined && records.length < depth; id = next.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const manifest = await reader.manifests.read(id);
    // Gone with its image: the history ends there.
    if ("unreadable" in manifest) continue;
    const read = readRecord(JSON.parse(Buffer.from(manifest.bytes).toString("utf8")));
    if (read.kind === "unknown") notice(`promotion record ${id} is not understood: ${read.problem}`);
    if (read.kind !== "record" || read.record.environment !== environment) continue;
    records.push({ id, record: read.record });
    const { previous } = read.record;
    if (previous !== null && isDigest(previous)) next.push(previous);
  }
  return historyOf(environment, current, records);
}
