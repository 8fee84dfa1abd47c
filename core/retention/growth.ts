/** What comes, where only what is there is known: the pushes of the last days once more, round after round. */
import { isMovingVersionTag, isVersionTag } from "../tags";
import type { Digest } from "../images";
import { digestOfText } from "./fingerprint";
import type { Blob, Inventory, Manifest, Promotion, PullRequest, Version } from "./inventory";
import { SimulatedPackage, type Arrival, type Timeline } from "./timeline";

const day = 86_400_000;

/** Nothing is pushed but what a timeline begins with. */
export function noGrowth(inventory: Inventory): Timeline {
  return { start: inventory, arrivals: [] };
}

/** Milliseconds since 1970. */
export interface GrowthSpan {
  readonly from: number;
  readonly until: number;
}

/**
 * What was pushed within the last `days` before `from` is pushed again in every `days` that follow: the same number
 * of images with as many bytes of their own, in the same rhythm.
 *
 * Blobs that older versions hold too are shared again; all others are new each round. Tags that move (`latest`,
 * `1.2`, environments', caches') move to the new image; those that name one image are new names: the next patch
 * versions, the next pull requests, other commits, and of tags of no class those with a digit in them. A pull
 * request that is open is closed a round later.
 */
export function repeatedPushes(
  { start, arrivals }: Timeline,
  days: number,
  { from, until }: GrowthSpan,
): Timeline {
  const { pullRequests, promotions } = start;
  const state = new SimulatedPackage({ start, arrivals });
  for (const arrival of arrivals) state.take(arrival);
  const inventory = { ...state.inventory(from), pullRequests, promotions };
  const isRecent = (time: string): boolean => {
    const at = Date.parse(time);
    return at > from - days * day && at <= from;
  };
  const recent = inventory.versions.filter(({ createdAt }) => isRecent(createdAt)).sort(earliestFirst);
  const blobs = [...start.blobs];
  const names = new Names(inventory);
  const rounds = Array.from(
    { length: recent.length === 0 ? 0 : Math.ceil((until - from) / (days * day)) },
    (_, before) => new Round({ inventory, recent, round: before + 1, days, names, blobs }),
  );
  const more = rounds.flatMap((round) => round.arrivals()).sort((one, other) => one.at - other.at);
  const moved = promotions?.filter(({ at }) => isRecent(at)) ?? [];
  const closedAt = new Date(from + days * day).toISOString();
  return {
    arrivals: [...arrivals, ...more],
    start: {
      ...start,
      // After all rounds: they have put theirs at the end.
      blobs,
      pullRequests:
        pullRequests === null || rounds.length === 0
          ? pullRequests
          : [
              ...pullRequests.map((each) => (each.closedAt === null ? { ...each, closedAt } : each)),
              ...rounds.flatMap((round) => round.pullRequests()),
            ],
      promotions:
        promotions === null
          ? null
          : [...promotions, ...rounds.flatMap((round) => moved.map(round.promotion))],
    },
  };
}

/** Of one moment by digest, so that the inventory's order settles nothing. */
function earliestFirst(one: Version, other: Version): number {
  return Date.parse(one.createdAt) - Date.parse(other.createdAt) || (one.digest < other.digest ? -1 : 1);
}

interface Repetition {
  readonly inventory: Inventory;
  readonly recent: readonly Version[];
  /** From 1. */
  readonly round: number;
  readonly days: number;
  readonly names: Names;
  /** New ones are put at its end. */
  readonly blobs: Blob[];
}

/** One round. */
class Round {
  private readonly renamed: ReadonlyMap<Digest, Digest>;
  private readonly newBlobs = new Map<number, number>();
  private readonly shared: ReadonlySet<number>;
  private readonly shift: number;

  constructor(private readonly of: Repetition) {
    const { round, days, recent, inventory } = of;
    this.shift = round * days * day;
    this.renamed = new Map(recent.map(({ digest }) => [digest, digestOfText(`${digest} ${round}`)]));
    const older = inventory.versions.filter(({ digest }) => !this.renamed.has(digest));
    this.shared = new Set(older.flatMap(({ manifest }) => ("blobs" in manifest ? manifest.blobs : [])));
  }

  arrivals(): Arrival[] {
    return this.of.recent.flatMap(({ digest, createdAt, tags, manifest }) => {
      // What could not be read can't be told from the next one like it: it would only be held.
      if ("unreadable" in manifest) return [];
      // A signature of an image that was not pushed within the days is not made once more.
      if (manifest.subject !== undefined && !this.renamed.has(manifest.subject)) return [];
      const version = {
        digest: this.digest(digest),
        tags: tags.map((tag) => this.tag(tag)),
        manifest: this.manifest(manifest),
      };
      return [{ at: Date.parse(createdAt) + this.shift, versions: [version] }];
    });
  }

