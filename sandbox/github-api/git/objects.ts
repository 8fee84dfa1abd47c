/** What is read out of a repository, and the parsing of git's own formats. */

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601, whole seconds, UTC. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  /** In bytes; blobs only. */
  readonly size: number | undefined;
  readonly path: string;
}

export interface Reference {
  readonly name: string;
  readonly sha: string;
  readonly type: "commit" | "tag" | "tree" | "blob";
  /** Of an annotated tag: the commit that it leads to. */
  readonly peeled: string | undefined;
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

/** For `git log --format`: fields parted by 0x1f, commits ended by 0x1e (neither occurs in what people write). */
export const commitFormat = "%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%cn%x1f%ce%x1f%ct%x1f%B%x1e";

export function parseCommits(output: string): Commit[] {
  const records = output.split("\x1e").map((record) => record.replace(/^\n/, ""));
  return records.filter((record) => record !== "").map(parseCommit);
}

function parseCommit(record: string): Commit {
  const fields = record.split("\x1f");
  const field = (at: number): string => fields[at] ?? "";
  const time = (at: number): string => isoSeconds(new Date(Number(field(at)) * 1000));
  return {
    sha: field(0),
    tree: field(1),
    parents: field(2) === "" ? [] : field(2).split(" "),
    author: { name: field(3), email: field(4), date: time(5) },
    committer: { name: field(6), email: field(7), date: time(8) },
    message: field(9).replace(/\n$/, ""),
  };
}

/** Of `git ls-tree -z --long`. */
export function parseTree(output: string): TreeEntry[] {
  const entries = output.split("\0").filter((line) => line !== "");
  return entries.map((line) => {
    const [, mode, type, sha, size, path] = /^(\d+) (\w+) ([0-9a-f]+) +(\S+)\t([^]*)$/.exec(line) ?? [];
    if (path === undefined) throw new Error(`not a tree entry: ${line}`);
    return {
      mode: mode as string,
      type: type as TreeEntry["type"],
      sha: sha as string,
      size: size === "-" ? undefined : Number(size),
      path,
    };
  });
}

const changeNames: Readonly<Record<string, ChangedFile["status"]>> = {
  ...{ A: "added", D: "removed", M: "modified", R: "renamed", C: "copied", T: "changed" },
};

/** Of `git diff-tree -r -M -z --raw --numstat`: first every raw record, then every count, in the same order. */
export function parseChanges(output: string): ChangedFile[] {
  const parts = output.split("\0");
  const raw: Omit<ChangedFile, "additions" | "deletions">[] = [];
  let at = 0;
  while (parts[at]?.startsWith(":")) {
    const [, , oldSha, newSha, letter] = (parts[at] as string).split(" ");
    const status = changeNames[(letter as string)[0] as string] ?? "modified";
    const moved = status === "renamed" || status === "copied";
    const path = parts[at + (moved ? 2 : 1)] as string;
    const sha = (status === "removed" ? oldSha : newSha) as string;
    raw.push({ path, previousPath: moved ? parts[at + 1] : undefined, status, sha });
    at += moved ? 3 : 2;
  }
  return raw.map((change) => {
    const [additions, deletions] = (parts[at] ?? "").split("\t");
    at += change.previousPath === undefined ? 1 : 3;
    // Binary files are counted as "-".
    return { ...change, additions: Number(additions) || 0, deletions: Number(deletions) || 0 };
  });
}

export function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
