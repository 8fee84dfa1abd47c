/** The one pull request of a set of files: opened once, kept up to date on its own branch, closed when it has nothing to say. */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import { commitMessage, type FileChange, type FilesPlan } from "../core/files";
import {
  entriesOf,
  planOn,
  refuseConflicts,
  wantedOf,
  type Blobs,
  type FileSet,
  type FileSetCalls,
  type Proposal,
  type Remembered,
} from "./file-set-plan";
import type { Entry } from "./git-data";
import type { GitHubCalls } from "./github-calls";

const pullSchema = z.object({
  number: z.int(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]),
  merged_at: z.string().nullish(),
});
type Pull = z.infer<typeof pullSchema>;

/** Pushes to the pull request's branch may race too. */
const attempts = 6;

/** The open pull request from the set's branch, whoever opened it. */
export async function openPullRequest(
  calls: GitHubCalls,
  { repository, branch, proposalBranch }: FileSet,
): Promise<Pull | undefined> {
  const [owner = ""] = repository.split("/");
  const query = new URLSearchParams({ state: "open", base: branch, head: `${owner}:${proposalBranch}` });
  const [pull] = await calls.all(`repos/${repository}/pulls?${query.toString()}`, pullSchema);
  return pull;
}

/** How a pull request stands; `gone`: there is none of that number. */
export async function pullState(
  calls: GitHubCalls,
  repository: string,
  number: number,
): Promise<"open" | "closed" | "merged" | "gone"> {
  const pull = await calls.read(`repos/${repository}/pulls/${number}`, pullSchema);
  if (pull === undefined) return "gone";
  if (pull.merged_at !== null && pull.merged_at !== undefined) return "merged";
  return pull.state;
}

interface Wanted {
  readonly open: Pull | undefined;
  /** What is to change on the branch that takes no pushes. */
  readonly plan: FilesPlan;
  /** A commit with just that, on top of it. */
  readonly commit: string;
  /** What that branch holds at the set's paths. */
  readonly onBranch: Blobs;
}

/** Makes the pull request propose the plan's changes, with as few commits and words as that takes. */
export async function keepPullRequest(
  at: FileSetCalls,
  set: FileSet,
  known: Remembered,
  { open, plan, commit, onBranch }: Wanted,
): Promise<Pick<Proposal, "number" | "url" | "commit">> {
  const path = `repos/${set.repository}/pulls`;
  const text = { title: set.message, body: bodyOf(set, plan.changes) };
  if (open === undefined) {
    const head = await freshBranch(at, set, known, commit);
    const request = { ...text, head: set.proposalBranch, base: set.branch };
    const made = await at.calls.write("POST", path, request, pullSchema);
    return { number: made.number, url: made.html_url, commit: head };
  }
  const head = await furtherCommit(at, set, known, onBranch);
  // GitHub's pages send lines that end in CR LF.
  const same = open.title === text.title && (open.body ?? "").replaceAll("\r\n", "\n") === text.body;
  if (!same) await at.calls.write("PATCH", `${path}/${open.number}`, text, pullSchema);
  return { number: open.number, url: open.html_url, commit: head };
}

/** Closes what proposes something that is wanted no longer; one that was merged or closed stays as it is. */
export async function closeProposal(
  calls: GitHubCalls,
  repository: string,
  { number }: Proposal,
): Promise<void> {
  if ((await pullState(calls, repository, number)) !== "open") return;
  await calls.write("PATCH", `repos/${repository}/pulls/${number}`, { state: "closed" }, pullSchema);
}

/**
 * The pull request's branch at the commit. One that an earlier pull request left is taken over where nobody loses
 * anything: where it was merged, ends with the platform's last commit, or holds the files already.
 */
async function freshBranch(
  { git }: FileSetCalls,
  set: FileSet,
  { lastProposal }: Remembered,
  commit: string,
): Promise<string> {
  const head = await git.head(set.proposalBranch);
  if (head === undefined || head.commit === lastProposal) {
    await git.place(set.proposalBranch, commit, head !== undefined);
    return commit;
  }
  if ((await git.forward(set.proposalBranch, commit)).is === "done") return commit;
  const wanted = wantedOf(set);
  const there = (await git.entries(head.tree, [...wanted.keys()])) ?? new Map<string, Entry>();
  if ([...wanted].every(([path, id]) => there.get(path)?.id === id)) return head.commit;
  throw new PlatformError({
    code: "proposal-branch-taken",
    where: `${set.repository}:${set.proposalBranch}`,
    problem:
      "the branch of the pull request is there already, and ends with a commit that isn't the platform's",
    fix: "delete that branch if nobody needs it, or name another one: `proposalBranch`",
  });
}

/** A commit on top of the pull request's branch with what it lacks; people's commits on it stay. */
async function furtherCommit(
  { git, pause }: FileSetCalls,
  set: FileSet,
  known: Remembered,
  onBranch: Blobs,
): Promise<string> {
  const paths = [
    ...new Set([...Object.keys(set.files), ...Object.keys(known.written), ...Object.keys(onBranch)]),
  ];
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await pause(250 * 2 ** attempt);
    const head = await git.head(set.proposalBranch);
    if (head === undefined) continue;
    const actual = (await git.entries(head.tree, paths)) ?? new Map<string, Entry>();
    const plan = planOn(set, known, actual, onBranch);
    refuseConflicts(set, set.proposalBranch, plan);
    if (plan.changes.length === 0) return head.commit;
    const message = commitMessage(set.message, plan.changes);
    const commit = await git.commit(head, entriesOf(set, plan, actual), message);
    const moved = await git.forward(set.proposalBranch, commit);
    if (moved.is === "done") return commit;
    if (moved.is === "forbidden") throw notAllowed(set, moved.words);
  }
  throw notAllowed(set, `the branch moved ${attempts} times while it was written`);
}

function notAllowed({ repository, proposalBranch }: FileSet, words: string): PlatformError {
  return new PlatformError({
    code: "proposal-branch-refused",
    where: `${repository}:${proposalBranch}`,
    problem: `the pull request's branch can't be written (${words})`,
    fix: "let the token's account push to it, or name another branch: `proposalBranch`",
  });
}

function bodyOf({ branch }: FileSet, changes: readonly FileChange[]): string {
  return [
    `The rules of \`${branch}\` let nobody push, so these changes wait here:`,
    "",
    ...changes.map(({ path, does }) => `- ${does} \`${path}\``),
    "",
    "`pulumi up` keeps this pull request up to date; `pulumi refresh` sees that it was merged.",
  ].join("\n");
}
