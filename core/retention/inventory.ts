/**
 * What is known of one package at one moment: all that a plan is made from. Gathered over the network elsewhere,
 * kept as a file, so that a plan can be made, explained and tested offline.
 *
 * Knowledge that could not be had is written down as such (`null`, `incomplete`, `unreadable`), never left out:
 * the planner keeps whatever might depend on it.
 */
import { z } from "zod";
import type { Digest } from "../images";
import type { Fault } from "../errors";
import { faultsIn, throwFaults, type ParseContext } from "./faults";

export const inventoryFormat = "ghcr-platform/retention-inventory@1";

export interface Inventory {
  readonly format: typeof inventoryFormat;
  readonly package: PackageFacts;
  /** When the listing ended, RFC 3339. For people; the planner's clock is its own argument. */
  readonly takenAt: string;
  /** Why the list may lack something (a page race, a count that differs). Empty: it is complete. */
  readonly incomplete: readonly string[];
  /** In any order. A row that was listed twice is the same as once. */
  readonly versions: readonly Version[];
  /** Layers and configurations, once each; versions name them by position. */
  readonly blobs: readonly Blob[];
  /** Every pull request that is known. One that isn't listed keeps its tags, `null` keeps all of them. */
  readonly pullRequests: readonly PullRequest[] | null;
  /** Every recorded promotion. `null`, unknown: any image may be one to go back to, so nothing is deleted. */
  readonly promotions: readonly Promotion[] | null;
  /** Digests that run somewhere or that others refer to. `null`, unknown: nothing is deleted. */
  readonly inUse: readonly DigestInUse[] | null;
}

export interface PackageFacts {
  readonly owner: string;
  readonly name: string;
  /** `null`: unknown, which is treated like public where GitHub refuses to delete public versions. */
  readonly visibility: "public" | "private" | "internal" | null;
}

/** One package version, which is one manifest: GitHub's row joined with what the registry holds. */
export interface Version {
  /** GitHub's id of the version. */
  readonly id: number;
  /** GitHub calls it the version's `name`. */
  readonly digest: Digest;
  /** RFC 3339. */
  readonly createdAt: string;
  /** RFC 3339. GitHub moves it when tags change. */
  readonly updatedAt: string;
  readonly tags: readonly string[];
  readonly manifest: Manifest | UnreadableManifest;
  /** Downloads in all, where known. GitHub's API doesn't give it. */
  readonly downloads?: number;
}

/** What the planner needs of a manifest that was read. */
export interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Media type of the configuration: how a build cache is told from an image. */
  readonly configType?: string;
  /** Bytes of the manifest itself. */
  readonly size: number;
  readonly subject?: Digest;
  /** Manifests that an index lists. Entries that are no manifests (BuildKit's cache index) count as blobs. */
  readonly children: readonly Digest[];
  /** Positions in the inventory's `blobs`. */
  readonly blobs: readonly number[];
}

/** A manifest that could not be read, or not understood. */
export interface UnreadableManifest {
  readonly unreadable: string;
}

export interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface PullRequest {
  readonly number: number;
  /** RFC 3339; `null`: open. */
  readonly closedAt: string | null;
}

/** A move of an environment from one digest to another. */
export interface Promotion {
  readonly environment: string;
  /** What the environment ran before; `null`: nothing. */
  readonly from: Digest | null;
  readonly to: Digest;
  /** RFC 3339. */
  readonly at: string;
}

export interface DigestInUse {
  readonly digest: Digest;
  /** Who uses it, for people: a cluster, a deployment, another package. */
  readonly by: string;
}

/** `<algorithm>:<encoded>`, image specification 1.1, "Digests". The cast: the pattern is what the type says. */
export const digestSchema = z
  .string()
  .regex(/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/, "must be a digest, <algorithm>:<hex>")
  .meta({ description: "A manifest's or blob's digest" }) as unknown as z.ZodType<Digest>;

