/**
 * Brings a set of files onto a branch: one commit for all that changes, by a pull request where nobody like this may
 * push. Nothing that a person put there is overwritten (`core/files` has the rule), and a branch only moves forward.
 */
import { PlatformError } from "../core/errors";
import { absent, commitMessage, type FilesPlan } from "../core/files";
import {
  entriesOf,
  pathsOf,
  planOn,
  refuseConflicts,
  wantedOf,
  type Blobs,
  type FileSet,
  type FileSetCalls,
  type Proposal,
  type Remembered,
} from "./file-set-plan";
import { closeProposal, keepPullRequest, openPullRequest, pullState } from "./file-set-proposal";
import type { Entry, GitData } from "./git-data";

export interface Outcome {
  readonly remembered: Remembered;
  readonly plan: FilesPlan;
  readonly did: "nothing" | "committed" | "proposed";
}

/**
 * How often a branch may move under one's hands before somebody has to look: with the pauses half a minute, for which
 * GitHub is known to answer reads with what was before a write (rust-lang/homu#75).
 */
const attempts = 7;

/** The plan as things stand, and nothing is changed. Undefined: there is no such branch. */
export async function planFileSet(
  git: GitData,
  set: FileSet,
  known: Remembered,
): Promise<FilesPlan | undefined> {
  const actual = await git.entries(set.branch, pathsOf(set, known));
  return actual === undefined ? undefined : planOn(set, known, actual);
}

/**
 * @throws PlatformError `changed-by-hand` naming every such file, `no-such-branch`, `branch-keeps-moving`,
 * `proposal-branch-taken`; and what `GitHubCalls` throws. Then the branch is as it was.
 */
export async function writeFileSet(at: FileSetCalls, set: FileSet, known: Remembered): Promise<Outcome> {
  const { git } = at;
  let words = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await at.pause(250 * 2 ** attempt);
    const head = await git.head(set.branch);
    // A repository that was just made may not show its branch at once.
    if (head === undefined) continue;
    const actual = (await git.entries(head.tree, pathsOf(set, known))) ?? new Map<string, Entry>();
    const plan = planOn(set, known, actual);
    refuseConflicts(set, set.branch, plan);
    if (plan.changes.length === 0) return await settled(at, set, known, plan);
    const commit = await git.commit(
      head,
      entriesOf(set, plan, actual),
      commitMessage(set.message, plan.changes),
    );
    const moved = await git.forward(set.branch, commit);
    if (moved.is === "done") return await committed(at, set, known, plan, commit);
    if (moved.is === "forbidden") return await proposed(at, set, known, { plan, actual, commit });
    words = moved.words;
  }
  throw givenUp(set, words);
}

/** Where a set stands, as far as its branch shows it. */
export interface Seen {
  readonly remembered: Remembered;
  /** What stands for each file: the declared content where it holds or waits in a pull request, else the actual one. */
  readonly files: Readonly<Record<string, string>>;
  /** Set where a pull request was closed and not merged. */
  readonly refusedPullRequest?: string;
}

/** Undefined: the branch is gone. */
export async function readFileSet(
  at: FileSetCalls,
  set: FileSet,
  known: Remembered,
): Promise<Seen | undefined> {
  const { git } = at;
  const actual = await git.entries(set.branch, pathsOf(set, known));
  if (actual === undefined) return undefined;
  const idAt = (path: string): string => actual.get(path)?.id ?? absent;
  const wanted = wantedOf(set);
  const { proposal } = known;
  const done =
    [...wanted].every(([path, id]) => idAt(path) === id) &&
    Object.entries(proposal?.files ?? {}).every(([path]) => wanted.has(path) || idAt(path) === absent);
  if (done) {
    const { proposal: _done, ...rest } = known;
    return {
      remembered: { ...rest, status: "committed", written: Object.fromEntries(wanted) },
      files: set.files,
    };
  }
  const state =
    known.status === "proposed" && proposal !== undefined
      ? await pullState(at.calls, set.repository, proposal.number)
      : undefined;
  const waits = (path: string): boolean => state === "open" && idAt(path) === (known.written[path] ?? absent);
  const files: Record<string, string> = {};
  for (const [path, id] of wanted) {
    const entry = actual.get(path);
    if (entry?.id === id || waits(path)) files[path] = set.files[path] ?? "";
    else if (entry !== undefined) files[path] = await contentOf(git, entry);
  }
  return {
    remembered: state === "open" ? known : { ...known, status: "committed" },
    files,
    ...(state === "closed" && proposal !== undefined ? { refusedPullRequest: proposal.url } : {}),
  };
}

