/** A set of files, what is remembered of it, and what is to be done about it where it stands. */
import { PlatformError } from "../core/errors";
import { absent, conflictFaults, planFiles, type FilesPlan } from "../core/files";
import { blobId, type Entry, type GitData, type NewEntry } from "./git-data";
import type { GitHubCalls } from "./github-calls";

export interface FileSet {
  /** `<owner>/<name>` */
  readonly repository: string;
  readonly branch: string;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** `<path>@<blob>`: see `core/files`. */
  readonly overwrite: readonly string[];
  /** First line of the commit, and the pull request's title. */
  readonly message: string;
  /** Branch of the pull request, where one is needed. */
  readonly proposalBranch: string;
}

/** Blob ids by path. */
export type Blobs = Readonly<Record<string, string>>;

/** What was proposed last. */
export interface Proposal {
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  /** The commit that it ends with. */
  readonly commit: string;
  /** What it puts at each path that it changes; `absent` for a file that it takes away. */
  readonly files: Blobs;
}

/** What is remembered of a set between runs. */
export interface Remembered {
  readonly status: "committed" | "proposed";
  /** What the platform knows to be no person's change: what it wrote, or what lay there when it proposed. */
  readonly written: Blobs;
  /** `written` lies in another place, so none of it need lie here. */
  readonly moved?: true;
  readonly proposal?: Proposal;
  /** The last commit of this set, on the branch or in the pull request. */
  readonly commit?: string;
  /** The last commit of the last pull request: a branch that still ends with it holds nothing of anyone else. */
  readonly lastProposal?: string;
}

export const nothingYet: Remembered = { status: "committed", written: {} };

export interface FileSetCalls {
  readonly calls: GitHubCalls;
  readonly git: GitData;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export function pathsOf(set: FileSet, { written, proposal }: Remembered): string[] {
  return [...Object.keys(set.files), ...Object.keys(written), ...Object.keys(proposal?.files ?? {})];
}

export function wantedOf({ files }: FileSet): Map<string, string> {
  return new Map(Object.entries(files).map(([path, content]) => [path, blobId(content)]));
}

/** @param more what else is no person's doing, by path */
export function planOn(
  set: FileSet,
  { written, moved, proposal }: Remembered,
  actual: ReadonlyMap<string, Entry>,
  more: Blobs = {},
): FilesPlan {
  const ours = new Map<string, string[]>();
  for (const blobs of [written, proposal?.files ?? {}, more])
    for (const [path, id] of Object.entries(blobs)) ours.set(path, [...(ours.get(path) ?? []), id]);
  if (moved === true) for (const [path, ids] of ours) ours.set(path, [...ids, absent]);
  return planFiles({
    wanted: wantedOf(set),
    written: ours,
    actual: new Map([...actual].map(([path, { id }]) => [path, id])),
    agreed: set.overwrite,
  });
}

/** @throws PlatformError naming every file that a person changed */
export function refuseConflicts({ repository }: FileSet, branch: string, { conflicts }: FilesPlan): void {
  if (conflicts.length > 0) throw new PlatformError(conflictFaults(`${repository}:${branch}`, conflicts));
}

/** What a commit has to hold for the plan's changes; a file that can be run stays so. */
export function entriesOf(
  { files }: FileSet,
  { changes }: FilesPlan,
  actual: ReadonlyMap<string, Entry>,
): NewEntry[] {
  return changes.map(({ path, does }) => {
    if (does === "delete") return { path };
    const mode = actual.get(path)?.mode;
    return { path, content: files[path] ?? "", ...(mode === "100755" ? { mode } : {}) };
  });
}
