/** Commit statuses: what a required check of a ruleset looks at. */
import { ApiError } from "../pipeline/errors";
import { put, type CommitStatus } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { gitOf, param, repositoryOf, targetOf, text, type Call, type Handlers } from "./call";
import { repositoryUrl } from "./commit-view";
import { minimalRepository } from "./repository-view";
import { signedIn } from "./owners";
import { nodeId } from "./urls";

export const statusHandlers: Handlers = {
  "repos/create-commit-status": async (call) => {
    const sha = await shaOf(call, param(call, "sha"));
    const status: CommitStatus = {
      id: call.ids.next(),
      sha,
      context: text(call.body, "context") ?? "default",
      state: text(call.body, "state") as CommitStatus["state"],
      description: text(call.body, "description") ?? null,
      targetUrl: text(call.body, "target_url") ?? null,
      creator: signedIn(call).login,
      createdAt: call.now,
    };
    const events = [put("statuses", `${repositoryOf(call).id}/${status.id}`, status)];
    return { status: 201, body: view(call, status), events };
  },

  "repos/list-commit-statuses-for-ref": async (call) => {
    const statuses = statusesOf(call, await shaOf(call, param(call, "ref")));
    return { status: 200, list: { items: statuses.reverse().map((status) => view(call, status)) } };
  },

  "repos/get-combined-status-for-ref": async (call) => {
    const sha = await shaOf(call, param(call, "ref"));
    const latest = new Map(statusesOf(call, sha).map((status) => [status.context, status]));
    const statuses = [...latest.values()].map((status) => {
      const { creator: _, ...simple } = view(call, status);
      return simple;
    });
    const { repository, owner, permission } = targetOf(call);
    const body = {
      state: combined([...latest.values()]),
      statuses,
      sha,
      total_count: statuses.length,
      repository: minimalRepository(repository, owner, call.urls, permission),
      commit_url: `${repositoryUrl(call)}/commits/${sha}`,
      url: `${repositoryUrl(call)}/commits/${sha}/status`,
    };
    return { status: 200, body };
  },
};

async function shaOf(call: Call, ref: string): Promise<string> {
  const sha = await gitOf(call).resolveCommit(ref);
  if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  return sha;
}

/** Oldest first. */
function statusesOf(call: Call, sha: string): CommitStatus[] {
  return call.state.list("statuses", `${repositoryOf(call).id}/`).filter((status) => status.sha === sha);
}

function combined(statuses: readonly CommitStatus[]): string {
  if (statuses.some(({ state }) => state === "error" || state === "failure")) return "failure";
  return statuses.length > 0 && statuses.every(({ state }) => state === "success") ? "success" : "pending";
}

function view(call: Call, status: CommitStatus): Json {
  const creator = call.state.owner(status.creator);
  return {
    url: `${repositoryUrl(call)}/statuses/${status.sha}`,
    avatar_url: null,
    id: status.id,
    node_id: nodeId("SC", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: creator === undefined ? null : simpleUser(creator, call.urls),
  };
}
