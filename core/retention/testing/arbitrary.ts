/**
 * Packages and policies for property tests. A package is the outcome of a history of pushes, signatures, moved tags
 * and deletions, so that it looks like real ones; faults that no registry should have come on top where asked for.
 */
import fc from "fast-check";
import type { Digest } from "../../images";
import {
  inventoryFormat,
  type Blob,
  type DigestInUse,
  type Inventory,
  type Manifest,
  type Promotion,
  type PullRequest,
  type UnreadableManifest,
  type Version,
} from "../inventory";
import type { Policy, Rule } from "../policy";
import { definePolicy } from "../policy-schema";

/** The moment that generated histories lead up to. */
export const now = new Date("2026-11-24T12:00:00Z");

const day = 86_400_000;
const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** One thing that happens to a package; the details are drawn from the seed, so that steps shrink as a whole. */
interface Step {
  readonly kind: number;
  readonly gapHours: number;
  readonly seed: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat({ max: 99 }),
  gapHours: fc.oneof(fc.constant(0), fc.nat({ max: 48 }), fc.nat({ max: 400 })),
  seed: fc.nat(),
});

export interface RegistryOptions {
  /** Unreadable manifests, gaps in knowledge, lists that contradict themselves, circles. @default false */
  readonly faulty?: boolean;
  /** Steps of the history at most. @default 14 */
  readonly steps?: number;
}

/** A package with its history. */
export function registries({ faulty = false, steps = 14 }: RegistryOptions = {}): fc.Arbitrary<Inventory> {
  return fc
    .tuple(
      fc.array(step, { minLength: 1, maxLength: steps, size: "max" }),
      faulty
        ? fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 999 })), { maxLength: 3 })
        : fc.constant([]),
    )
    .map(([history, faults]) => {
      const draft = new Draft(history);
      history.forEach((each) => draft.take(each));
      faults.forEach(([kind, where]) => draft.spoil(kind, where));
      return draft.inventory();
    });
}

/** By how often each is drawn. */
const tagPool = [
  ...[
    "1.0.0",
    "1.0.1",
    "v1.0.2",
    "1.1.0",
    "1.1.1_build.7",
    "2.0.0-rc.1",
    "2.0.0",
    "1.0.0-amd64",
    "2.0.0-arm64",
  ],
  ...["1.20261124100000000000000.0", "1.2.3.4", "1.0", "1", "2", "latest"],
  ...["pr-1", "pr-2", "pr-3", "pr-1", "pr-2", "pr-4"],
  ...["dev-ann-0000001", "dev-ann-0000002", "dev-bob-0000003", "dev-bob-0000004"],
  ...[
    "sha-0000001",
    "sha-0000002",
    "sha-0000003",
    "sha-0000004",
    "sha-0000005",
    "sha-0000006",
    "sha-0000007",
  ],
  ...["buildcache-amd64", "staging", "nightly-1", "nightly-2", "nightly-3", "mystery"],
];

interface Row {
  id: number;
  digest: Digest;
  created: number;
  updated: number;
  tags: Set<string>;
  manifest: Manifest | UnreadableManifest;
  downloads?: number;
}

/** A package in the making. */
class Draft {
  private readonly rows: Row[] = [];
  private readonly blobs: Blob[] = [];
  private readonly promotions: Promotion[] = [];
  private readonly inUse: DigestInUse[] = [];
  private readonly pullRequests: PullRequest[];
  private readonly duplicates: Row[] = [];
  private readonly incomplete: string[] = [];
  private unknown: "promotions" | "inUse" | "pullRequests" | undefined;
  private clock: number;
  private next = 1;
  private random = 0;

  constructor(history: readonly Step[]) {
    this.clock = now.getTime() - history.reduce((sum, { gapHours }) => sum + gapHours, 0) * 3_600_000;
    // Pull requests 1 to 3 are known, 4 isn't.
    this.pullRequests = history.slice(0, 3).map(({ seed }, position) => ({
      number: position + 1,
      closedAt: seed % 4 === 0 ? null : iso(now.getTime() - (seed % 29) * day),
    }));
  }

