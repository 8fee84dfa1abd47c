/**
 * The inventory of one package: GitHub's list of versions joined with the registry's manifests.
 *
 * Requests for N versions: 2 ⌈N / 100⌉ to GitHub, and one to the registry for each manifest whose digest the cache
 * doesn't know. The manifest of a platform is read too, although its index lists it: only the manifest itself
 * tells which layers it holds and whether it has a subject, and on both depends what may go.
 */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { parseJson } from "../core/json";
import { promotionAnnotation, retainedByRecords } from "../core/promotion";
import {
  digestSchema,
  inventoryFormat,
  type Blob,
  type Inventory,
  type Manifest,
  type UnreadableManifest,
  type Version,
} from "../core/retention";
import type { ManifestCache, StoredManifest } from "./manifest-cache";
import type { Packages } from "./packages";
import { MANIFEST_MEDIA_TYPES, type Registry } from "./registry";
import { RegistryError } from "./registry-error";

/** Where manifests come from: the cache, else the registry. */
export interface ManifestSource {
  /** @throws PlatformError where the registry doesn't answer or denies */
  read(digest: Digest): Promise<StoredManifest | UnreadableManifest>;
  /** Reads that went to the registry so far. */
  requests(): number;
}

/** @param repository the package's name in the registry, `<owner>/<name>` in lower case */
export function manifestSource(
  registry: Pick<Registry, "manifest">,
  repository: string,
  cache: ManifestCache,
): ManifestSource {
  let requests = 0;
  return {
    requests: () => requests,
    async read(digest) {
      const known = cache.get(digest);
      if (known !== undefined) return known;
      requests++;
      try {
        const { mediaType, bytes } = await registry.manifest(repository, digest);
        cache.put(digest, { mediaType, bytes });
        return { mediaType, bytes };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        return { unreadable: error.isNotFound ? "the registry doesn't have it" : error.message };
      }
    },
  };
}

/** What GitHub and the registry don't tell; `null`: unknown, which keeps. */
export type OtherKnowledge = Pick<Inventory, "pullRequests" | "promotions" | "inUse">;

export interface InventoryQuestion {
  readonly packages: Packages;
  readonly manifests: ManifestSource;
  readonly known: OtherKnowledge;
  /** Reads promotions from the records among the manifests, in place of `known`. @default false */
  readonly promotionRecords?: boolean;
  /** Reads the pull requests that tags name from the linked repository, in place of `known`. @default false */
  readonly pullRequests?: boolean;
  /** Told of records that can't be read or aren't understood, and what is kept for it. */
  readonly notice?: (sentence: string) => void;
  readonly now: () => Date;
  /** Told after each manifest. */
  readonly progress?: (done: number, all: number) => void;
}

/** Manifests that are read at once. */
const atOnce = 8;

