/**
 * Carries out a saved plan. It deletes what the plan names and nothing else, in the plan's order, and looks again
 * right before each deletion: what was tagged, untagged or listed by a new image meanwhile is left out, and with it
 * all that hangs on it. Every step is on disk before it is sent, so a run that is killed anywhere is gone on with.
 */
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { frozenBy, type Plan } from "../core/retention";
import { attempts, backoff } from "./github-requests";
import type { Packages } from "./packages";
import { journalFormat, type Journal, type JournalState, type Outcome } from "./retention-journal";
import { restoreOne } from "./retention-restore";
import { LiveWatch, type ChildrenOf } from "./retention-watch";

export type FinalOutcome =
  | Outcome
  /** What it hangs on was not deleted. */
  | { readonly outcome: "frozen" }
  /** Deleted, needed, and not brought back: the next run tries again, and so may `ghcr retention restore`. */
  | { readonly outcome: "not-restored"; readonly why: string }
  /** The run stopped before. */
  | { readonly outcome: "not-tried" };

export interface ApplyResult {
  /** By digest, of every planned deletion, in the plan's order. */
  readonly outcomes: ReadonlyMap<Digest, FinalOutcome>;
  /** Why the run stopped early. */
  readonly stopped: string | undefined;
}

export type ApplyEvent =
  | { readonly kind: "start"; readonly deletions: number; readonly expectedMs: number }
  | {
      readonly kind: "outcome";
      readonly digest: Digest;
      readonly is: FinalOutcome;
      readonly done: number;
      readonly of: number;
    };

export interface ApplyOptions {
  readonly plan: Plan;
  /** `sha256:<hex>` of the plan file: a journal is one plan's. */
  readonly planHash: string;
  readonly packages: Packages;
  readonly childrenOf: ChildrenOf;
  readonly journal: Journal;
  readonly now: () => Date;
  /** A person has seen that the plan's brake is on, and lets it through. @default false */
  readonly releaseBrake?: boolean;
  readonly report?: (event: ApplyEvent) => void;
}

/** After so many failures one behind the other the rest is not tried. */
const failuresInARow = 3;

/**
 * @throws PlatformError where nothing may be deleted at all: the brake, a plan that contradicts itself, another
 *   plan's journal, a list that is incomplete, a new manifest that can't be read, a package that would be emptied
 */
export async function applyPlan(options: ApplyOptions): Promise<ApplyResult> {
  requireSound(options.plan, options.releaseBrake === true);
  const state = options.journal.read();
  requireSamePlan(options, state);
  return new Application(options, state).run();
}

class Application {
  private readonly outcomes = new Map<Digest, FinalOutcome>();
  /** Deletions that were sent or, by a run that was cut short, may have been. */
  private readonly sent: Set<Digest>;
  private readonly recorded: Set<Digest>;
  private readonly refused = new Set<Digest>();
  private frozen = new Set<Digest>();
  private readonly watch: LiveWatch;
  private failures = 0;
  private stopped: string | undefined;

  constructor(
    private readonly options: ApplyOptions,
    private readonly before: JournalState,
  ) {
    this.sent = new Set(before.sent.keys());
    this.recorded = new Set(before.sent.keys());
    this.watch = new LiveWatch(options.plan, options.packages, options.childrenOf);
    for (const [digest, is] of before.outcomes) {
      // A failure is tried again; whatever else was found out holds for this plan.
      if (is.outcome !== "failed") this.outcomes.set(digest, is);
      if (["retained", "left-out", "restored"].includes(is.outcome)) this.freeze(digest);
    }
  }

