/** One bare repository on disk, through the git command. */
import { mkdir, rm } from "node:fs/promises";
import { commitFormat, parseChanges, parseCommits, parseTree } from "./objects";
import type { ChangedFile, Commit, Person, Reference, TreeEntry } from "./objects";
import { GitError, runGit, type RunOptions } from "./run";

/** A change of one path: its new content, or null to remove it. */
export interface FileChange {
  readonly path: string;
  readonly content: Buffer | null;
  readonly mode: string;
}

export interface NewCommit {
  readonly branch: string;
  /** The commit that the branch has to point at; undefined where the branch is to be made. */
  readonly parent: string | undefined;
  readonly changes: readonly FileChange[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

/** The branch moved while a commit was made for it. */
export class BranchMovedError extends Error {}

const noObject = "0".repeat(40);

export class GitRepository {
  constructor(
    readonly folder: string,
    /** The quarantine of a push that is being checked, else empty. */
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** A fresh bare repository; what an earlier attempt left in the folder goes. */
  async create(defaultBranch: string): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await this.run(["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`]);
    await this.run(["config", "http.receivepack", "true"]);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Which branch a clone checks out. */
  async pointHeadAt(branch: string): Promise<void> {
    await this.run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  /** The object's id, or undefined where the name leads to none; e.g. `refs/heads/main`, `v1.0.0^{commit}`. */
  async resolve(name: string): Promise<string | undefined> {
    // A name that starts with a dash would be taken for an option.
    if (name.startsWith("-")) return undefined;
    return this.#orUndefined(["rev-parse", "--quiet", "--verify", "--end-of-options", name]);
  }

  /** What a `ref` of GitHub's API means: a branch before a tag before a commit's id, whole or shortened. */
  async resolveCommit(ref: string): Promise<string | undefined> {
    const names = [`refs/heads/${ref}`, `refs/tags/${ref}`, ref.startsWith("refs/") ? ref : undefined];
    if (/^heads\/|^tags\//.test(ref)) names.push(`refs/${ref}`);
    if (/^[0-9a-f]{4,40}$/.test(ref)) names.push(ref);
    for (const name of names) {
      const sha = name === undefined ? undefined : await this.resolve(`${name}^{commit}`);
      if (sha !== undefined) return sha;
    }
    return undefined;
  }

  branch(name: string): Promise<string | undefined> {
    return this.resolve(`refs/heads/${name}`);
  }

  async references(prefix: string): Promise<Reference[]> {
    const format = "%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)";
    const text = await this.text(["for-each-ref", `--format=${format}`, prefix]);
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => {
      const [name = "", sha = "", type = "", peeled = ""] = line.split("\0");
      return { name, sha, type: type as Reference["type"], peeled: peeled === "" ? undefined : peeled };
    });
  }

  async commit(sha: string): Promise<Commit | undefined> {
    if ((await this.type(sha)) !== "commit") return undefined;
    return parseCommits(await this.text(["log", "-1", `--format=${commitFormat}`, sha]))[0];
  }

  /** Newest first, those reachable from the commit; with paths, those that touch one of them. */
  async commits(
    range: string,
    options: { paths?: readonly string[]; limit?: number } = {},
  ): Promise<Commit[]> {
    const limit = options.limit === undefined ? [] : [`--max-count=${options.limit}`];
    const args = ["log", `--format=${commitFormat}`, ...limit, "--end-of-options", range];
    return parseCommits(await this.text([...args, "--", ...(options.paths ?? [])]));
  }

  /** What a commit changed against its first parent, or what lies between two commits. */
  async changes(commit: Commit | { readonly from: string; readonly to: string }): Promise<ChangedFile[]> {
    const flags = ["-r", "-M", "-z", "--no-commit-id", "--raw", "--numstat", "--abbrev=40"];
    if ("from" in commit) return this.#changes([...flags, commit.from, commit.to]);
    const parent = commit.parents[0];
    return this.#changes(
      parent === undefined ? [...flags, "--root", commit.sha] : [...flags, parent, commit.sha],
    );
  }

  type(sha: string): Promise<string | undefined> {
    return this.#orUndefined(["cat-file", "-t", sha]);
  }

  async blob(sha: string): Promise<Buffer> {
    return this.run(["cat-file", "blob", sha]);
  }

  /** The entry at a path of a commit or tree; undefined where there is none. The root is a tree with path "". */
  async entry(commit: string, path: string): Promise<TreeEntry | undefined> {
    if (path === "") {
      const sha = await this.resolve(`${commit}^{tree}`);
      return sha === undefined ? undefined : { mode: "040000", type: "tree", sha, size: undefined, path: "" };
    }
    const found = await this.text(["--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path]);
    return parseTree(found)[0];
  }

  async tree(sha: string, recursive = false): Promise<TreeEntry[]> {
    const flags = recursive ? ["-r", "-t"] : [];
    return parseTree(await this.text(["ls-tree", "-z", "--long", ...flags, sha]));
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    try {
      await this.run(["merge-base", "--is-ancestor", older, newer]);
      return true;
    } catch (error) {
      if (error instanceof GitError && error.exitCode === 1) return false;
      throw error;
    }
  }

  /**
   * Makes a commit and moves the branch to it, in one step.
   * @throws BranchMovedError when the branch does not point at the parent any more
   */
  async writeCommit(commit: NewCommit): Promise<string> {
    try {
      return (
        await this.text(["fast-import", "--quiet", "--date-format=raw"], { input: importStream(commit) })
      ).trim();
    } catch (error) {
      // fast-import moves a branch only forward: a commit whose parent is no longer the tip is refused.
      const moved = error instanceof GitError && /Not updating|cannot lock ref/.test(error.stderr);
      throw moved ? new BranchMovedError(commit.branch) : error;
    }
  }

  /** @throws GitError when the reference is not at `old` (null: does not exist) any more */
  async updateReference(name: string, sha: string, old: string | null): Promise<void> {
    await this.run(["update-ref", name, sha, old ?? noObject]);
  }

  async deleteReference(name: string, old: string): Promise<void> {
    await this.run(["update-ref", "-d", name, old]);
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    return runGit(this.folder, args, { ...options, env: { ...this.env, ...options.env } });
  }

  async text(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.run(args, options)).toString("utf8");
  }

  /** The same repository as a push sees it that is not accepted yet. */
  inQuarantine(env: Readonly<Record<string, string>>): GitRepository {
    return new GitRepository(this.folder, env);
  }

  async #changes(args: readonly string[]): Promise<ChangedFile[]> {
    return parseChanges(await this.text(["diff-tree", ...args]));
  }

  async #orUndefined(args: readonly string[]): Promise<string | undefined> {
    try {
      return (await this.text(args)).trim();
    } catch (error) {
      if (error instanceof GitError) return undefined;
      throw error;
    }
  }
}

/** The input of `git fast-import`; its answer is the new commit's id. */
function importStream(commit: NewCommit): Buffer {
  const parts: (string | Buffer)[] = [
    `commit refs/heads/${commit.branch}\nmark :1\n`,
    `author ${person(commit.author)}\ncommitter ${person(commit.committer)}\n`,
    ...data(Buffer.from(commit.message)),
  ];
  if (commit.parent !== undefined) parts.push(`from ${commit.parent}\n`);
  for (const change of commit.changes) {
    if (change.content === null) parts.push(`D ${quoted(change.path)}\n`);
    else parts.push(`M ${change.mode} inline ${quoted(change.path)}\n`, ...data(change.content));
  }
  parts.push("\nget-mark :1\ndone\n");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function data(content: Buffer): (string | Buffer)[] {
  return [`data ${content.length}\n`, content, "\n"];
}

function person({ name, email, date }: Person): string {
  const clean = (text: string): string => text.replace(/[<>\n\0]/g, "");
  return `${clean(name)} <${clean(email)}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
}

function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}
