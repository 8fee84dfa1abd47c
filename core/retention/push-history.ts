/** Pushes that were made or are expected, as a file: what a policy is simulated on where no package is at hand. */
import { z } from "zod";
import { parseWith } from "./faults";
import { digestOfText } from "./fingerprint";
import { inventoryFormat, timeSchema, type Blob, type Manifest } from "./inventory";
import type { Arrival, ArrivingVersion, Timeline } from "./timeline";

export const pushHistoryFormat = "ghcr-platform/push-history@1";

export interface PushHistory {
  readonly format: typeof pushHistoryFormat;
  readonly package: { readonly owner: string; readonly name: string };
  /** In any order. */
  readonly pushes: readonly HistoricPush[];
  /** One that isn't listed keeps its tags. */
  readonly pullRequests: readonly { readonly number: number; readonly closedAt: string | null }[];
}

/** One image. */
export interface HistoricPush {
  /** RFC 3339. */
  readonly at: string;
  /** All of them move here. */
  readonly tags: readonly string[];
  /** A manifest each, below an index: its layers' bytes by their names. One name is one layer, stored once. */
  readonly platforms: readonly Readonly<Record<string, number>>[];
  /** Bytes of each signature or attestation that refers to the image. */
  readonly referrers: readonly number[];
}

const bytes = z.int().min(0);

export const pushHistorySchema = z.strictObject({
  $schema: z.string().optional().meta({ description: "For editors; not looked at" }),
  format: z.literal(pushHistoryFormat),
  package: z.strictObject({ owner: z.string().min(1), name: z.string().min(1) }),
  pushes: z
    .array(
      z.strictObject({
        at: timeSchema,
        tags: z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "must be a tag")),
        platforms: z.array(z.record(z.string().min(1), bytes)).min(1),
        referrers: z.array(bytes).default([]),
      }),
    )
    .min(1),
  pullRequests: z
    .array(z.strictObject({ number: z.int().positive(), closedAt: timeSchema.nullable() }))
    .default([]),
});

/**
 * Reads a push history's JSON.
 * @param where the file, for errors
 * @throws PlatformError with every fault at once
 */
export function parsePushHistory(json: unknown, where: string): PushHistory {
  return parseWith(pushHistorySchema, json, {
    where,
    code: "invalid-push-history",
    fix: "see docs/schemas/push-history.schema.json",
  });
}

/** The times of the first and the last push, milliseconds since 1970. */
export function spanOf({ pushes }: PushHistory): { readonly first: number; readonly last: number } {
  const times = pushes.map(({ at }) => Date.parse(at)).sort((one, other) => one - other);
  return { first: times[0] as number, last: times.at(-1) as number };
}

/** An empty package that the pushes come to. Nothing was promoted, and nothing is used elsewhere. */
export function historyTimeline({ package: { owner, name }, pushes, pullRequests }: PushHistory): Timeline {
  const blobs: Blob[] = [];
  const places = new Map<string, number>();
  const blob = (layer: string, size: number): number => {
    // A layer of another size is another layer, whatever it is called.
    const key = `layer ${layer} ${size}`;
    const place = places.get(key) ?? blobs.push({ digest: digestOfText(key), size }) - 1;
    places.set(key, place);
    return place;
  };
  const sorted = [...pushes].sort(
    (one, other) => Date.parse(one.at) - Date.parse(other.at) || byText(one, other),
  );
  const arrivals = sorted.map((push, position): Arrival => ({
    at: Date.parse(push.at),
    versions: versionsOf(push, position, blob),
  }));
  return {
    start: {
      format: inventoryFormat,
      package: { owner, name, visibility: "private" },
      takenAt: (sorted[0] as HistoricPush).at,
      incomplete: [],
      versions: [],
      blobs,
      pullRequests,
      promotions: [],
      inUse: [],
    },
    arrivals,
  };
}

/** Sizes that manifests of images usually have, in bytes. */
const manifestSize = 1_000;

function versionsOf(
  { tags, platforms, referrers }: HistoricPush,
  position: number,
  blob: (layer: string, size: number) => number,
): ArrivingVersion[] {
  const manifest = (more: Partial<Manifest>): Manifest => ({
    ...{
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      size: manifestSize,
      children: [],
      blobs: [],
    },
    ...more,
  });
  const children = platforms.map((layers, each) => ({
    digest: digestOfText(`push ${position} platform ${each}`),
    tags: [],
    manifest: manifest({ blobs: Object.entries(layers).map(([name, size]) => blob(name, size)) }),
  }));
  const root = digestOfText(`push ${position}`);
  const index = manifest({
    mediaType: "application/vnd.oci.image.index.v1+json",
    children: children.map(({ digest }) => digest),
  });
  return [
    ...children,
    { digest: root, tags, manifest: index },
    ...referrers.map((size, each) => ({
      digest: digestOfText(`push ${position} referrer ${each}`),
      tags: [],
      manifest: manifest({ subject: root, blobs: [blob(`push ${position} referrer ${each}`, size)] }),
    })),
  ];
}

function byText(one: HistoricPush, other: HistoricPush): number {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}