  async run(): Promise<ApplyResult> {
    const { plan, planHash, packages, journal, report } = this.options;
    const { deletions } = plan;
    const open = deletions.filter(({ digest }) => !this.outcomes.has(digest)).length;
    if (deletions.length === 0) return { outcomes: this.outcomes, stopped: undefined };
    await this.watch.start();
    if (this.before.head === undefined)
      journal.add({
        line: "plan",
        format: journalFormat,
        owner: plan.package.owner,
        package: plan.package.name,
        plan: planHash,
        inventory: plan.inventory,
        at: this.time(),
      });
    const expectedMs = packages.limits.expect(open, this.watch.calls);
    report?.({ kind: "start", deletions: open, expectedMs });
    await this.mend();
    for (const deletion of deletions) {
      if (this.stopped !== undefined) break;
      if (this.outcomes.has(deletion.digest)) continue;
      const isFrozen = this.frozen.has(deletion.digest);
      // What a run that was cut short may have deleted is looked at.
      if (isFrozen && !this.recorded.has(deletion.digest))
        this.settle(deletion.digest, { outcome: "frozen" });
      else await this.delete(deletion);
    }
    await this.lookBack();
    for (const { digest } of deletions)
      if (!this.outcomes.has(digest)) this.outcomes.set(digest, { outcome: "not-tried" });
    const inOrder = deletions.map(({ digest }) => [digest, this.outcomes.get(digest)] as const);
    return { outcomes: new Map(inOrder as [Digest, FinalOutcome][]), stopped: this.stopped };
  }

  private async delete(deletion: Plan["deletions"][number]): Promise<void> {
    const { id, digest, after } = deletion;
    const { packages, plan, journal } = this.options;
    const { limits } = packages;
    let why = "";
    let wasGone = false;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      // All waiting comes first: nothing stands between the look and the deletion.
      await limits.ready(this.watch.calls);
      await this.watch.look();
      const mended = await this.mend();
      if (this.stopped !== undefined) return;
      if (mended) continue;
      const live = await this.watch.changed(deletion);
      // Gone comes before needed: what we deleted is mended, what we left out would not be.
      if (live === "gone") {
        // One stray 404 must not let go of what hangs on it.
        if (wasGone) return this.settle(digest, this.absent(digest));
        wasGone = true;
        continue;
      }
      if (this.frozen.has(digest)) return this.settle(digest, { outcome: "frozen" });
      const changed = this.watch.needed(digest) ?? live;
      if (changed !== undefined) return this.settle(digest, { outcome: "left-out", why: changed });
      if (!this.recorded.has(digest)) {
        this.recorded.add(digest);
        const tags = [...this.watch.tagsOf(digest)];
        const needed = after.map((position) => plan.deletions[position]?.digest as Digest);
        journal.add({ line: "deleting", id, digest, tags, after: needed, at: this.time() });
      }
      const deed = await packages.delete(id);
      // Whatever it was answered otherwise: if it is gone now, it was us.
      if (deed.outcome !== "not-found") this.sent.add(digest);
      if (deed.outcome === "done") return this.settle(digest, { outcome: "deleted" });
      if (deed.outcome === "refused") return this.settle(digest, { outcome: "retained", why: deed.words });
      if (deed.outcome === "denied") {
        this.stopped = `GitHub denies the deletion: ${deed.words}`;
        return this.settle(digest, { outcome: "failed", why: deed.words });
      }
      if (deed.outcome === "not-found") {
        if ((await packages.version(id)) === undefined) return this.settle(digest, this.absent(digest));
        this.stopped = "GitHub shows versions and won't delete them: the token lacks the Admin role";
        return this.settle(digest, { outcome: "failed", why: "404, although the version is there" });
      }
      if (deed.outcome === "limited") {
        why = "rate limit";
        await limits.wait(deed.pause, "GitHub asks to wait");
      } else {
        why = deed.why;
        await limits.wait(backoff(attempt), `GitHub fails (${why})`);
      }
    }
    this.settle(digest, { outcome: "failed", why });
  }

  /** It is gone: by us, if a deletion was sent whose answer was lost. */
  private absent(digest: Digest): Outcome {
    return { outcome: this.sent.has(digest) ? "deleted" : "already-gone" };
  }

  private settle(digest: Digest, is: FinalOutcome): void {
    const { journal, plan, report } = this.options;
    this.outcomes.set(digest, is);
    // Frozen is no fact of its own: it follows from the others, also in a run that goes on. What was not restored
    // stays recorded as deleted: nothing else would bring it back, and a deletion must not be tried again.
    if (is.outcome !== "frozen" && is.outcome !== "not-tried" && is.outcome !== "not-restored")
      journal.add({ line: "outcome", digest, is, at: this.time() });
    if (!["deleted", "already-gone", "frozen"].includes(is.outcome)) this.freeze(digest);
    if (is.outcome !== "frozen") this.failures = is.outcome === "failed" ? this.failures + 1 : 0;
    if (this.failures >= failuresInARow) this.stopped ??= `${failuresInARow} deletions in a row failed`;
    report?.({ kind: "outcome", digest, is, done: this.outcomes.size, of: plan.deletions.length });
  }

  private freeze(digest: Digest): void {
    this.refused.add(digest);
    this.frozen = frozenBy(this.options.plan, this.refused);
  }

  /** Brings back what was deleted and then found to be listed by a new image, or to belong to what was restored. */
  private async mend(): Promise<boolean> {
    let mended = false;
    for (const { digest } of this.options.plan.deletions) {
      if (this.outcomes.get(digest)?.outcome !== "deleted" || this.watch.isThereAgain(digest)) continue;
      const owned = this.frozen.has(digest) ? "what it belongs to was restored" : undefined;
      const why = this.watch.needed(digest) ?? owned;
      if (why === undefined) continue;
      await this.restoreWhole(digest, why);
      mended = true;
    }
    return mended;
  }

  /** Afterwards: whether anything was tagged or listed in the width of the request that deleted it. */
  private async lookBack(): Promise<void> {
    const ours = this.options.plan.deletions.filter(
      ({ digest }) => this.outcomes.get(digest)?.outcome === "deleted",
    );
    if (ours.length === 0) return;
    await this.watch.look();
    await this.mend();
    const gained = await this.watch.gainedBeforeDeletion(ours);
    if (gained === undefined) {
      this.stopped ??=
        "GitHub doesn't list what was deleted, so it is not known whether any of it was tagged while it was deleted";
      return;
    }
    for (const [digest, why] of gained) {
      if (this.outcomes.get(digest)?.outcome === "deleted") await this.restoreWhole(digest, why);
    }
  }

  /** What hangs on it comes back first, so that nothing is there that isn't whole. */
  private async restoreWhole(root: Digest, why: string): Promise<void> {
    const { plan, packages } = this.options;
    const below = frozenBy(plan, new Set([root]));
    this.freeze(root);
    for (const { id, digest } of plan.deletions.toReversed()) {
      if (!below.has(digest) || this.outcomes.get(digest)?.outcome !== "deleted") continue;
      if (this.watch.isThereAgain(digest)) continue;
      const problem = await restoreOne(packages, id);
      if (problem !== undefined) {
        this.stopped ??= `${digest} is needed (${why}) and could not be restored: ${problem}`;
        return this.settle(digest, { outcome: "not-restored", why: `needed (${why}): ${problem}` });
      }
      this.settle(digest, { outcome: "restored", why });
    }
  }

  private time(): string {
    return this.options.now().toISOString();
  }
}

