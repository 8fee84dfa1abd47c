/**
 * The laws of retention on generated packages. Each law is checked by means of its own, never by the planner's; the
 * number in brackets is that of the guarantee it stands for (`guarantees.test.ts` lists them all).
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { explain, formatPlan, frozenBy, parseInventory, parsePlan, plan, type Inventory, type Plan } from ".";
import { fallbackSubject, type Digest } from "../images";
import { addedKeepRule, now, policies, registries } from "./testing/arbitrary";
import type { Version } from "./inventory";
import type { Policy } from "./policy";

const any = fc.oneof(
  { weight: 3, arbitrary: registries() },
  { weight: 1, arbitrary: registries({ faulty: true }) },
);

/** How many packages each law is checked on; together more than 10,000. */
function check<Values extends [unknown, ...unknown[]]>(
  packages: number,
  values: { [Position in keyof Values]: fc.Arbitrary<Values[Position]> },
  law: (...values: Values) => void,
): void {
  checked += packages;
  fc.assert(fc.property<Values>(...values, law), { numRuns: packages });
}
let checked = 0;

describe("the laws of retention", function () {
  // Thousands of packages each, on machines that do other things too.
  this.timeout(120_000);

  it("keeps every kept version whole, before, after and after every step (1, 2)", () => {
    check(2500, [any, policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const below = directlyBelow(inventory);
      const gone = new Set<Digest>();
      const kept = made.versions.filter(({ action }) => action !== "delete");
      for (const { digest } of made.deletions) {
        gone.add(digest);
        // What is doomed and still there has lost nothing: its owners go first.
        for (const [owner, owned] of below)
          if (!gone.has(owner)) assert.ok(!owned.some((each) => gone.has(each)));
      }
      for (const { digest } of kept) {
        assert.ok(!gone.has(digest));
        for (const each of closure(below, digest)) assert.ok(!gone.has(each), `${digest} loses ${each}`);
      }
      assert.equal(gone.size, made.deletions.length);
      assert.deepEqual(gone, new Set(digestsOf(made, "delete")));
    });
  });

  it("keeps all that is left whole, whichever deletions are refused (2)", () => {
    check(1500, [any, policies, fc.infiniteStream(fc.nat({ max: 3 }))], (inventory, policy, dice) => {
      const made = plan(inventory, policy, now);
      const refused = new Set<Digest>();
      const gone = new Set<Digest>();
      for (const { digest } of made.deletions) {
        if (frozenBy(made, refused).has(digest)) continue;
        if (dice.next().value === 0) refused.add(digest);
        else gone.add(digest);
      }
      const below = directlyBelow(inventory);
      for (const { digest } of inventory.versions) {
        if (gone.has(digest)) continue;
        for (const each of closure(below, digest)) assert.ok(!gone.has(each), `${digest} loses ${each}`);
      }
    });
  });

  it("plans the same bytes whatever the order of its input (7, 13)", () => {
    check(1500, [any, policies, fc.infiniteStream(fc.nat())], (inventory, policy, dice) => {
      const once = formatPlan(plan(inventory, policy, now));
      assert.equal(
        formatPlan(
          plan(
            shuffled(inventory, () => dice.next().value),
            policy,
            now,
          ),
        ),
        once,
      );
    });
  });

  it("never deletes more for one more rule that keeps (3)", () => {
    check(2000, [any, policies, addedKeepRule, fc.boolean()], (inventory, policy, rule, first) => {
      const before = plan(inventory, policy, now);
      const more = { ...policy, rules: first ? [rule, ...policy.rules] : [...policy.rules, rule] };
      const after = plan(inventory, more, now);
      // Where a package would be emptied, one image is retained; what the new rule keeps may stand in for it.
      const standIns = before.versions.filter((each) => endOf(before, each).reason.kind === "last");
      const allowed = new Set([...digestsOf(before, "delete"), ...standIns.map(({ digest }) => digest)]);
      for (const digest of digestsOf(after, "delete")) assert.ok(allowed.has(digest), digest);
    });
  });

  it("deletes nothing when planned again after it was carried out (13, 16)", () => {
    check(2000, [any, policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const gone = new Set(digestsOf(made, "delete"));
      const left = { ...inventory, versions: inventory.versions.filter(({ digest }) => !gone.has(digest)) };
      const again = plan(left, policy, now);
      assert.deepEqual(again.deletions, []);
      assert.equal(again.inventory === made.inventory, gone.size === 0);
    });
  });

  it("never deletes what is unknown, fresh, run, running or in use, nor anything where knowledge is missing (4, 5, 6, 9, 21)", () => {
    check(1500, [fc.oneof(any, registries({ faulty: true })), policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const gone = new Set(digestsOf(made, "delete"));
      if (knowledgeIsMissing(inventory)) assert.equal(gone.size, 0);
      for (const version of inventory.versions) {
        if (mustStay(version, inventory, policy)) assert.ok(!gone.has(version.digest), version.digest);
      }
    });
  });

  it("keeps images whole that it could not read, in what is really there (1, 5)", () => {
    check(800, [registries(), policies, fc.nat()], (inventory, policy, roll) => {
      const hidden = roll % inventory.versions.length;
      const versions = inventory.versions.map((version, position) =>
        position === hidden ? { ...version, manifest: { unreadable: "500 Internal Server Error" } } : version,
      );
      const gone = new Set(digestsOf(plan({ ...inventory, versions }, policy, now), "delete"));
      const below = directlyBelow(inventory);
      for (const { digest } of inventory.versions) {
        if (!gone.has(digest)) for (const each of closure(below, digest)) assert.ok(!gone.has(each));
      }
    });
  });

  it("leaves no package without an image, and asks for nothing that GitHub refuses (11)", () => {
    check(1000, [any, policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const left = inventory.versions.filter(({ digest }) => !digestsOf(made, "delete").includes(digest));
      if (inventory.versions.length > 0) assert.ok(left.length > 0);
      for (const isOne of [isTaggedImage, ({ tags }: Version) => tags.length > 0]) {
        if (inventory.versions.some(isOne)) assert.ok(left.some(isOne));
      }
      for (const { digest, downloads = 0 } of inventory.versions) {
        if (downloads > 5_000 && inventory.package.visibility === "public") {
          assert.ok(!digestsOf(made, "delete").includes(digest));
        }
      }
    });
  });

  it("counts the bytes that it frees, and that each version holds alone, as adding up does (24)", () => {
    check(800, [registries({ steps: 8 }), policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const all = inventory.versions.map(({ digest }) => digest);
      const gone = new Set(digestsOf(made, "delete"));
      const before = bytesOf(inventory, new Set(all));
      assert.equal(made.summary.bytes, before);
      assert.equal(
        made.summary.freed,
        before - bytesOf(inventory, new Set(all.filter((each) => !gone.has(each)))),
      );
      for (const { digest, bytes } of made.versions) {
        assert.equal(bytes, before - bytesOf(inventory, reachableWithout(inventory, digest)), digest);
      }
    });
  });

  it("says the day from which a version may go, and keeps to it", () => {
    check(800, [registries(), policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const dated = made.versions.filter(({ action, expires }) => action === "keep" && expires !== null);
      const days = [...new Set(dated.map(({ expires }) => expires as string))].slice(0, 3);
      for (const day of days) {
        const ofDay = dated.filter(({ expires }) => expires === day).map(({ digest }) => digest);
        const start = new Date(Math.max(Date.parse(day), now.getTime()));
        const early = plan(inventory, policy, new Date(start.getTime() - 1));
        const late = plan(inventory, policy, new Date(Date.parse(day) + 86_400_000));
        const lets = new Set([...digestsOf(late, "delete"), ...digestsOf(late, "retain"), ...standIns(late)]);
        for (const digest of ofDay) {
          assert.ok(!digestsOf(early, "delete").includes(digest), `${digest} goes before ${day}`);
          assert.ok(lets.has(digest), `${digest} stays after ${day}`);
        }
      }
    });
  });

  it("explains every version, by a path of things that are there (14)", () => {
    check(400, [any, policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      const known = new Set(made.versions.map(({ digest }) => digest));
      for (const { digest, action } of made.versions) {
        const { sentence, path } = explain(made, digest);
        assert.match(
          sentence,
          action === "delete" ? / goes because .+\.$/ : / stays( against the policy)? because .+\.$/,
        );
        for (const [short] of path.matchAll(/sha256:[0-9a-f]{12}/g)) {
          assert.ok(
            [...known].some((each) => each.startsWith(short)),
            path,
          );
        }
      }
    });
  });

  it("reads back what it writes", () => {
    check(200, [any, policies], (inventory, policy) => {
      const made = plan(inventory, policy, now);
      assert.deepEqual(parsePlan(JSON.parse(formatPlan(made)), "plan.json"), made);
      assert.deepEqual(parseInventory(JSON.parse(JSON.stringify(inventory)), "inventory.json"), inventory);
    });
  });

  after(() => assert.ok(checked >= 10_000, `${checked} packages were generated`));
});

