/** `core/tags` decides whether a tag may move; this adds force, and what a race asks for. */
import { classifyTag, mayMove, type MoveDecision, type MoveQuestion } from "../tags";

/**
 * Decides. Force moves a tag only where it is kept because something is unknown: it never goes back to what is
 * known to be older, and never moves what must not move.
 */
export function planTagMove(question: MoveQuestion, force: boolean): MoveDecision {
  const decision = mayMove(question);
  if (!force || decision.undecided !== true) return decision;
  return { action: "move", reason: `${decision.reason}; forced` };
}

/**
 * Whether a tag that another push took over right after ours is to be taken back. Only where ours is known to be
 * the newer one: of two builds of the same rank the later write counts, or both would write for ever.
 */
export function isRegained(question: MoveQuestion): boolean {
  if (mayMove(question).action !== "move") return false;
  return classifyTag(question.tag) === "semver" || commitOf(question.from) !== commitOf(question.to);
}

/** A working folder's build is `<commit>-dirty`: the same rank as the commit's own. */
function commitOf(target: MoveQuestion["from"]): string | undefined {
  return target?.revision?.slice(0, 40);
}
