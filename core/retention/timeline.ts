/** A package as it changes: what arrives when, and what it holds at a moment. Simulations move along it. */
import type { Digest } from "../images";
import type {
  Blob,
  Inventory,
  Manifest,
  Promotion,
  PullRequest,
  UnreadableManifest,
  Version,
} from "./inventory";

export interface ArrivingVersion {
  readonly digest: Digest;
  /** Tags that move to it. */
  readonly tags: readonly string[];
  readonly manifest: Manifest | UnreadableManifest;
}

/** What is pushed at one moment. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly versions: readonly ArrivingVersion[];
}

/** What is there, and what comes. Manifests of both name blobs by position in the start's `blobs`. */
export interface Timeline {
  /** `pullRequests` and `promotions` may lie in the future; each is known from its day on. */
  readonly start: Inventory;
  /** The earliest first. */
  readonly arrivals: readonly Arrival[];
}

/** The package of a timeline while time goes by. */
export class SimulatedPackage {
  /** Bytes of all versions; blobs that several share count once. */
  bytes = 0;
  private readonly start: Inventory;
  private readonly blobs: readonly Blob[];
  private readonly holders: Int32Array;
  private readonly rows = new Map<Digest, Version[]>();
  private readonly tagged = new Map<string, Set<Digest>>();
  /** Manifests that were ever there: a push brings what it lists along again where that is gone. */
  private readonly known = new Map<Digest, Version["manifest"]>();
  private nextId = 1;

  constructor({ start }: Timeline) {
    this.start = start;
    this.blobs = start.blobs;
    this.holders = new Int32Array(start.blobs.length);
    for (const version of start.versions) {
      const same = this.rows.get(version.digest);
      if (same === undefined) this.add(version);
      else same.push(version);
      for (const tag of version.tags) this.tag(tag, version.digest);
      this.nextId = Math.max(this.nextId, version.id + 1);
    }
  }

  get size(): number {
    return this.rows.size;
  }

  /** @returns how many versions are new */
  take({ at, versions }: Arrival): number {
    const before = this.rows.size;
    for (const { digest, manifest } of versions) this.known.set(digest, manifest);
    for (const { digest, tags } of versions) {
      this.bring(digest, at);
      for (const tag of tags) this.move(tag, digest, at);
    }
    return this.rows.size - before;
  }

  delete(digests: readonly Digest[]): void {
    for (const digest of digests) {
      const rows = this.rows.get(digest) ?? [];
      this.rows.delete(digest);
      for (const tag of rows.flatMap(({ tags }) => tags)) this.tagged.get(tag)?.delete(digest);
      this.count(rows[0], -1);
    }
  }

  /** @param at milliseconds since 1970 */
  inventory(at: number): Inventory {
    const { pullRequests, promotions } = this.start;
    return {
      ...this.start,
      takenAt: new Date(at).toISOString(),
      versions: [...this.rows.values()].flat(),
      pullRequests: pullRequests?.map((each) => asKnown(each, at)) ?? null,
      promotions: promotions?.filter((each) => isKnown(each, at)) ?? null,
    };
  }

  private bring(digest: Digest, at: number): void {
    const manifest = this.known.get(digest);
    if (this.rows.has(digest) || manifest === undefined) return;
    const time = new Date(at).toISOString();
    this.add({ id: this.nextId++, digest, createdAt: time, updatedAt: time, tags: [], manifest });
    if ("children" in manifest) for (const child of manifest.children) this.bring(child, at);
  }

  private add(version: Version): void {
    this.rows.set(version.digest, [version]);
    this.known.set(version.digest, version.manifest);
    this.count(version, 1);
  }

  private tag(tag: string, digest: Digest): void {
    const digests = this.tagged.get(tag);
    if (digests === undefined) this.tagged.set(tag, new Set([digest]));
    else digests.add(digest);
  }

  private move(tag: string, to: Digest, at: number): void {
    const updatedAt = new Date(at).toISOString();
    const holders = this.tagged.get(tag) ?? new Set();
    if (holders.size === 1 && holders.has(to)) return;
    for (const digest of holders)
      this.change(digest, (row) => ({ ...row, updatedAt, tags: row.tags.filter((each) => each !== tag) }));
    this.tagged.set(tag, new Set([to]));
    this.change(to, (row) => ({ ...row, updatedAt, tags: [...row.tags, tag] }));
  }

  private change(digest: Digest, how: (row: Version) => Version): void {
    this.rows.set(digest, (this.rows.get(digest) ?? []).map(how));
  }

  private count(version: Version | undefined, by: 1 | -1): void {
    if (version === undefined || "unreadable" in version.manifest) return;
    this.bytes += by * version.manifest.size;
    for (const blob of new Set(version.manifest.blobs)) {
      const before = this.holders[blob] as number;
      this.holders[blob] = before + by;
      if (before === 0 || before + by === 0) this.bytes += by * (this.blobs[blob] as Blob).size;
    }
  }
}

/** A pull request that is closed later is open until then. */
function asKnown({ number, closedAt }: PullRequest, at: number): PullRequest {
  return { number, closedAt: closedAt !== null && Date.parse(closedAt) > at ? null : closedAt };
}

function isKnown(promotion: Promotion, at: number): boolean {
  return Date.parse(promotion.at) <= at;
}