/** The edges as the specifications put them, from a version to what belongs to it; merged by digest. */
function directlyBelow({ versions }: Inventory): Map<Digest, Digest[]> {
  const below = new Map<Digest, Digest[]>(versions.map(({ digest }) => [digest, []]));
  for (const { digest, tags, manifest } of versions) {
    if ("children" in manifest)
      below.get(digest)?.push(...manifest.children.filter((child) => below.has(child)));
    const subjects = ["subject" in manifest ? manifest.subject : undefined, ...tags.map(fallbackSubject)];
    for (const subject of subjects)
      if (subject !== undefined && subject !== digest) below.get(subject)?.push(digest);
  }
  return below;
}

function closure(below: ReadonlyMap<Digest, readonly Digest[]>, root: Digest): Set<Digest> {
  const found = new Set([root]);
  for (const each of found) for (const next of below.get(each) ?? []) found.add(next);
  return found;
}

function digestsOf(made: Plan, action: "keep" | "retain" | "delete"): Digest[] {
  return made.versions.filter((each) => each.action === action).map(({ digest }) => digest);
}

function endOf(made: Plan, version: Plan["versions"][number]): Plan["versions"][number] {
  let end = version;
  while (end.reason.kind === "belongs") {
    const { to } = end.reason;
    end = made.versions.find(({ digest }) => digest === to) as typeof end;
  }
  return end;
}

