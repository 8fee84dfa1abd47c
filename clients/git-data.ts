/**
 * A repository's branches through GitHub's Git data API: what lies at a path, one commit of several files, and a
 * branch that only ever moves forward. https://docs.github.com/rest/git
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { GitHubCalls } from "./github-calls";

/** What lies at a path of a tree. */
export interface Entry {
  /** Of a file the id of its blob; of anything else one that no file has, e.g. `link:<id>`. */
  readonly id: string;
  /** `100644`, or `100755` for a file that can be run. */
  readonly mode: string;
}

/** Where a branch points. */
export interface Head {
  readonly commit: string;
  readonly tree: string;
}

/** A file as a commit is to have it; without content it is taken away. */
export interface NewEntry {
  readonly path: string;
  readonly content?: string;
  readonly mode?: string;
}

/** `moved`: somebody else was first. `forbidden`: a rule or protection lets nobody like this push. */
export type Move = { readonly is: "done" } | { readonly is: "moved" | "forbidden"; readonly words: string };

const object = z.object({ sha: z.string() });
const reference = z.object({ object });
const commit = z.object({ sha: z.string(), tree: object });
const listing = z.object({
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() })),
  truncated: z.boolean(),
});
const blob = z.object({ content: z.string(), encoding: z.string() });