  pullRequests(): PullRequest[] {
    const numbers = new Set(this.of.recent.flatMap(({ tags }) => tags.map(pullRequestOf)));
    return (this.of.inventory.pullRequests ?? [])
      .filter(({ number }) => numbers.has(number))
      .map(({ number, closedAt }) => ({
        number: number + this.of.round * this.of.names.pullRequestSpan,
        closedAt:
          closedAt === null
            ? later(this.of.inventory.takenAt, this.shift + this.of.days * day)
            : later(closedAt, this.shift),
      }));
  }

  readonly promotion = ({ environment, from, to, at }: Promotion): Promotion => ({
    environment,
    from: from === null ? null : this.digest(from),
    to: this.digest(to),
    at: later(at, this.shift),
  });

  private digest(digest: Digest): Digest {
    return this.renamed.get(digest) ?? digest;
  }

  private manifest(manifest: Manifest): Manifest {
    return {
      ...manifest,
      ...(manifest.subject === undefined ? {} : { subject: this.digest(manifest.subject) }),
      children: manifest.children.map((child) => this.digest(child)),
      blobs: manifest.blobs.map((blob) => (this.shared.has(blob) ? blob : this.blob(blob))),
    };
  }

  private blob(place: number): number {
    const known = this.newBlobs.get(place);
    if (known !== undefined) return known;
    const { digest, size } = this.of.inventory.blobs[place] as Blob;
    const fresh = this.of.blobs.push({ digest: digestOfText(`${digest} ${this.of.round}`), size }) - 1;
    this.newBlobs.set(place, fresh);
    return fresh;
  }

  private tag(tag: string): string {
    const commit = /^(sha-|dev-.+-)[0-9a-f]{7}$/.exec(tag)?.[1];
    if (commit !== undefined) return `${commit}${digestOfText(`${tag} ${this.of.round}`).slice(7, 14)}`;
    const signed = /^sha256-([0-9a-f]{64})(.*)$/.exec(tag);
    if (signed !== null) return `${this.digest(`sha256:${signed[1]}`).replace(":", "-")}${signed[2]}`;
    return this.of.names.later(tag, this.of.round);
  }
}

/** Names that follow on those that a package has. */
class Names {
  /** Patch versions of each line `1.2.` that a later round goes on after. */
  private readonly patches = new Map<string, { low: bigint; high: bigint }>();
  readonly pullRequestSpan: number;

  constructor({ versions }: Inventory) {
    let [low, high] = [Infinity, -Infinity];
    for (const tag of versions.flatMap(({ tags }) => tags)) {
      const number = pullRequestOf(tag);
      if (number !== undefined) [low, high] = [Math.min(low, number), Math.max(high, number)];
      if (isVersionTag(tag)) this.see(tag);
    }
    this.pullRequestSpan = high - low + 1;
  }

  later(tag: string, round: number): string {
    const pullRequest = pullRequestOf(tag);
    if (pullRequest !== undefined) return `pr-${pullRequest + round * this.pullRequestSpan}`;
    if (isVersionTag(tag)) {
      const { line, patch, rest } = partsOf(tag);
      const { low, high } = this.patches.get(line) ?? { low: patch, high: patch };
      return `${line}${patch + (high - low + 1n) * BigInt(round)}${rest}`;
    }
    const isMoving = isMovingVersionTag(tag) || tag.startsWith("buildcache-") || !/\d/.test(tag);
    return isMoving ? tag : `${tag.slice(0, 110)}-r${round}`;
  }

  private see(tag: string): void {
    const { line, patch } = partsOf(tag);
    const known = this.patches.get(line) ?? { low: patch, high: patch };
    this.patches.set(line, {
      low: patch < known.low ? patch : known.low,
      high: patch > known.high ? patch : known.high,
    });
  }
}

/** `1.2.`, `3`, `-rc.1` */
function partsOf(tag: string): { readonly line: string; readonly patch: bigint; readonly rest: string } {
  const [, line = "", patch = "0", rest = ""] = /^(\d+\.\d+\.)(\d+)(.*)$/.exec(tag) ?? [];
  return { line, patch: BigInt(patch), rest };
}

function pullRequestOf(tag: string): number | undefined {
  const number = /^pr-([1-9]\d*)$/.exec(tag)?.[1];
  return number === undefined ? undefined : Number(number);
}

function later(time: string, by: number): string {
  return new Date(Date.parse(time) + by).toISOString();
}
