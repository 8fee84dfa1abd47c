/**
 * Points tags at an image that is in the registry: forward only. A registry has no compare-and-swap, so a tag is
 * read right before it is written and again afterwards, until what was written, or something newer, stays.
 */
import { PlatformError } from "../core/errors";
import { isRegained, planTagMove } from "../core/images";
import type { Digest, Tag } from "../core/names";
import type { MoveDecision, MoveQuestion, TagTarget } from "../core/tags";
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
  readonly isAncestor: (ancestor: string, descendant: string) => boolean | undefined;
}

/** How often a tag is written again after another push took it. More than that is no race. */
const ROUNDS = 5;

export function createTagMover(options: TagMoverOptions): TagMover {
  const { registry, repository, image, force } = options;
  const targets = new Map<Digest, Promise<TagTarget>>();

  function target(digest: Digest): Promise<TagTarget> {
    const known = targets.get(digest) ?? readTarget(registry, repository, digest);
    targets.set(digest, known);
    return known;
  }

  async function question(tag: Tag): Promise<MoveQuestion & { readonly at: Digest | undefined }> {
    const at = (await registry.resolve(repository, tag))?.digest;
    const to = await target(image.digest);
    const from = at === undefined ? undefined : await target(at);
    return { tag, at, from, to, descends: descends(from, to, options.isAncestor) };
  }

  return {
    plan: async (tag) => planTagMove(await question(tag), force),
    async move(tag) {
      let written: TagOutcome | undefined;
      for (let round = 0; round < ROUNDS; round += 1) {
        const asked = await question(tag);
        const decision = planTagMove(asked, force);
        if (decision.action === "unchanged")
          return written ?? { tag, action: "unchanged", reason: decision.reason, ...before(asked.at) };
        if (written !== undefined && !isRegained(asked)) {
          return {
            ...written,
            action: "kept",
            reason: `another push moved it meanwhile: ${decision.reason}`,
          };
        }
        if (decision.action === "keep")
          return { tag, action: "kept", reason: decision.reason, ...before(asked.at) };
        if (decision.action === "refuse") throw new PlatformError(refusal(tag, decision));
        // Reading what it points at took several requests; what came in between is looked at first.
        if ((await registry.resolve(repository, tag))?.digest !== asked.at) continue;
        await registry.putManifest(repository, tag, image.bytes, image.mediaType);
        const action = decision.action === "create" ? "created" : "moved";
        written ??= { tag, action, reason: decision.reason, ...before(asked.at) };
      }
      throw new PlatformError({
        code: "tag-contended",
        where: `tag ${tag}`,
        problem: `other pushes moved it ${ROUNDS} times while it was being moved`,
        fix: "let one publishing run of this image finish, then run this again",
      });
    },
  };
}

/** The fault of a tag that must not move. */
export function refusal(tag: Tag, decision: MoveDecision) {
  return {
    code: "tag-refused",
    where: `tag ${tag}`,
    problem: decision.reason,
    fix: "publish what the tag stands for under it, or this image under its own tags (ghcr tags prints them)",
  };
}

function descends(
  from: TagTarget | undefined,
  to: TagTarget,
  isAncestor: TagMoverOptions["isAncestor"],
): boolean | undefined {
  const [old, next] = [from?.revision, to.revision];
  // Revisions are text that somebody wrote into an image: only what is a commit reaches git.
  return isCommit(old) && isCommit(next) ? isAncestor(old, next) : undefined;
}

function isCommit(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

async function readTarget(registry: Registry, repository: string, digest: Digest): Promise<TagTarget> {
  return { digest, ...(await readImageSource(registry, repository, digest)) };
}

function before(at: Digest | undefined): { readonly from?: string } {
  return at === undefined ? {} : { from: at };
}
