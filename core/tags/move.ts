/** Whether a tag may be pointed at another image: forward only. A decision over plain facts. */
import { gt, valid } from "semver";
import { classifyTag, isVersionTag } from "./classes";

/** What is known of the image that a tag points at, or is to point at. */
export interface TagTarget {
  readonly digest: string;
  /** `org.opencontainers.image.revision`. */
  readonly revision: string | undefined;
  /** `org.opencontainers.image.version`. */
  readonly version: string | undefined;
}

export interface MoveQuestion {
  readonly tag: string;
  /** Undefined where the tag doesn't exist yet. */
  readonly from: TagTarget | undefined;
  readonly to: TagTarget;
  /** Whether `from`'s revision is an ancestor of `to`'s; undefined where that can't be told. */
  readonly descends: boolean | undefined;
}

export interface MoveDecision {
  /**
   * `create` and `move` write; `unchanged` and `keep` don't; `refuse` is an error: the tag must never move and
   * points elsewhere.
   */
  readonly action: "create" | "move" | "unchanged" | "keep" | "refuse";
  readonly reason: string;
}

/** Decides. Nothing that is unknown lets a tag move. */
export function mayMove(question: MoveQuestion): MoveDecision {
  const { tag, from, to } = question;
  if (from === undefined) return { action: "create", reason: "it is new" };
  if (from.digest === to.digest) return { action: "unchanged", reason: "it points at this image" };
  const tagClass = classifyTag(tag);
  switch (tagClass) {
    case "latest":
      return alongHistory(question, from);
    case "sha":
      return sameCommit(from, to)
        ? { action: "move", reason: "a new build of the same commit" }
        : { action: "refuse", reason: `it names the commit ${from.revision ?? "unknown"}` };
    case "semver":
      return isVersionTag(tag)
        ? { action: "refuse", reason: "a version's tag never moves: release a new version" }
        : toHigherVersion(from, to);
    case "pull-request":
    case "development":
      return { action: "move", reason: "its newest build counts" };
    default:
      return { action: "refuse", reason: `tags of the class ${tagClass} are not moved by publishing` };
  }
}

function alongHistory({ descends, to }: MoveQuestion, from: TagTarget): MoveDecision {
  if (sameCommit(from, to)) return { action: "move", reason: "a new build of the same commit" };
  if (descends === true) return { action: "move", reason: `${short(to)} descends from ${short(from)}` };
  return {
    action: "keep",
    reason:
      descends === undefined
        ? `whether ${short(to)} descends from ${short(from)} can't be told`
        : `${short(to)} does not descend from ${short(from)}, which it points at`,
  };
}

function toHigherVersion(from: TagTarget, to: TagTarget): MoveDecision {
  const [old, next] = [valid(from.version), valid(to.version)];
  if (old === null || next === null) {
    return {
      action: "keep",
      reason: `the version of ${old === null ? "the image it points at" : "this image"} is unknown`,
    };
  }
  return gt(next, old)
    ? { action: "move", reason: `${next} is higher than ${old}` }
    : { action: "keep", reason: `${next} is not higher than ${old}, which it points at` };
}

function sameCommit(from: TagTarget, to: TagTarget): boolean {
  return from.revision !== undefined && from.revision === to.revision;
}

function short({ revision }: TagTarget): string {
  return revision?.slice(0, 7) ?? "an unknown commit";
}
