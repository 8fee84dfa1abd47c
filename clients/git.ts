/** What the platform asks of a git checkout: which commit a service's source is at, and whether one is older. */
import { execFileSync } from "node:child_process";
import { PlatformError } from "../core/errors";

/** The commit that a folder of a checkout is at. */
export interface SourceState {
  /** Full ref of what is checked out, e.g. `refs/heads/main`; undefined when HEAD is detached. */
  readonly ref: string | undefined;
  /**
   * The last commit that changed the folder, 40 hex digits: other services' commits leave it alone, and so a
   * second publish of an unchanged service in a monorepo changes nothing.
   */
  readonly revision: string;
  /** That commit's time. */
  readonly committedAt: Date;
  /** Whether the folder holds what no commit does. */
  readonly dirty: boolean;
  /** Name of a tag that HEAD is at, e.g. `v1.2.3`; the highest version where there are several. */
  readonly gitTag: string | undefined;
}

/**
 * Reads the state of one folder of the checkout.
 * @param root top of the checkout
 * @param path the folder, from the top
 * @throws PlatformError outside of a checkout, before the first commit, and in a shallow one, whose history ends
 *   at an arbitrary commit that would pass for the folder's last change
 */
export function readSourceState(root: string, path: string): SourceState {
  checkoutFaults(root);
  const [revision = "", seconds = ""] = (
    git(root, "log", "-1", "--format=%H %ct", "--", path) || git(root, "log", "-1", "--format=%H %ct")
  ).split(" ");
  return {
    ref: tryGit(root, "symbolic-ref", "--quiet", "HEAD"),
    revision,
    committedAt: new Date(Number(seconds) * 1000),
    dirty: git(root, "status", "--porcelain", "--", path) !== "",
    gitTag:
      git(root, "tag", "--points-at", "HEAD", "--sort=-version:refname", "v*").split("\n")[0] || undefined,
  };
}

/** Who works here, for a developer's own tags: the first part of git's `user.email`, else the login name. */
export function developerName(root: string, login: string): string {
  return tryGit(root, "config", "user.email")?.split("@")[0] || login;
}

/** Whether `ancestor` is an ancestor of `descendant` (or equal); undefined where the checkout lacks one of them. */
export function isAncestor(root: string, ancestor: string, descendant: string): boolean | undefined {
  const both = [ancestor, descendant].every(
    (commit) => tryGit(root, "cat-file", "-e", `${commit}^{commit}`) !== undefined,
  );
  return both ? tryGit(root, "merge-base", "--is-ancestor", ancestor, descendant) !== undefined : undefined;
}

function checkoutFaults(root: string): void {
  if (tryGit(root, "rev-parse", "HEAD") === undefined) {
    throw new PlatformError({
      code: "no-commit",
      where: root,
      problem: "not a git checkout with a commit, so an image's revision can't be told",
      fix: "git clone the repository, or git init && git commit",
    });
  }
  if (git(root, "rev-parse", "--is-shallow-repository") === "true") {
    throw new PlatformError({
      code: "shallow-checkout",
      where: root,
      problem: "the checkout is shallow, so a service's last commit can't be told",
      fix: "git fetch --unshallow (actions/checkout: fetch-depth: 0)",
    });
  }
}

function git(root: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", root, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function tryGit(root: string, ...args: readonly string[]): string | undefined {
  try {
    return git(root, ...args);
  } catch {
    return undefined;
  }
}
