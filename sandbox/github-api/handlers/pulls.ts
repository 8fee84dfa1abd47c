/** Pull requests between branches of one repository: opened, changed, listed, merged. Nobody reviews them here. */
import type { Commit } from "../git/objects";
import { GitError } from "../git/run";
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { mergeProblems } from "../rules/merging";
import { put, type Event, type PullRequest } from "../state/tables";
import {
  gitOf,
  param,
  repositoryOf,
  targetOf,
  text,
  flag,
  type Call,
  type Handlers,
  type Reply,
} from "./call";
import { changedFile, commitView, identity } from "./commit-view";
import { signedIn } from "./owners";
import { fullPull, simplePull, type PullSize } from "./pull-view";
import { pushed } from "./references";

export const pullHandlers: Handlers = {
  "pulls/create": async (call) => {
    const { owner, repository } = targetOf(call);
    const head = (text(call.body, "head") ?? "").replace(new RegExp(`^${owner.login}:`, "i"), "");
    const base = text(call.body, "base") ?? "";
    const [headSha, baseSha] = [await tipOf(call, head, "head"), await tipOf(call, base, "base")];
    const own = call.state.list("pulls", `${repository.id}/`);
    if (own.some((one) => one.state === "open" && one.head === head && one.base === base)) {
      throw invalid("custom", `A pull request already exists for ${owner.login}:${head}.`);
    }
    if ((await gitOf(call).commits(`${baseSha}..${headSha}`, { limit: 1 })).length === 0) {
      throw invalid("custom", `No commits between ${base} and ${head}`);
    }
    const pull: PullRequest = {
      id: call.ids.next(),
      number: nextNumber(call),
      repositoryId: repository.id,
      title: text(call.body, "title") ?? head,
      body: text(call.body, "body") ?? null,
      author: signedIn(call).login,
      ...{ head, headSha, base, baseSha },
      draft: flag(call.body, "draft") ?? false,
      state: "open",
      ...{ mergedAt: null, mergeCommit: null, closedAt: null },
      ...{ createdAt: call.now, updatedAt: call.now },
    };
    return { status: 201, body: fullPull(call, pull, await sizeOf(call, pull)), events: [stored(pull)] };
  },

  "pulls/list": async (call) => {
    const state = call.query["state"] ?? "open";
    const head = (call.query["head"] as string | undefined)?.split(":").at(-1);
    const base = call.query["base"] as string | undefined;
    const found = call.state
      .list("pulls", `${repositoryOf(call).id}/`)
      .filter(
        (pull) =>
          (state === "all" || pull.state === state) &&
          (head === undefined || pull.head === head) &&
          (base === undefined || pull.base === base),
      );
    const pulls = await Promise.all(found.reverse().map((pull) => current(call, pull)));
    return { status: 200, list: { items: pulls.map((pull) => simplePull(call, pull)) } };
  },

  "pulls/get": async (call) => {
    const pull = await pullOf(call);
    return { status: 200, body: fullPull(call, pull, await sizeOf(call, pull)) };
  },

  "pulls/update": async (call) => {
    const pull = await pullOf(call);
    const state = (text(call.body, "state") ?? pull.state) as PullRequest["state"];
    if (pull.mergedAt !== null && state === "open")
      throw invalid("invalid", "state cannot be changed. The pull request is merged.");
    const next: PullRequest = {
      ...pull,
      title: text(call.body, "title") ?? pull.title,
      body: text(call.body, "body") ?? pull.body,
      state,
      closedAt: state === "open" ? null : (pull.closedAt ?? call.now),
      updatedAt: call.now,
    };
    return { status: 200, body: fullPull(call, next, await sizeOf(call, next)), events: [stored(next)] };
  },

  "pulls/list-commits": async (call) => {
    const { baseSha, headSha } = await pullOf(call);
    const commits = (await gitOf(call).commits(`${baseSha}..${headSha}`)).reverse();
    return { status: 200, list: { items: commits.map((commit) => commitView(call, commit)) } };
  },

  "pulls/list-files": async (call) => {
    const pull = await pullOf(call);
    const files = await filesOf(call, pull);
    return { status: 200, list: { items: files.map((file) => changedFile(call, pull.headSha, file)) } };
  },

  "pulls/merge": merge,

  "repos/list-pull-requests-associated-with-commit": async (call) => {
    const sha = param(call, "commit_sha");
    const found: PullRequest[] = [];
    for (const stored of call.state.list("pulls", `${repositoryOf(call).id}/`)) {
      const pull = await current(call, stored);
      const commits = await gitOf(call).commits(`${pull.baseSha}..${pull.headSha}`);
      if (pull.mergeCommit === sha || commits.some((commit) => commit.sha === sha)) found.push(pull);
    }
    return { status: 200, list: { items: found.map((pull) => simplePull(call, pull)) } };
  },
};

/** Pull requests and issues of a repository are counted together. */
export function nextNumber(call: Call): number {
  const { id } = repositoryOf(call);
  const used = [...call.state.list("pulls", `${id}/`), ...call.state.list("issues", `${id}/`)];
  return Math.max(0, ...used.map(({ number }) => number)) + 1;
}