/** What stays only because it is what is left, or hangs on it. */
function standIns(made: Plan): Digest[] {
  return made.versions
    .filter((each) => ["last", "downloads"].includes(endOf(made, each).reason.kind))
    .map(({ digest }) => digest);
}

function shuffled(inventory: Inventory, dice: () => number): Inventory {
  const shuffle = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => ({ item, rank: dice() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ item }) => item);
  const places = shuffle([...inventory.blobs.keys()]);
  return {
    ...inventory,
    incomplete: shuffle(inventory.incomplete),
    blobs: places.map((place) => inventory.blobs[place] as Inventory["blobs"][number]),
    versions: shuffle(inventory.versions).map((version) => ({
      ...version,
      tags: shuffle([...version.tags, ...version.tags]),
      manifest:
        "children" in version.manifest
          ? {
              ...version.manifest,
              children: shuffle(version.manifest.children),
              blobs: shuffle(version.manifest.blobs).map((blob) => places.indexOf(blob)),
            }
          : version.manifest,
    })),
    pullRequests: inventory.pullRequests && shuffle(inventory.pullRequests),
    promotions: inventory.promotions && shuffle(inventory.promotions),
    inUse: inventory.inUse && shuffle(inventory.inUse),
  };
}

function knowledgeIsMissing({ incomplete, versions, promotions, inUse }: Inventory): boolean {
  const tags = versions.flatMap((version) =>
    [...new Set(version.tags)].map((tag) => `${tag} ${version.digest}`),
  );
  const distinct = [...new Set(tags)].map((pair) => pair.split(" ")[0]);
  return (
    incomplete.length > 0 ||
    promotions === null ||
    inUse === null ||
    versions.some(({ manifest }) => "unreadable" in manifest || manifest.mediaType.includes("unheard")) ||
    new Set(distinct).size < distinct.length
  );
}

function mustStay(
  { digest, tags, createdAt, updatedAt }: Version,
  inventory: Inventory,
  policy: Policy,
): boolean {
  const youngest = Math.max(Date.parse(createdAt), Date.parse(updatedAt));
  const last = (environment: string) =>
    inventory.promotions?.findLast((each) => each.environment === environment);
  return (
    tags.some((tag) => ["mystery", "1.2.3.4", "pr-4", "production", "latest"].includes(tag)) ||
    youngest > now.getTime() - policy.graceDays * 86_400_000 ||
    inventory.inUse?.some((each) => each.digest === digest) === true ||
    ["staging", "production"].some((environment) => last(environment)?.to === digest)
  );
}

function isTaggedImage({ tags, manifest }: Version): boolean {
  if ("subject" in manifest && manifest.subject !== undefined) return false;
  return tags.some((tag) => !tag.startsWith("sha256-") && !tag.startsWith("buildcache-"));
}

function bytesOf({ versions, blobs }: Inventory, digests: ReadonlySet<Digest>): number {
  const held = new Set<number>();
  let bytes = 0;
  for (const { digest, manifest } of versions) {
    if (!digests.has(digest) || !("blobs" in manifest)) continue;
    bytes += manifest.size;
    manifest.blobs.forEach((blob) => held.add(blob));
  }
  return [...held].reduce((sum, blob) => sum + (blobs[blob]?.size ?? 0), bytes);
}

/** All that is still led to when one version is gone: from tags of their own, and from what nothing owns. */
function reachableWithout(inventory: Inventory, without: Digest): Set<Digest> {
  const below = directlyBelow(inventory);
  const owned = new Set([...below.values()].flat());
  const found = new Set<Digest>();
  for (const { digest, tags } of inventory.versions) {
    if (tags.some((tag) => fallbackSubject(tag) === undefined) || !owned.has(digest)) found.add(digest);
  }
  found.delete(without);
  for (const each of found) for (const next of below.get(each) ?? []) if (next !== without) found.add(next);
  return found;
}
