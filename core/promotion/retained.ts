/** What the records of a package ask retention to keep. */
import type { Digest } from "../names";
import { readRecord } from "./record";

/** In the shape of an inventory's `promotions` and `inUse`. */
export interface RetainedByRecords {
  readonly promotions: readonly {
    readonly environment: string;
    readonly from: Digest | null;
    readonly to: Digest;
    readonly at: string;
  }[];
  /** Images of records that aren't understood. */
  readonly inUse: readonly { readonly digest: Digest; readonly by: string }[];
  /** What is to be told of records that aren't understood. */
  readonly notices: readonly string[];
}

/** @param manifests JSON of every manifest of a package that may be a record, with its digest */
export function retainedByRecords(
  manifests: Iterable<{ readonly digest: string; readonly content: unknown }>,
): RetainedByRecords {
  const promotions: RetainedByRecords["promotions"][number][] = [];
  const inUse: RetainedByRecords["inUse"][number][] = [];
  const notices: string[] = [];
  for (const { digest, content } of manifests) {
    const read = readRecord(content);
    if (read.kind === "record") {
      const { environment, from, to, at } = read.record;
      promotions.push({ environment, from, to, at });
    } else if (read.kind === "unknown") {
      notices.push(`promotion record ${digest} is not understood, and its image is kept: ${read.problem}`);
      // The record's own manifest stays with its image.
      if (read.subject !== undefined) inUse.push({ digest: read.subject, by: `promotion record ${digest}` });
    }
  }
  return { promotions, inUse, notices };
}