export const timeSchema = z.iso.datetime({ offset: true });
const count = z.int().min(0);

const manifestSchema = z.strictObject({
  mediaType: z.string(),
  artifactType: z.string().optional(),
  configType: z.string().optional(),
  size: count,
  subject: digestSchema.optional(),
  children: z.array(digestSchema),
  blobs: z.array(count),
});

const versionSchema = z.strictObject({
  id: z.int().positive(),
  digest: digestSchema,
  createdAt: timeSchema,
  updatedAt: timeSchema,
  tags: z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "must be a tag")),
  manifest: z.union([manifestSchema, z.strictObject({ unreadable: z.string() })]),
  downloads: count.optional(),
});

const blobSchema = z.strictObject({ digest: digestSchema, size: count });

const known = {
  format: z.literal(inventoryFormat),
  package: z.strictObject({
    owner: z.string().min(1),
    name: z.string().min(1),
    visibility: z.enum(["public", "private", "internal"]).nullable(),
  }),
  takenAt: timeSchema,
  incomplete: z.array(z.string()),
  pullRequests: z
    .array(z.strictObject({ number: z.int().positive(), closedAt: timeSchema.nullable() }))
    .nullable(),
  promotions: z
    .array(
      z.strictObject({
        environment: z.string().min(1),
        from: digestSchema.nullable(),
        to: digestSchema,
        at: timeSchema,
      }),
    )
    .nullable(),
  inUse: z.array(z.strictObject({ digest: digestSchema, by: z.string() })).nullable(),
};

/** The format as it is published. */
export const inventorySchema = z.strictObject({
  ...known,
  versions: z.array(versionSchema),
  blobs: z.array(blobSchema),
});

/** The same without its rows, which are checked one by one: a checked copy of all would double the memory. */
const headSchema = z.strictObject({ ...known, versions: z.array(z.unknown()), blobs: z.array(z.unknown()) });

/**
 * Reads an inventory file's JSON.
 * @param where the file, for errors
 * @returns the same object, which is an inventory as it is
 * @throws PlatformError with every fault at once
 */
export function parseInventory(json: unknown, where: string): Inventory {
  const context = {
    where,
    code: "invalid-inventory",
    fix: "make it again: ghcr retention inventory --out <file>",
  };
  const faults = faultsIn(headSchema, json, context);
  const [versions, blobs] = [rowsOf(json, "versions"), rowsOf(json, "blobs")];
  versions.forEach((row, position) => {
    const own = faultsIn(versionSchema, row, context, ["versions", position]);
    faults.push(...own);
    // The cast: the row has just passed.
    if (own.length === 0) faults.push(...blobsBeyond(row as Version, position, blobs.length, context));
  });
  // A blob that is listed twice would be counted as freed while something still holds it.
  const seen = new Set<unknown>();
  blobs.forEach((row, position) => {
    faults.push(...faultsIn(blobSchema, row, context, ["blobs", position]));
    const digest = (row as Partial<Blob> | null)?.digest;
    if (seen.has(digest)) {
      faults.push({ ...context, where: `${where}: blobs[${position}].digest`, problem: "was listed before" });
    }
    seen.add(digest);
  });
  if (faults.length > 0) throwFaults(faults, context);
  // The cast: every part has passed its schema, and none of them changes what it reads.
  return json as Inventory;
}

function rowsOf(json: unknown, key: "versions" | "blobs"): readonly unknown[] {
  const rows = (json as Partial<Record<string, unknown>> | null | undefined)?.[key];
  return Array.isArray(rows) ? rows : [];
}

function blobsBeyond({ manifest }: Version, position: number, count: number, context: ParseContext): Fault[] {
  const beyond = "blobs" in manifest ? manifest.blobs.find((blob) => blob >= count) : undefined;
  if (beyond === undefined) return [];
  const where = `${context.where}: versions[${position}].manifest.blobs`;
  return [{ ...context, where, problem: `names blob ${beyond}, and there are ${count}` }];
}