  take({ kind, gapHours, seed }: Step): void {
    this.clock += gapHours * 3_600_000;
    this.random = seed;
    if (kind < 45 || this.rows.length === 0) this.pushImage();
    else if (kind < 62) this.sign();
    else if (kind < 68) this.pushCache();
    else if (kind < 78) this.moveTag();
    else if (kind < 85) this.promote();
    else if (kind < 88) this.inUse.push({ digest: this.some().digest, by: `cluster ${this.dice(3)}` });
    else if (kind < 96) this.rows.splice(this.dice(this.rows.length), 1);
    else this.some().downloads = [10, 5_000, 5_001, 9_999][this.dice(4)] as number;
  }

  inventory(): Inventory {
    const version = ({ id, digest, created, updated, tags, manifest, downloads }: Row): Version => ({
      id,
      digest,
      createdAt: iso(created),
      updatedAt: iso(updated),
      tags: [...tags],
      manifest,
      ...(downloads === undefined ? {} : { downloads }),
    });
    return {
      format: inventoryFormat,
      package: {
        owner: "albeorla",
        name: "generated",
        visibility: this.dice(2) === 0 ? "public" : "private",
      },
      takenAt: iso(now.getTime()),
      incomplete: this.incomplete,
      versions: [...this.rows, ...this.duplicates].map(version),
      blobs: this.blobs,
      pullRequests: this.unknown === "pullRequests" ? null : this.pullRequests,
      promotions: this.unknown === "promotions" ? null : this.promotions,
      inUse: this.unknown === "inUse" ? null : this.inUse,
    };
  }

  /** One thing that no list should have. */
  spoil(kind: number, where: number): void {
    const row = this.rows[where % Math.max(1, this.rows.length)];
    const other = this.rows[(where * 7 + 3) % Math.max(1, this.rows.length)];
    if (row === undefined || other === undefined) return;
    if (kind === 0) row.manifest = { unreadable: "manifest unknown" };
    else if (kind === 1)
      row.manifest = { ...manifest([], []), mediaType: "application/vnd.example.unheard+json" };
    else if (kind === 2) this.incomplete.push("page 2 changed between two passes");
    else if (kind === 3) this.duplicates.push(row);
    else if (kind === 4) this.duplicates.push({ ...row, tags: new Set([...row.tags, "1.0.0"]) });
    else if (kind === 5) row.created = row.updated = now.getTime() + (where % 30) * day;
    else if (kind === 6) this.unknown = (["promotions", "inUse", "pullRequests"] as const)[where % 3];
    else if (kind === 7) row.tags.add(`${other.digest.replace(":", "-")}.sig`);
    else if ("children" in row.manifest) {
      // A circle, or a reference to itself: no hash allows it, a file edited by hand does.
      row.manifest = {
        ...row.manifest,
        mediaType: indexType,
        children: [...row.manifest.children, other.digest],
      };
      if (kind === 8 && "children" in other.manifest)
        other.manifest = { ...other.manifest, subject: row.digest };
    }
  }

  /** One manifest, an index of platforms with attestations, or an index of indexes; some platforms are shared. */
  private pushImage(): void {
    const shape = this.dice(4);
    const platforms = Array.from({ length: 1 + this.dice(3) }, () => this.platform());
    const root =
      shape === 0
        ? (platforms[0] as Row)
        : this.index(
            shape === 3 && platforms.length > 1
              ? [this.index(platforms.slice(1)), platforms[0] as Row]
              : platforms,
          );
    for (let tags = this.dice(4); tags > 0; tags--)
      this.tag(root, tagPool[this.dice(tagPool.length)] as string);
    if (this.dice(5) === 0) this.tag(platforms[0] as Row, tagPool[this.dice(tagPool.length)] as string);
  }

