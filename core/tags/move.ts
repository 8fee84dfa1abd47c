/** Whether a tag may be pointed at another image: forward only. A decision over plain facts. */
import { gt, parse, type SemVer } from "semver";
import { classifyTag, isMovingVersionTag, isVersionTag, type TagClass } from "./classes";

/** What is known of the image that a tag points at, or is to point at. */
export interface TagTarget {
  readonly digest: string;
  /** `org.opencontainers.image.revision`. */
  readonly revision: string | undefined;
  /** `org.opencontainers.image.version`. */
  readonly version: string | undefined;
  /** `org.opencontainers.image.created`, the commit's time in RFC 3339. Only a pull request's tag goes by it. */
  readonly created?: string | undefined;
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
   * `create` and `move` write; `unchanged` and `keep` don't and are no failure; `refuse` is one: the tag must never
   * move and points elsewhere, or isn't publishing's to set, or doesn't name this image.
   */
  readonly action: "create" | "move" | "unchanged" | "keep" | "refuse";
  readonly reason: string;
  /** True where a tag is kept because something is unknown, not because it is known to be ahead. */
  readonly undecided?: true;
}

/**
 * Decides. Nothing that is unknown lets a tag move, and no order in which builds end moves one back.
 *
 * | tag | moves |
 * | --- | --- |
 * | `latest` | to a commit that descends from the one it points at |
 * | `1.2`, `1` | to a higher version of its line |
 * | `1.2.3`, `2.0.0-rc.1` | never |
 * | `sha-<7>` | never |
 * | `dev-<who>-<7>` | to another build of the same commit |
 * | `pr-123` | to a descendant; after a rebase or on a new merge commit, to the later commit |
 * | all others | not by publishing |
 */
export function mayMove(question: MoveQuestion): MoveDecision {
  const { tag, from, to } = question;
  const tagClass = classifyTag(tag);
  const wrong = misnamed(tag, tagClass, to);
  if (wrong !== undefined) return refuse(wrong);
  if (from === undefined) return { action: "create", reason: "it is new" };
  if (from.digest === to.digest) return { action: "unchanged", reason: "it points at this image" };
  switch (tagClass) {
    case "latest":
      return alongHistory(question, from);
    case "semver":
      return isVersionTag(tag) ? neverMoves(from, to) : toHigherVersion(tag, from, to);
    case "sha":
      return withinCommit(from, to, keep("it points at another build of this commit, and never moves"));
    case "development":
      return withinCommit(from, to, move("a new build of the same commit"));
    default:
      return alongPullRequest(question, from);
  }
}

/** Why a tag can't be this image's, whatever it points at now. */
function misnamed(tag: string, tagClass: TagClass, to: TagTarget): string | undefined {
  switch (tagClass) {
    case "latest":
    case "pull-request":
      return undefined;
    case "semver": {
      const version = readVersion(to);
      if (version === undefined || covers(tag, version)) return undefined;
      return `this image is ${version.version}, which ${tag} doesn't stand for`;
    }
    case "sha":
    case "development":
      return to.revision === undefined || to.revision.startsWith(tag.slice(-7))
        ? undefined
        : `this image's commit is ${short(to)}, not ${tag.slice(-7)}`;
    default:
      return `tags of class ${tagClass} are not set by publishing`;
  }
}

function alongHistory({ descends, to }: MoveQuestion, from: TagTarget): MoveDecision {
  if (sameCommit(from, to)) return move("a new build of the same commit");
  if (descends === true) return move(`${short(to)} descends from ${short(from)}`);
  return descends === undefined
    ? undecided(`whether ${short(to)} descends from ${short(from)} can't be told`)
    : keep(`${short(to)} does not descend from ${short(from)}, which it points at`);
}

/**
 * A pull request's branch may be rebased, and each state of it has a merge commit of its own: neither descends
 * from what was there before. Then the commits' times decide.
 */
function alongPullRequest(question: MoveQuestion, from: TagTarget): MoveDecision {
  const { to, descends } = question;
  if (sameCommit(from, to) || descends === true) return alongHistory(question, from);
  const [old, next] = [timeOf(from), timeOf(to)];
  if (old === undefined || next === undefined || old === next) {
    return undecided(`whether ${short(to)} is later than ${short(from)} can't be told`);
  }
  return next > old
    ? move(`${short(to)} is later than ${short(from)}`)
    : keep(`${short(to)} is earlier than ${short(from)}, which it points at`);
}

function toHigherVersion(tag: string, from: TagTarget, to: TagTarget): MoveDecision {
  const [old, next] = [readVersion(from), readVersion(to)];
  if (next === undefined) return undecided("the version of this image is unknown");
  if (old === undefined) return undecided("the version of the image it points at is unknown");
  if (!covers(tag, old)) return undecided(`it points at ${old.version}, which it doesn't stand for`);
  return gt(next, old)
    ? move(`${next.version} is higher than ${old.version}`)
    : keep(`${next.version} is not higher than ${old.version}, which it points at`);
}

function neverMoves(from: TagTarget, to: TagTarget): MoveDecision {
  return sameCommit(from, to)
    ? keep("it was released from this commit already, and a version's tag never moves")
    : refuse(`it was released from ${short(from)}, and a version's tag never moves: release a new version`);
}

function withinCommit(from: TagTarget, to: TagTarget, ofOneCommit: MoveDecision): MoveDecision {
  if (sameCommit(from, to)) return ofOneCommit;
  return from.revision === undefined || to.revision === undefined
    ? undecided("whether both images are of one commit can't be told")
    : refuse(`it names the commit ${from.revision}, whose first seven digits are the same`);
}

/** Whether a tag `1.2.3`, `1.2` or `1` may point at this version. A pre-release has its own tag only. */
function covers(tag: string, version: SemVer): boolean {
  if (!isMovingVersionTag(tag)) return version.version === tag;
  return version.prerelease.length === 0 && `${version.version}.`.startsWith(`${tag}.`);
}

function readVersion({ version }: TagTarget): SemVer | undefined {
  return parse(version) ?? undefined;
}

/** Of a folder that holds what no commit does the revision is `<commit>-dirty`: still a build of that commit. */
function sameCommit(from: TagTarget, to: TagTarget): boolean {
  return from.revision !== undefined && from.revision.slice(0, 40) === to.revision?.slice(0, 40);
}

/** Milliseconds since 1970. */
function timeOf({ created }: TagTarget): number | undefined {
  const time = Date.parse(created ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function short({ revision }: TagTarget): string {
  return revision?.slice(0, 7) ?? "an unknown commit";
}

function move(reason: string): MoveDecision {
  return { action: "move", reason };
}

function keep(reason: string): MoveDecision {
  return { action: "keep", reason };
}

function undecided(reason: string): MoveDecision {
  return { action: "keep", reason, undecided: true };
}

function refuse(reason: string): MoveDecision {
  return { action: "refuse", reason };
}