export async function takeInventory(question: InventoryQuestion): Promise<Inventory> {
  const { packages, manifests, known, now, progress } = question;
  const { facts, versions: rows, incomplete, repository } = await packages.versions();
  const takenAt = now().toISOString();
  const stored = new Array<StoredManifest | UnreadableManifest>(rows.length);
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < rows.length; at = next++) {
      stored[at] = await manifests.read((rows[at] as { digest: Digest }).digest);
      progress?.(++done, rows.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const blobs = new BlobList();
  const listed = new Set(rows.map(({ digest }) => digest));
  const versions = rows.map((row, position): Version => {
    const manifest = stored[position] as StoredManifest | UnreadableManifest;
    return { ...row, manifest: manifestFacts(manifest, blobs, listed) };
  });
  return {
    ...{ format: inventoryFormat, package: facts, takenAt, incomplete, versions, blobs: blobs.all },
    ...known,
    ...(question.pullRequests === true ? await namedPullRequests(question, repository, rows) : {}),
    ...(question.promotionRecords === true ? recorded(question, rows, stored) : {}),
  };
}

/** Unknown, and so all kept, where there is no repository to ask or it can't be read. */
async function namedPullRequests(
  { packages, notice = () => undefined }: InventoryQuestion,
  repository: string | null,
  rows: readonly { readonly tags: readonly string[] }[],
): Promise<Pick<Inventory, "pullRequests">> {
  const numbers = new Set(rows.flatMap(({ tags }) => tags.flatMap((tag) => pullRequestNumber(tag) ?? [])));
  if (numbers.size === 0) return { pullRequests: [] };
  if (repository === null) {
    notice("pull requests are not known: GitHub shows no repository that the package is linked to");
    return { pullRequests: null };
  }
  try {
    return { pullRequests: await packages.pullRequests(repository, [...numbers]) };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    notice(`pull requests are not known: ${error.faults.map(({ problem }) => problem).join("; ")}`);
    return { pullRequests: null };
  }
}

function pullRequestNumber(tag: string): number | undefined {
  const number = /^pr-([1-9]\d{0,14})$/.exec(tag)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** What promotion records say. One that can't be read may be any: then promotions are unknown, and nothing goes. */
function recorded(
  { known, notice = () => undefined }: InventoryQuestion,
  rows: readonly { readonly digest: Digest }[],
  stored: readonly (StoredManifest | UnreadableManifest)[],
): Pick<Inventory, "promotions" | "inUse"> {
  const unreadable = rows.filter((_, position) => "unreadable" in (stored[position] ?? {}));
  for (const { digest } of unreadable) {
    notice(`promotions are not known: ${digest} can't be read, and may be a record`);
  }
  const manifests = rows.flatMap(({ digest }, position) => {
    const manifest = stored[position];
    if (manifest === undefined || "unreadable" in manifest) return [];
    // Few manifests are records, of which every version's type holds this: the others need no second parsing.
    return Buffer.from(manifest.bytes).includes(promotionAnnotation)
      ? [{ digest, content: parseJson(manifest.bytes) }]
      : [];
  });
  const { promotions, inUse, notices } = retainedByRecords(manifests);
  for (const sentence of notices) notice(sentence);
  return {
    promotions: unreadable.length > 0 ? null : promotions,
    inUse: known.inUse === null ? null : [...known.inUse, ...inUse],
  };
}

export class BlobList {
  readonly all: Blob[] = [];
  private readonly places = new Map<Digest, number>();

  place({ digest, size }: Blob): number {
    const known = this.places.get(digest);
    if (known !== undefined) return known;
    this.places.set(digest, this.all.length);
    return this.all.push({ digest, size }) - 1;
  }
}

const descriptor = z.looseObject({
  digest: digestSchema,
  mediaType: z.string().optional(),
  size: z.int().min(0),
});
const document = z.looseObject({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  subject: z
    .looseObject({ digest: digestSchema })
    .nullish()
    .transform((subject) => subject ?? undefined),
  config: descriptor.optional(),
  layers: z.array(descriptor).nullish(),
  manifests: z.array(descriptor).nullish(),
});

const cacheConfig = "application/vnd.buildkit.cacheconfig.v0";
const manifestTypes: ReadonlySet<string> = new Set(MANIFEST_MEDIA_TYPES);

/**
 * What the planner needs of a manifest (image specification 1.1, manifest.md and image-index.md).
 * @param listed digests of the package's versions: what is one of them is a manifest whatever its entry says
 */
export function manifestFacts(
  stored: StoredManifest | UnreadableManifest,
  blobs: BlobList,
  listed: ReadonlySet<Digest>,
): Manifest | UnreadableManifest {
  if ("unreadable" in stored) return stored;
  const read = document.safeParse(parseJson(stored.bytes));
  if (!read.success) return { unreadable: "it is not written as the image specification says" };
  const { mediaType = stored.mediaType, artifactType, subject, config, layers, manifests } = read.data;
  const entries = manifests ?? [];
  const isManifest = (entry: (typeof entries)[number]) =>
    listed.has(entry.digest) || manifestTypes.has(entry.mediaType ?? "");
  const parts = [
    ...(config === undefined ? [] : [config]),
    ...(layers ?? []),
    // BuildKit writes a cache as an index of layers.
    ...entries.filter((entry) => !isManifest(entry)),
  ];
  const configType = config?.mediaType ?? parts.find((part) => part.mediaType === cacheConfig)?.mediaType;
  return {
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(configType === undefined ? {} : { configType }),
    size: stored.bytes.byteLength,
    ...(subject === undefined ? {} : { subject: subject.digest }),
    children: [...new Set(entries.filter(isManifest).map(({ digest }) => digest))],
    blobs: [...new Set(parts.map((part) => blobs.place(part)))],
  };
}