/** The id that git gives a file of this content. */
export function blobId(content: string): string {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** GitHub answers so to questions about a repository without a commit. */
const nothingThere = [404, 409];

export class GitData {
  private readonly root: string;

  /** @param repository `<owner>/<name>` */
  constructor(
    private readonly calls: GitHubCalls,
    readonly repository: string,
  ) {
    this.root = `repos/${repository}`;
  }

  /** Undefined: there is no such branch, or none that the token may see. */
  async head(branch: string): Promise<Head | undefined> {
    const path = `${this.root}/git/ref/heads/${encodePath(branch)}`;
    const found = await this.calls.read(path, reference, nothingThere);
    if (found === undefined) return undefined;
    const { sha } = found.object;
    const read = await this.calls.read(`${this.root}/git/commits/${sha}`, commit);
    return read === undefined ? undefined : { commit: sha, tree: read.tree.sha };
  }

  /**
   * What lies at these paths, where something does; a request for each folder on the way.
   * @param at id of a tree, or name of a branch
   * @returns undefined where there is no such tree
   */
  async entries(at: string, paths: readonly string[]): Promise<ReadonlyMap<string, Entry> | undefined> {
    const top = await this.folder(at);
    if (top === undefined) return undefined;
    const folders = new Map<string, ReadonlyMap<string, Entry>>([["", top]]);
    const found = new Map<string, Entry>();
    for (const path of [...paths].sort()) {
      const entry = await this.entry(folders, path);
      if (entry !== undefined) found.set(path, entry);
    }
    return found;
  }

  /** The content of a file, as text; what is no text comes with characters that stand for its bytes. */
  async content(id: string): Promise<string> {
    const read = await this.calls.read(`${this.root}/git/blobs/${id}`, blob);
    return read === undefined ? "" : Buffer.from(read.content, "base64").toString("utf8");
  }

  /** Makes a commit on top of another one; no branch points at it yet. */
  async commit(parent: Head, entries: readonly NewEntry[], message: string): Promise<string> {
    const made = await this.tree(parent, entries);
    // No author and no committer: only then does GitHub sign what an app commits.
    const body = { message, tree: made.sha, parents: [parent.commit] };
    return (await this.calls.store(`${this.root}/git/commits`, body, object)).sha;
  }

  /** Lets a branch point at a commit that follows what it points at now. */
  async forward(branch: string, sha: string): Promise<Move> {
    const path = `${this.root}/git/refs/heads/${encodePath(branch)}`;
    const moved = await this.calls.attempt("PATCH", path, { sha, force: false }, reference);
    return "done" in moved ? { is: "done" } : refusedMove(moved.refused.words);
  }

  /** Lets a branch point at a commit, whatever it points at; makes it where it isn't there. */
  async place(branch: string, sha: string, exists: boolean): Promise<void> {
    if (exists) {
      const path = `${this.root}/git/refs/heads/${encodePath(branch)}`;
      await this.calls.write("PATCH", path, { sha, force: true }, reference);
    } else {
      await this.calls.write(
        "POST",
        `${this.root}/git/refs`,
        { ref: `refs/heads/${branch}`, sha },
        reference,
      );
    }
  }

  private async tree(parent: Head, entries: readonly NewEntry[]): Promise<{ readonly sha: string }> {
    const tree = entries.map(({ path, content, mode = "100644" }) =>
      content === undefined
        ? { path, mode: "100644", type: "blob", sha: null }
        : { path, mode, type: "blob", content },
    );
    try {
      return await this.calls.store(`${this.root}/git/trees`, { base_tree: parent.tree, tree }, object);
    } catch (error) {
      const workflow = entries.find(({ path }) => path.startsWith(".github/workflows/"));
      if (!(error instanceof PlatformError) || error.code !== "github-denied" || workflow === undefined)
        throw error;
      // GitHub answers 404 to a classic token without the scope, which misleads.
      throw new PlatformError(
        error.faults.map((fault) => ({
          ...fault,
          where: `${this.repository}:${workflow.path}`,
          fix:
            "give the token the right to write workflows: the scope `workflow`, or the permission Workflows: write; " +
            "a workflow's own GITHUB_TOKEN can't have it",
        })),
        { cause: error },
      );
    }
  }

  private async entry(
    folders: Map<string, ReadonlyMap<string, Entry>>,
    path: string,
  ): Promise<Entry | undefined> {
    const parts = path.split("/");
    let folder = folders.get("");
    for (let depth = 1; depth < parts.length; depth++) {
      const name = parts.slice(0, depth).join("/");
      const entry = folder?.get(parts[depth - 1] ?? "");
      if (entry === undefined) return undefined;
      // A file stands where a folder has to be: writing below it would take it away.
      if (!entry.id.startsWith("folder:")) return { ...entry, id: `below ${entry.id}` };
      folder = folders.get(name) ?? (await this.folder(entry.id.slice("folder:".length)));
      folders.set(name, folder ?? new Map<string, Entry>());
    }
    return folder?.get(parts.at(-1) ?? "");
  }

  private async folder(at: string): Promise<ReadonlyMap<string, Entry> | undefined> {
    const read = await this.calls.read(
      `${this.root}/git/trees/${encodeURIComponent(at)}`,
      listing,
      nothingThere,
    );
    if (read === undefined) return undefined;
    if (read.truncated) {
      throw new PlatformError({
        code: "folder-too-large",
        where: `${this.repository}: tree ${at}`,
        problem: "holds more files than GitHub lists at once",
        fix: "keep the files in a folder with fewer others",
      });
    }
    return new Map(
      read.tree.map(({ path, mode, type, sha }) => [path, { id: entryId(type, mode, sha), mode }] as const),
    );
  }
}

function entryId(type: string, mode: string, sha: string): string {
  if (type === "tree") return `folder:${sha}`;
  if (type === "commit") return `submodule:${sha}`;
  return mode === "120000" ? `link:${sha}` : sha;
}

/**
 * What GitHub says to a branch that would not move. Of rulesets: "Repository rule violations found"; of classic
 * protection the violated setting's own sentence: "Changes must be made through a pull request.", "At least 1 approving
 * review is required by reviewers with write access.", "2 of 2 required status checks are expected.", "Protected branch
 * update failed".
 */
function refusedMove(words: string): Move {
  const byRule =
    /rule violations|pull request|approving review|status check|protected|must not|must have|restricted|merge commits/i;
  return { is: byRule.test(words) ? "forbidden" : "moved", words };
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
