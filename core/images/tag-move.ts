/** `core/tags` decides whether a tag may move; this adds force, and what a race asks for. */
import { mayMove, type MoveDecision, type MoveQuestion } from "../tags";

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
 * Whether a tag that another push took over right after ours is to be taken back. Only where ours may follow theirs
 * and theirs may not follow ours: where both may, the later write counts, or both would write for ever.
 * @param precedes whether the commit of `to` is an ancestor of that of `from`; undefined where that can't be told
 */
export function isRegained(question: MoveQuestion, precedes: boolean | undefined): boolean {
  const { tag, from, to } = question;
  if (from === undefined) return false;
  const theirs: MoveQuestion = { tag, from: to, to: from, descends: precedes };
  return mayMove(question).action === "move" && mayMove(theirs).action !== "move";
}
