/** What the platform asks of a git checkout: which commit a service's source is at, and whether one is older. */
import { execFile, execFileSync } from "node:child_process";
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
  /** Who works here: the first part of git's `user.email`; undefined where there is none. */
  readonly developer: string | undefined;
}

/**
 * Asked of one shell: a process takes longer to start than git to answer, since starting it copies this one's page
 * tables. The first fails outside of a checkout and before the first commit.
 */
const questions = [
  "git rev-parse --is-shallow-repository --symbolic-full-name HEAD",
  // A folder that no commit has changed is at HEAD.
  `last=$(git log -1 --format='%H %ct' -- "$1") && echo "\${last:-$(git log -1 --format='%H %ct')}"`,
  `git status --porcelain -- "$1"`,
  "git tag --points-at HEAD --sort=-version:refname 'v*'",
  "{ git config user.email || true; }",
];
/** Between two answers: no name that git knows holds one. */
const between = "\0";

/**
 * Reads the state of one folder of the checkout.
 * @param root top of the checkout
 * @param path the folder, from the top
 * @throws PlatformError outside of a checkout, before the first commit, and in a shallow one, whose history ends
 *   at an arbitrary commit that would pass for the folder's last change
 */
export function readSourceState(root: string, path: string): SourceState {
  const [head = "", last = "", changes, tags = "", email = ""] = answers(root, path);
  const [revision = "", seconds = ""] = last.split(" ");
  return {
    ref: checkedOutRef(root, head),
    revision,
    committedAt: new Date(Number(seconds) * 1000),
    dirty: changes !== "",
    gitTag: tags.split("\n")[0] || undefined,
    developer: email.split("@")[0] || undefined,
  };
}

/**
 * Whether `ancestor` is an ancestor of `descendant` (or equal); undefined where the checkout lacks one of them, which
 * git tells by another exit code than 0 and 1 (git-merge-base(1), --is-ancestor).
 */
export function isAncestor(root: string, ancestor: string, descendant: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    execFile("git", ["-C", root, "merge-base", "--is-ancestor", ancestor, descendant], (error) => {
      if (error === null) resolve(true);
      else resolve(error.code === 1 ? false : undefined);
    });
  });
}

/** To each of the questions, in their order. */
function answers(root: string, path: string): readonly string[] {
  const script = questions.join(" && printf '\\0' && ");
  try {
    const said = execFileSync("sh", ["-c", script, "sh", path], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return said.split(between).map((answer) => answer.trim());
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string | null };
    if (typeof stdout !== "string" || stdout.includes(between)) throw error;
    throw new PlatformError({
      code: "no-commit",
      where: root,
      problem: "not a git checkout with a commit, so an image's revision can't be told",
      fix: "git clone the repository, or git init && git commit",
    });
  }
}

function checkedOutRef(root: string, head: string): string | undefined {
  const [isShallow, ref] = head.split("\n");
  if (isShallow === "true") {
    throw new PlatformError({
      code: "shallow-checkout",
      where: root,
      problem: "the checkout is shallow, so a service's last commit can't be told",
      fix: "git fetch --unshallow (actions/checkout: fetch-depth: 0)",
    });
  }
  return ref === "HEAD" ? undefined : ref;
}