  private platform(): Row {
    const earlier = this.rows.filter(
      ({ manifest: { ...facts } }) => "children" in facts && facts.children.length === 0,
    );
    if (earlier.length > 0 && this.dice(5) === 0) return earlier[this.dice(earlier.length)] as Row;
    return this.push(manifest([], [this.blob(true), this.blob(false)]));
  }

  private index(children: readonly Row[]): Row {
    const attested = this.dice(2) === 0 ? [this.push(manifest([], [this.blob(false)]))] : [];
    return this.push({
      ...manifest(
        [...children, ...attested].map(({ digest }) => digest),
        [],
      ),
      mediaType: indexType,
    });
  }

  /** As cosign does, old and new, and attestations of actions/attest-build-provenance. */
  private sign(): void {
    const subject = this.some();
    const style = this.dice(4);
    const fallback = subject.digest.replace(":", "-");
    if (style === 0) return this.tag(this.push(manifest([], [this.blob(false)])), `${fallback}.sig`);
    const bundle = this.push({ ...manifest([], [this.blob(false)]), subject: subject.digest });
    if (style === 1) return;
    const before = this.rows.find(({ tags }) => tags.has(fallback));
    const entries = before !== undefined && "children" in before.manifest ? before.manifest.children : [];
    // A stale fallback index lists what was there before and not the new bundle.
    const listed = style === 2 ? [...entries, bundle.digest] : entries;
    this.tag(this.push({ ...manifest(listed, []), mediaType: indexType }), fallback);
  }

  private pushCache(): void {
    const cache = this.push({
      ...manifest([], [this.blob(true), this.blob(true)]),
      mediaType: this.dice(2) === 0 ? indexType : manifestType,
      configType: "application/vnd.buildkit.cacheconfig.v0",
    });
    this.tag(cache, this.dice(2) === 0 ? "buildcache-amd64" : "buildcache-arm64");
  }

  private moveTag(): void {
    const tags = this.rows.flatMap((row) => [...row.tags]).filter((tag) => !tag.startsWith("sha256-"));
    if (tags.length > 0) this.tag(this.some(), tags[this.dice(tags.length)] as string);
  }

  private promote(): void {
    const environment = this.dice(2) === 0 ? "staging" : "production";
    const from = this.promotions.findLast((each) => each.environment === environment)?.to ?? null;
    const to = this.some();
    this.promotions.push({ environment, from, to: to.digest, at: iso(this.clock) });
    if (this.dice(4) > 0) this.tag(to, environment);
  }

  private push(facts: Manifest): Row {
    const row = {
      id: 1_000 + this.next,
      digest: fakeDigest(this.next),
      created: this.clock,
      updated: this.clock,
      tags: new Set<string>(),
      manifest: facts,
    };
    this.next++;
    this.rows.push(row);
    return row;
  }

  private tag(row: Row, tag: string): void {
    for (const other of this.rows) if (other.tags.delete(tag)) other.updated = this.clock;
    row.tags.add(tag);
    row.updated = this.clock;
  }

  private blob(shared: boolean): number {
    if (shared && this.blobs.length > 0 && this.dice(2) === 0) return this.dice(this.blobs.length);
    return this.blobs.push({ digest: fakeDigest(100_000 + this.blobs.length), size: 1 + this.dice(500) }) - 1;
  }

  private some(): Row {
    return this.rows[this.dice(this.rows.length)] as Row;
  }

  /** 0 … sides - 1 (one step of a linear congruential generator, its upper bits). */
  private dice(sides: number): number {
    this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.random >>> 8) % sides;
  }
}