/** Files as they are, for a set that takes them over. Undefined: there is no such branch. */
export async function takeOver(
  git: GitData,
  branch: string,
  paths: readonly string[],
): Promise<{ readonly files: Record<string, string>; readonly written: Blobs } | undefined> {
  const actual = await git.entries(branch, paths);
  if (actual === undefined) return undefined;
  const found = [...actual].filter(([, { id }]) => isFile(id));
  const files: Record<string, string> = {};
  for (const [path, entry] of found) files[path] = await contentOf(git, entry);
  return { files, written: Object.fromEntries(found.map(([path, { id }]) => [path, id])) };
}

/** The branch is as declared: a pull request that proposed something else has nothing to say any more. */
async function settled(at: FileSetCalls, set: FileSet, known: Remembered, plan: FilesPlan): Promise<Outcome> {
  const remembered = await asDeclared(at, set, known, known.commit);
  return { remembered, plan, did: "nothing" };
}

async function committed(
  at: FileSetCalls,
  set: FileSet,
  known: Remembered,
  plan: FilesPlan,
  commit: string,
): Promise<Outcome> {
  return { remembered: await asDeclared(at, set, known, commit), plan, did: "committed" };
}

async function asDeclared(
  at: FileSetCalls,
  set: FileSet,
  { status, proposal, lastProposal }: Remembered,
  commit: string | undefined,
): Promise<Remembered> {
  if (status === "proposed" && proposal !== undefined)
    await closeProposal(at.calls, set.repository, proposal);
  return {
    status: "committed",
    written: Object.fromEntries(wantedOf(set)),
    ...(commit === undefined ? {} : { commit }),
    ...(lastProposal === undefined ? {} : { lastProposal }),
  };
}

interface Refused {
  readonly plan: FilesPlan;
  readonly actual: ReadonlyMap<string, Entry>;
  /** The commit that the branch would not take. */
  readonly commit: string;
}

async function proposed(
  at: FileSetCalls,
  set: FileSet,
  known: Remembered,
  { plan, actual, commit }: Refused,
): Promise<Outcome> {
  const left = new Set(plan.left.map(({ path }) => path));
  const paths = pathsOf(set, known).filter((path) => !left.has(path));
  const onBranch = Object.fromEntries(paths.map((path) => [path, actual.get(path)?.id ?? absent]));
  const open = await openPullRequest(at.calls, set);
  const pull = await keepPullRequest(at, set, known, { open, plan, commit, onBranch });
  const wanted = wantedOf(set);
  const proposal: Proposal = {
    ...pull,
    branch: set.proposalBranch,
    files: Object.fromEntries(plan.changes.map(({ path }) => [path, wanted.get(path) ?? absent])),
  };
  return {
    remembered: {
      status: "proposed",
      written: onBranch,
      proposal,
      commit: proposal.commit,
      lastProposal: proposal.commit,
    },
    plan,
    did: "proposed",
  };
}

async function contentOf(git: GitData, { id }: Entry): Promise<string> {
  return isFile(id) ? git.content(id) : `(no plain file: ${id})`;
}

function isFile(id: string): boolean {
  return /^[0-9a-f]{40}$/.test(id);
}

function givenUp({ repository, branch }: FileSet, words: string): PlatformError {
  const where = `${repository}:${branch}`;
  return words === ""
    ? new PlatformError({
        code: "no-such-branch",
        where,
        problem: "GitHub shows no such branch, or none with a commit",
        fix: "check the names, and that the token may read the repository's contents",
      })
    : new PlatformError({
        code: "branch-keeps-moving",
        where,
        problem: `somebody else was first ${attempts} times (${words})`,
        fix: "run it again",
      });
}
