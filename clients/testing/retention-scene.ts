/** A package with images that a policy lets go, and applications of its plan: what tests of applying share. */
import assert from "node:assert/strict";
import type { Digest } from "../../core/names";
import { definePolicy, plan, type Plan } from "../../core/retention";
import { BlobList, manifestFacts, manifestSource, takeInventory } from "../inventory";
import type { ManifestCache, StoredManifest } from "../manifest-cache";
import { openPackages } from "../packages";
import { applyPlan, type ApplyResult } from "../retention-apply";
import { parseJournal, type Journal } from "../retention-journal";
import { FakePackages, type FakePackagesOptions } from "./fake-packages";

const policy = definePolicy({
  graceDays: 1,
  rules: [
    { id: "development", kind: "expire-tagged", of: "development", afterDays: 14 },
    { id: "untagged", kind: "expire-untagged", afterDays: 7 },
    { id: "orphans", kind: "expire-orphans", afterDays: 30 },
  ],
  brake: { versions: 1_000, percent: 100 },
});

export interface Scene {
  readonly github: FakePackages;
  /** Roots that stay. */
  readonly kept: readonly Digest[];
  /** Developers' images, which go: index, two platforms, signature. */
  readonly doomed: readonly Digest[];
  /** Children of the first doomed index. */
  readonly platforms: readonly Digest[];
}

/** Two releases and developers' images; the release's platform is also in the first of those. */
export function scene(images = 3, options: FakePackagesOptions = {}): Scene {
  const github = new FakePackages(options);
  const shared = github.push({ salt: "shared" });
  const releases = ["1.0.0", "1.1.0"].map((tag) =>
    github.push({ tags: [tag], children: [shared, github.push()] }),
  );
  let platforms: Digest[] = [];
  const doomed = Array.from({ length: images }, (_, image) => {
    const children = [github.push(), github.push()];
    if (image === 0) platforms = children;
    const tags = [`dev-ann-${String(image).padStart(7, "0")}`];
    const index = github.push({ tags, children: image === 0 ? [...children, shared] : children });
    github.push({ subject: index, tags: [`${index.replace(":", "-")}.sig`] });
    return index;
  });
  const nested = github.push({ tags: ["2.0.0"], children: [releases[0] as Digest] });
  return { github, kept: [...releases, nested], doomed, platforms };
}

export class MemoryCache implements ManifestCache {
  private readonly known = new Map<Digest, StoredManifest>();
  get(digest: string) {
    return this.known.get(digest as Digest);
  }
  put(digest: string, manifest: StoredManifest) {
    this.known.set(digest as Digest, manifest);
  }
}

export class MemoryJournal implements Journal {
  text = "";
  read() {
    return parseJournal(this.text, "journal");
  }
  add(line: unknown) {
    this.text += `${JSON.stringify(line)}\n`;
  }
}

export function clients({ owner, name, fetch, clock, registry }: FakePackages, cache: ManifestCache) {
  const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
  return { packages, manifests: manifestSource(registry, `${owner}/${name}`, cache) };
}

export async function planned(github: FakePackages, cache: ManifestCache = new MemoryCache()): Promise<Plan> {
  const now = () => new Date(github.time);
  const known = { pullRequests: [], promotions: [], inUse: [] };
  const inventory = await takeInventory({ ...clients(github, cache), known, now });
  assert.deepEqual(inventory.incomplete, []);
  github.journal.length = 0;
  github.points.length = 0;
  return plan(inventory, policy, new Date(github.time + 40 * 86_400_000));
}

export async function apply(
  github: FakePackages,
  made: Plan,
  journal: Journal = new MemoryJournal(),
  cache: ManifestCache = new MemoryCache(),
): Promise<ApplyResult> {
  const { packages, manifests } = clients(github, cache);
  return applyPlan({
    plan: made,
    planHash: `sha256:${"1".repeat(64)}`,
    ...{ packages, journal, now: () => new Date(github.time) },
    childrenOf: async (digest) => {
      const facts = manifestFacts(await manifests.read(digest), new BlobList(), new Set());
      return "unreadable" in facts ? facts : facts.children;
    },
  });
}

/** How many of each outcome. */
export function counts({ outcomes }: ApplyResult): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { outcome } of outcomes.values()) found[outcome] = (found[outcome] ?? 0) + 1;
  return found;
}

export function assertKeptWhole({ github, kept }: Scene, message = ""): void {
  for (const digest of kept) assert.deepEqual(github.missingBelow(digest), [], message);
}

export function assertNothingTwice({ deletions }: FakePackages, message = ""): void {
  assert.equal(new Set(deletions).size, deletions.length, message);
}

/** Against a line of the journal of calls. */
export const deleting = /^DELETE/;
