/**
 * The planner that one writes first, to compare with: maps and sets of digests, one closure for each image. It knows
 * the default policy only, and gives what is deleted, why, and how much each image holds and the plan frees; no
 * order that survives a failure, no days, no fingerprint, no protections that the bench's package doesn't ask for.
 */
import type { Inventory, Version } from "../core/retention";

const day = 86_400_000;

export interface PlainPlan {
  readonly deleted: ReadonlySet<string>;
  readonly reasons: ReadonlyMap<string, string>;
  readonly bytes: ReadonlyMap<string, number>;
  readonly freed: number;
}

export function plainPlan(inventory: Inventory, now: Date): PlainPlan {
  const byDigest = new Map(inventory.versions.map((version) => [version.digest as string, version]));
  const referrers = referrersOf(inventory.versions);
  const owned = ownedDigests(inventory.versions, referrers);
  const newestBuilds = new Set(
    inventory.versions
      .filter(({ tags }) => tags.some((tag) => /^sha-[0-9a-f]{7}$/.test(tag)))
      .sort((one, other) => new Date(other.createdAt).getTime() - new Date(one.createdAt).getTime())
      .slice(0, 20)
      .map(({ digest }) => digest as string),
  );
  const closed = new Map(inventory.pullRequests?.map(({ number, closedAt }) => [`pr-${number}`, closedAt]));
  const images = inventory.versions.filter(({ digest }) => !owned.has(digest));
  const kept = new Set<string>();
  const reasons = new Map<string, string>();
  const closures = new Map<string, Set<string>>();
  const holders = new Map<string, Set<string>>();
  for (const image of images) {
    const closure = closureOf(image.digest, byDigest, referrers);
    closures.set(image.digest, closure);
    const why = whyKept(image, newestBuilds, closed, now);
    for (const digest of closure) {
      if (why !== undefined) {
        kept.add(digest);
        reasons.set(digest, digest === image.digest ? why : `child of ${image.digest} <- ${why}`);
      }
      for (const blob of blobsOf(inventory, byDigest.get(digest))) {
        const images = holders.get(blob.digest) ?? new Set();
        holders.set(blob.digest, images.add(image.digest));
      }
    }
  }
  const deleted = new Set([...byDigest.keys()].filter((digest) => !kept.has(digest)));
  const bytes = new Map<string, number>();
  for (const [image, closure] of closures)
    bytes.set(image, heldAlone(inventory, image, closure, byDigest, holders));
  return { deleted, reasons, bytes, freed: freedBytes(inventory, byDigest, kept, deleted) };
}

function whyKept(
  { digest, tags, updatedAt, manifest }: Version,
  newestBuilds: ReadonlySet<string>,
  closed: ReadonlyMap<string, string | null>,
  now: Date,
): string | undefined {
  const age = (now.getTime() - new Date(updatedAt).getTime()) / day;
  if (age < 2) return "fresh";
  const cache = "configType" in manifest && manifest.configType !== undefined;
  if (tags.length === 0) return age < (cache ? 2 : 7) ? "untagged lately" : undefined;
  const whys = tags.map((tag) => {
    if (tag === "latest" || /^\d+\.\d+\.\d+$/.test(tag)) return `tag ${tag}`;
    if (/^sha-/.test(tag)) return age < 7 ? "new" : undefined;
    if (/^pr-/.test(tag)) {
      const at = closed.get(tag);
      return at === undefined || at === null || now.getTime() - new Date(at).getTime() < 7 * day
        ? "open"
        : undefined;
    }
    if (/^dev-/.test(tag)) return age < 14 ? "new" : undefined;
    return /^buildcache-/.test(tag) && age >= 30 ? undefined : "unknown";
  });
  return whys.find((why) => why !== undefined) ?? (newestBuilds.has(digest) ? "newest" : undefined);
}

function referrersOf(versions: readonly Version[]): Map<string, string[]> {
  const referrers = new Map<string, string[]>();
  for (const { digest, tags, manifest } of versions) {
    const subjects = tags
      .filter((tag) => /^sha256-[0-9a-f]{64}/.test(tag))
      .map((tag) => `sha256:${tag.slice(7, 71)}`);
    if ("subject" in manifest && manifest.subject !== undefined) subjects.push(manifest.subject);
    for (const subject of subjects) referrers.set(subject, [...(referrers.get(subject) ?? []), digest]);
  }
  return referrers;
}

function ownedDigests(versions: readonly Version[], referrers: ReadonlyMap<string, string[]>): Set<string> {
  const known = new Set<string>(versions.map(({ digest }) => digest));
  return new Set([
    ...versions.flatMap(({ manifest }) => ("children" in manifest ? manifest.children : [])),
    ...[...referrers].flatMap(([subject, digests]) => (known.has(subject) ? digests : [])),
  ]);
}

function closureOf(
  digest: string,
  byDigest: ReadonlyMap<string, Version>,
  referrers: ReadonlyMap<string, string[]>,
  found = new Set<string>(),
): Set<string> {
  const version = byDigest.get(digest);
  if (version === undefined || found.has(digest)) return found;
  found.add(digest);
  const children = "children" in version.manifest ? version.manifest.children : [];
  for (const next of [...children, ...(referrers.get(digest) ?? [])])
    closureOf(next, byDigest, referrers, found);
  return found;
}

function blobsOf({ blobs }: Inventory, version: Version | undefined): { digest: string; size: number }[] {
  const manifest = version?.manifest;
  return manifest !== undefined && "blobs" in manifest
    ? manifest.blobs.flatMap((blob) => blobs[blob] ?? [])
    : [];
}

function heldAlone(
  inventory: Inventory,
  image: string,
  closure: ReadonlySet<string>,
  byDigest: ReadonlyMap<string, Version>,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
): number {
  const counted = new Set<string>();
  let bytes = 0;
  for (const digest of closure) {
    const version = byDigest.get(digest);
    bytes += version !== undefined && "size" in version.manifest ? version.manifest.size : 0;
    for (const { digest: blob, size } of blobsOf(inventory, version)) {
      const images = holders.get(blob);
      if (counted.has(blob) || images?.size !== 1 || !images.has(image)) continue;
      counted.add(blob);
      bytes += size;
    }
  }
  return bytes;
}

function freedBytes(
  inventory: Inventory,
  byDigest: ReadonlyMap<string, Version>,
  kept: ReadonlySet<string>,
  deleted: ReadonlySet<string>,
): number {
  const keptBlobs = new Set(
    [...kept].flatMap((digest) => blobsOf(inventory, byDigest.get(digest)).map((blob) => blob.digest)),
  );
  const freed = new Map<string, number>();
  let bytes = 0;
  for (const digest of deleted) {
    const version = byDigest.get(digest);
    bytes += version !== undefined && "size" in version.manifest ? version.manifest.size : 0;
    for (const blob of blobsOf(inventory, version))
      if (!keptBlobs.has(blob.digest)) freed.set(blob.digest, blob.size);
  }
  return [...freed.values()].reduce((sum, size) => sum + size, bytes);
}
