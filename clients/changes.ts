/** What is asked of a checkout about commits: which files changed, when one was made, what lies between two. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commitsBetween, type CommitsBetween } from "../core/promotion";

/**
 * Files that differ between a commit and what is checked out, from the repository's top; undefined where the commit
 * is not at hand: after a force push, in a shallow checkout, for a branch's first push.
 */
export function changedFiles(root: string, since: string): readonly string[] | undefined {
  if (!/^[0-9a-f]{40}$/.test(since)) return undefined;
  // Renames count as a deletion and an addition, which also spares a partial clone the files' contents.
  const output = git(root, "diff", "--name-only", "--no-renames", "-z", `${since}^{commit}`, "HEAD");
  return output?.split("\0").filter((file) => file !== "");
}

/** When a commit was made; undefined where it is not at hand. */
export function commitTime(root: string, commit: string): Date | undefined {
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const seconds = git(root, "show", "--no-patch", "--format=%ct", `${commit}^{commit}`)?.trim();
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

/** What lies between two commits, the newest first; undefined where one of them is not at hand. */
export function readCommitsBetween(root: string, from: string, to: string): CommitsBetween | undefined {
  if (![from, to].every((commit) => /^[0-9a-f]{40}$/.test(commit))) return undefined;
  const counted = git(root, "rev-list", "--left-right", "--count", `${from}...${to}`, "--");
  const [behind = NaN, ahead = NaN] = counted?.trim().split(/\s+/).map(Number) ?? [];
  if (counted === undefined || Number.isNaN(ahead)) return undefined;
  const [older, newer] = ahead > 0 ? [from, to] : [to, from];
  const log = git(root, "log", "--max-count=20", "--format=%H %s", `${older}..${newer}`, "--") ?? "";
  const subjects = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ commit: line.slice(0, 40), subject: line.slice(41) }));
  return commitsBetween({ from, to, ahead, behind, subjects });
}

/** A file of what is checked out; undefined where there is none. */
export function fileText(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

function git(root: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync("git", ["-C", root, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 28,
    });
  } catch {
    return undefined;
  }
}