function manifest(children: readonly Digest[], blobs: readonly number[]): Manifest {
  return { mediaType: manifestType, size: 400 + children.length, children, blobs };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** 64 hex digits that look as unordered as a hash's, from a number (the mixing step of MurmurHash3). */
export function fakeDigest(seed: number): Digest {
  const words = [1, 2, 3, 4, 5, 6, 7, 8].map((word) => {
    const once = Math.imul(seed ^ (word * 0x9e3779b9), 0x85ebca6b);
    const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
    return ((twice ^ (twice >>> 16)) >>> 0).toString(16).padStart(8, "0");
  });
  return `sha256:${words.join("")}`;
}

const keepable = fc.constantFrom(
  "semver",
  "sha",
  "development",
  "cache",
  "latest",
  "pull-request",
  "custom:nightly",
);
const expirable = fc.constantFrom("semver", "sha", "development", "cache", "custom:nightly");
const matching = fc.option(fc.constantFrom("*", "1.*", "*-amd64", "sha-000000[1-3]", "dev-ann-*", "v*"), {
  nil: undefined,
  freq: 2,
});
const places = fc.integer({ min: 1, max: 3 });
const days = fc.nat({ max: 20 });
const someDays = fc.integer({ min: 1, max: 20 });

/** A rule that keeps, without its id. */
const keepRule = fc.oneof(
  fc.record({ kind: fc.constant("keep-all"), of: keepable, matching }),
  fc.record({ kind: fc.constant("keep-newest"), of: keepable, matching, count: places }),
  fc.record({ kind: fc.constant("keep-younger"), of: keepable, matching, days: someDays }),
  fc.record({
    kind: fc.constant("keep-releases"),
    count: places,
    per: fc.constantFrom("minor", "major", "all"),
    range: fc.option(fc.constantFrom(">=1.0.1", "1.x || 2", "<2"), { nil: undefined, freq: 2 }),
    prereleases: fc.boolean(),
  }),
);

const expireRule = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("expire-tagged"), of: expirable, matching, afterDays: days }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("expire-pull-requests"), afterDays: days }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("expire-untagged"),
      of: fc.constantFrom("image", "cache", "any"),
      afterDays: someDays,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire-orphans"), afterDays: someDays }) },
);

/** Policies that let much go, so that the laws have something to hold for. */
export const policies: fc.Arbitrary<Policy> = fc
  .record({
    keeps: fc.array(keepRule, { maxLength: 3 }),
    expires: fc.array(expireRule, { maxLength: 2 }),
    broad: fc.nat({ max: 9 }).map((roll) => roll < 8),
    afterDays: days,
    graceDays: fc.integer({ min: 1, max: 3 }),
    rollback: fc.nat({ max: 2 }),
    keepsFirst: fc.boolean(),
  })
  .map(({ keeps, expires, broad, afterDays, graceDays, rollback, keepsFirst }) => {
    const lets = broad ? [...expires, ...everythingExpires(afterDays)] : expires;
    return definePolicy({
      rules: named(keepsFirst ? [...keeps, ...lets] : [...lets, ...keeps]),
      graceDays,
      rollback,
      environments: ["production"],
      classes: { "custom:nightly": "nightly-*" },
      brake: { versions: 1_000_000, percent: 100 },
    });
  });

function everythingExpires(afterDays: number): object[] {
  return [
    ...["semver", "sha", "development", "cache", "custom:nightly"].map((of) => ({
      kind: "expire-tagged",
      of,
      afterDays,
    })),
    { kind: "expire-pull-requests", afterDays },
    { kind: "expire-untagged", afterDays: afterDays + 1 },
    { kind: "expire-orphans", afterDays: afterDays + 1 },
  ];
}

/** One more rule that keeps, to be added to a policy. */
export const addedKeepRule: fc.Arbitrary<Rule> = keepRule.map(
  (rule) => ({ ...defined(rule), id: "added" }) as Rule,
);

/** The generators above make what the types of rules say; the union is lost on the way through `fc.record`. */
function named(rules: readonly object[]): Rule[] {
  return rules.map((rule, position) => ({ ...defined(rule), id: `r${position}` }) as Rule);
}

function defined(rule: object): object {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}
