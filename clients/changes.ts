/** What a run of a workflow asks of its checkout: which files changed, and when a commit was made. */
import { execFileSync } from "node:child_process";

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
