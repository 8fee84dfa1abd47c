/**
 * Points tags at an image that is in the registry: forward only. A registry has no compare-and-swap, so a tag is
 * read right before it is written and again afterwards, until what was written, or something newer, stays.
 */
import { PlatformError, type Fault } from "../core/errors";
import { isRegained, planTagMove } from "../core/images";
import type { Digest, Tag } from "../core/names";
import {
  classifyTag,
  isMovingVersionTag,
  type MoveDecision,
  type MoveQuestion,
  type TagTarget,
} from "../core/tags";
import { readImageSource } from "./images";
import type { Manifest, Registry } from "./registry";

export interface TagMover {
  /** What would happen to the tag now. */
  plan(tag: Tag): Promise<MoveDecision>;
  /**
   * Points the tag at the image, or leaves it where something newer is.
   * @throws PlatformError `tag-refused` for a tag that must not move, `tag-contended` if others keep moving it
   */
  move(tag: Tag): Promise<TagOutcome>;
}

export interface TagOutcome {
  readonly tag: Tag;
  /** `kept`: it points at something newer, or at something whose age can't be told; nothing was written. */
  readonly action: "created" | "moved" | "unchanged" | "kept";
  readonly reason: string;
  /** What the tag pointed at before; absent for a new tag. */
  readonly from?: string;
}

export interface TagMoverOptions {
  readonly registry: Registry;
  readonly repository: string;
  /** The image that tags are to point at, as the registry gave it. */
  readonly image: Manifest;
  /** Moves also where something is unknown; never back to what is known to be older. */
  readonly force: boolean;
  /** Whether a commit is an ancestor of another; undefined where that can't be told. */
  readonly isAncestor: (ancestor: string, descendant: string) => Promise<boolean | undefined>;
}

/**
 * Points all of them at the image. Tags that name one build come first: a run that is cut short has not yet announced
 * it as the newest.
 * @returns in the order of `tags`
 * @throws PlatformError `tag-refused` before the first write, if one of them must not move
 */
export async function moveTags(mover: TagMover, tags: readonly Tag[]): Promise<readonly TagOutcome[]> {
  await planTags(mover, tags);
  const outcomes = new Map<Tag, TagOutcome>();
  for (const tag of [...tags.filter((one) => !announces(one)), ...tags.filter(announces)]) {
    outcomes.set(tag, await mover.move(tag));
  }
  return tags.flatMap((tag) => outcomes.get(tag) ?? []);
}

/**
 * Reads what all of them point at, and writes nothing.
 * @throws PlatformError `tag-refused` with every one that must not move
 */
export async function planTags(mover: TagMover, tags: readonly Tag[]): Promise<void> {
  const plans = await Promise.all(tags.map(async (tag) => ({ tag, decision: await mover.plan(tag) })));
  const faults = plans.flatMap(({ tag, decision }) =>
    decision.action === "refuse" ? [refusal(tag, decision)] : [],
  );
  if (faults.length > 0) throw new PlatformError(faults);
}

function announces(tag: Tag): boolean {
  return classifyTag(tag) === "latest" || isMovingVersionTag(tag);
}

/** What became of a tag, as a person reads it. */
export function tagOutcomeLine({ tag, action, reason, from }: TagOutcome): string {
  const before = from === undefined || action === "unchanged" ? "" : ` (was at ${from.slice(0, 19)})`;
  return `  ${tag}: ${action}, ${reason}${before}`;
}

/** A question about a tag with what only the mover needs. */
interface Asked extends MoveQuestion {
  readonly tag: Tag;
  /** What the tag points at. */
  readonly at: Digest | undefined;
  /** Whether our commit is an ancestor of the one it points at; nobody asks before we have written it. */
  readonly precedes: boolean | undefined;
}

/** How often a tag is written again after another push took it. More than that is no race. */
const ROUNDS = 5;

export function createTagMover(options: TagMoverOptions): TagMover {
  const { registry, repository, image, force } = options;
  const targets = new Map<Digest, Promise<TagTarget>>();
  /** What a plan has read, which is where a move begins. */
  const planned = new Map<Tag, Asked>();

  function target(digest: Digest): Promise<TagTarget> {
    const known = targets.get(digest) ?? readTarget(registry, repository, digest);
    targets.set(digest, known);
    return known;
  }

  async function question(tag: Tag, isWritten = false): Promise<Asked> {
    const at = (await registry.resolve(repository, tag))?.digest;
    const to = await target(image.digest);
    const from = at === undefined ? undefined : await target(at);
    // Of an image itself nobody asks which is older, and git takes its time.
    const [old, next] = at === image.digest ? [] : [from?.revision, to.revision];
    const precedes = isWritten ? await descends(next, old) : undefined;
    return { tag, at, from, to, descends: await descends(old, next), precedes };
  }

  return {
    async plan(tag) {
      const asked = await question(tag);
      planned.set(tag, asked);
      return planTagMove(asked, force);
    },
    async move(tag) {
      let written: TagOutcome | undefined;
      for (let round = 0; ; round += 1) {
        const asked = planned.get(tag) ?? (await question(tag, written !== undefined));
        planned.delete(tag);
        const decision = planTagMove(asked, force);
        const settled = settledOutcome(asked, decision, written);
        if (settled !== undefined) return settled;
        if (decision.action === "refuse") throw new PlatformError(refusal(tag, decision));
        if (round === ROUNDS) throw new PlatformError(contention(tag));
        // Reading what it points at took several requests; what came in between is looked at first.
        if ((await registry.resolve(repository, tag))?.digest !== asked.at) continue;
        await registry.putManifest(repository, tag, image.bytes, image.mediaType);
        const action = decision.action === "create" ? "created" : "moved";
        written ??= { tag, action, reason: decision.reason, ...before(asked.at) };
      }
    },
  };

  async function descends(
    older: string | undefined,
    newer: string | undefined,
  ): Promise<boolean | undefined> {
    return isCommit(older) && isCommit(newer) ? options.isAncestor(older, newer) : undefined;
  }
}

/** How it ended, if there is nothing more to write. */
function settledOutcome(
  asked: Asked,
  { action, reason }: MoveDecision,
  written: TagOutcome | undefined,
): TagOutcome | undefined {
  const { tag, at } = asked;
  if (action === "unchanged") return written ?? { tag, action, reason, ...before(at) };
  if (action === "keep") return { tag, action: "kept", reason, ...before(at) };
  if (written === undefined || action === "create" || isRegained(asked, asked.precedes)) return undefined;
  return { ...written, action: "kept", reason: "another push of the same rank has moved it meanwhile" };
}

function contention(tag: Tag): Fault {
  return {
    code: "tag-contended",
    where: `tag ${tag}`,
    problem: `other pushes moved it ${ROUNDS} times while it was being moved`,
    fix: "let the other publishing runs of this image finish, then run this again",
  };
}

/** The fault of a tag that must not move. */
function refusal(tag: Tag, decision: MoveDecision): Fault {
  return {
    code: "tag-refused",
    where: `tag ${tag}`,
    problem: decision.reason,
    fix: "publish what the tag stands for under it, or this image under its own tags (ghcr tags prints them)",
  };
}

/** Revisions are text that somebody wrote into an image: only what is a commit reaches git. */
function isCommit(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

async function readTarget(registry: Registry, repository: string, digest: Digest): Promise<TagTarget> {
  return { digest, ...(await readImageSource(registry, repository, digest)) };
}

function before(at: Digest | undefined): { readonly from?: string } {
  return at === undefined ? {} : { from: at };
}