async function merge(call: Call): Promise<Reply> {
  const pull = await pullOf(call);
  const { repository, permission } = targetOf(call);
  const git = gitOf(call);
  const wanted = text(call.body, "sha");
  if (pull.state !== "open" || pull.draft) throw new ApiError(405, "Pull Request is not mergeable");
  if (wanted !== undefined && wanted !== pull.headSha)
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  if (call.actor === undefined) throw new ApiError(401, "Requires authentication");
  const problems = mergeProblems(
    pull.base,
    pull.headSha,
    { actor: call.actor, role: permission },
    repository,
    call.state,
  );
  if (problems.length > 0)
    throw new ApiError(405, `Repository rule violations found\n\n${problems.join("\n\n")}\n\n`);
  const method = text(call.body, "merge_method") ?? "merge";
  const allowed = {
    merge: "allow_merge_commit",
    squash: "allow_squash_merge",
    rebase: "allow_rebase_merge",
  } as const;
  if (!repository.settings[allowed[method as keyof typeof allowed]]) {
    throw new ApiError(405, `${method} merges are not allowed on this repository.`);
  }
  if (method === "rebase")
    throw new ApiError(501, "The sandbox's GitHub merges by merge commit and squash only");
  const tree = await mergedTree(call, pull);
  if (tree === undefined) throw new ApiError(405, "Pull Request has merge conflicts");
  const parents = method === "squash" ? [pull.baseSha] : [pull.baseSha, pull.headSha];
  const sha = await commitMerge(call, pull, tree, parents, method);
  await git.updateReference(`refs/heads/${pull.base}`, sha, pull.baseSha);
  const merged: PullRequest = {
    ...pull,
    state: "closed",
    ...{ mergedAt: call.now, closedAt: call.now, updatedAt: call.now },
    mergeCommit: sha,
  };
  if (repository.settings.delete_branch_on_merge)
    await git.deleteReference(`refs/heads/${pull.head}`, pull.headSha);
  const events: Event[] = [stored(merged), ...pushed(call, pull.base)];
  return { status: 200, body: { sha, merged: true, message: "Pull Request successfully merged" }, events };
}

async function commitMerge(
  call: Call,
  pull: PullRequest,
  tree: string,
  parents: string[],
  method: string,
): Promise<string> {
  const { owner } = targetOf(call);
  const standard =
    method === "squash"
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${owner.login}/${pull.head}`;
  const title = text(call.body, "commit_title") ?? standard;
  const message = text(call.body, "commit_message") ?? (method === "squash" ? (pull.body ?? "") : pull.title);
  const { name, email, date } = identity(signedIn(call), call.now);
  const env = {
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
    ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date },
  };
  const flags = parents.flatMap((parent) => ["-p", parent]);
  return (
    await gitOf(call).text(["commit-tree", tree, ...flags], { env, input: `${title}\n\n${message}\n` })
  ).trim();
}

/** Undefined where the two sides conflict. */
async function mergedTree(call: Call, { baseSha, headSha }: PullRequest): Promise<string | undefined> {
  try {
    return (await gitOf(call).text(["merge-tree", "--write-tree", baseSha, headSha])).split("\n")[0];
  } catch (error) {
    if (error instanceof GitError && error.exitCode === 1) return undefined;
    throw error;
  }
}

async function pullOf(call: Call): Promise<PullRequest> {
  const pull = call.state.get("pulls", `${repositoryOf(call).id}/${Number(param(call, "pull_number"))}`);
  if (pull === undefined) throw notFound();
  return current(call, pull);
}

/** An open pull request follows its branches. */
async function current(call: Call, pull: PullRequest): Promise<PullRequest> {
  if (pull.state !== "open") return pull;
  const git = gitOf(call);
  const headSha = (await git.branch(pull.head)) ?? pull.headSha;
  const baseSha = (await git.branch(pull.base)) ?? pull.baseSha;
  return { ...pull, headSha, baseSha };
}

async function sizeOf(call: Call, pull: PullRequest): Promise<PullSize> {
  const commits: Commit[] = await gitOf(call).commits(`${pull.baseSha}..${pull.headSha}`);
  const files = await filesOf(call, pull);
  const mergeable = pull.state === "open" ? (await mergedTree(call, pull)) !== undefined : null;
  return {
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    mergeable,
  };
}

async function filesOf(
  call: Call,
  { baseSha, headSha }: PullRequest,
): ReturnType<ReturnType<typeof gitOf>["changes"]> {
  const from = (await gitOf(call).text(["merge-base", baseSha, headSha])).trim();
  return gitOf(call).changes({ from, to: headSha });
}

async function tipOf(call: Call, branch: string, field: "head" | "base"): Promise<string> {
  const tip = await gitOf(call).branch(branch);
  if (tip === undefined) throw validationFailed({ resource: "PullRequest", field, code: "invalid" });
  return tip;
}

function stored(pull: PullRequest): Event {
  return put("pulls", `${pull.repositoryId}/${pull.number}`, pull);
}

function invalid(code: string, message: string): ApiError {
  return validationFailed({ resource: "PullRequest", code, message });
}