function requireSound(
  { deletions, versions, brake, package: { owner, name } }: Plan,
  releaseBrake: boolean,
): void {
  const where = `plan of ${owner}/${name}`;
  const tooMany =
    brake.trippedBy.length > 0 ||
    deletions.length > brake.versions ||
    deletions.length * 100 > versions.length * brake.percent;
  if (tooMany && !releaseBrake) {
    throw new PlatformError({
      code: "brake",
      where,
      problem: `it deletes ${deletions.length} of ${versions.length} versions, more than the brake lets through`,
      fix: `look at the plan; if all of it is meant, apply it with --release-brake, or raise the policy's brake (now ${brake.versions} versions, ${brake.percent} %) and plan again`,
    });
  }
  const doomed = new Map(
    versions.flatMap(({ digest, id, action }) => (action === "delete" ? [[digest, id]] : [])),
  );
  const isSame =
    doomed.size === deletions.length &&
    new Set(deletions.map(({ digest }) => digest)).size === deletions.length &&
    deletions.every(({ digest, id }) => doomed.get(digest) === id);
  if (!isSame) {
    throw new PlatformError({
      code: "contradictory-plan",
      where,
      problem: "its deletions are not those of its versions that are to be deleted",
      fix: "make the plan again and don't edit it",
    });
  }
}

function requireSamePlan({ plan, planHash }: ApplyOptions, { head }: JournalState): void {
  if (head === undefined || (head.plan === planHash && head.inventory === plan.inventory)) return;
  throw new PlatformError({
    code: "other-journal",
    where: "journal",
    problem: "it was written for another plan",
    got: head.plan,
    fix: "give the plan that was begun with, or another journal file",
  });
}
