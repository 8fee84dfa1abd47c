/** Branches, tags and other references; commits as `GET …/commits` lists them. */
import type { Commit, Reference } from "../git/objects";
import { GitError } from "../git/run";
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { rulesFor } from "../rules/applying";
import { violations } from "../rules/violations";
import { put, type Event } from "../state/tables";
import type { Json } from "./accounts";
import {
  flag,
  gitOf,
  noContent,
  param,
  repositoryOf,
  targetOf,
  text,
  type Call,
  type Handlers,
} from "./call";
import { changedFile, commitView, commitWithFiles, repositoryPage, repositoryUrl } from "./commit-view";
import { nodeId } from "./urls";

export const referenceHandlers: Handlers = {
  "repos/list-branches": async (call) => {
    const branches = await gitOf(call).references("refs/heads/");
    const wanted = call.query["protected"] as boolean | undefined;
    const items = branches.map((branch) => ({
      name: shortName(branch),
      commit: { sha: branch.sha, url: `${repositoryUrl(call)}/commits/${branch.sha}` },
      protected: isProtected(call, branch.name),
    }));
    return {
      status: 200,
      list: { items: items.filter((one) => wanted === undefined || one.protected === wanted) },
    };
  },

  "repos/get-branch": async (call) => {
    const name = param(call, "branch");
    return { status: 200, body: await branchView(call, name) };
  },

  "repos/get-branch-protection": async (call) => {
    const branch = param(call, "branch");
    await tipOf(call, branch);
    const rules = call.state.list("protections").filter((one) => one.repositoryId === repositoryOf(call).id);
    if (rules.every(({ pattern }) => pattern !== branch)) throw notFound("Branch not protected");
    throw new ApiError(501, "The sandbox's GitHub shows classic branch protection over GraphQL alone");
  },

  "repos/rename-branch": async (call) => {
    const { repository } = targetOf(call);
    const from = param(call, "branch");
    const to = text(call.body, "new_name") ?? "";
    const git = gitOf(call);
    const tip = await tipOf(call, from);
    if (from === to || (await git.branch(to)) !== undefined) {
      throw validationFailed({ resource: "Branch", field: "new_name", code: "already_exists" });
    }
    await checked(call, async () => git.updateReference(`refs/heads/${to}`, tip, null));
    const isDefault = from === repository.defaultBranch;
    if (isDefault) await git.pointHeadAt(to);
    await git.deleteReference(`refs/heads/${from}`, tip);
    const events = isDefault ? [renamedDefault(call, to)] : [];
    return { status: 201, body: await branchView(call, to), events };
  },

  "repos/list-tags": async (call) => {
    const tags = await gitOf(call).references("refs/tags/");
    const items = tags.map((tag) => ({
      name: shortName(tag),
      zipball_url: `${repositoryUrl(call)}/zipball/${tag.name}`,
      tarball_url: `${repositoryUrl(call)}/tarball/${tag.name}`,
      commit: { sha: tag.peeled ?? tag.sha, url: `${repositoryUrl(call)}/commits/${tag.peeled ?? tag.sha}` },
      node_id: nodeId("REF", tag.name),
    }));
    return { status: 200, list: { items: items.reverse() } };
  },

  "repos/list-commits": async (call) => {
    const git = gitOf(call);
    const ref = (call.query["sha"] as string | undefined) ?? repositoryOf(call).defaultBranch;
    const start = await git.resolveCommit(ref);
    if (start === undefined) {
      const empty = (await git.references("refs/")).length === 0;
      throw empty ? new ApiError(409, "Git Repository is empty.") : notFound();
    }
    const path = call.query["path"] as string | undefined;
    const commits = await git.commits(start, path === undefined ? {} : { paths: [path] });
    return { status: 200, list: { items: commits.map((commit) => commitView(call, commit)) } };
  },

  "repos/get-commit": async (call) => {
    const commit = await commitOf(call, param(call, "ref"));
    return { status: 200, body: commitWithFiles(call, commit, await gitOf(call).changes(commit)) };
  },

  "repos/compare-commits-with-basehead": async (call) => {
    const [from = "", to = ""] = param(call, "basehead").split("...");
    const git = gitOf(call);
    const base = await commitOf(call, from);
    const head = await commitOf(call, to);
    const mergeBase = await git.commit((await git.text(["merge-base", base.sha, head.sha])).trim());
    if (mergeBase === undefined) throw notFound();
    const ahead = (await git.commits(`${base.sha}..${head.sha}`)).reverse();
    const behind = await git.commits(`${head.sha}..${base.sha}`);
    const files = await git.changes({ from: mergeBase.sha, to: head.sha });
    const url = `${repositoryPage(call)}/compare/${from}...${to}`;
    const body = {
      url: `${repositoryUrl(call)}/compare/${from}...${to}`,
      html_url: url,
      permalink_url: url,
      diff_url: `${url}.diff`,
      patch_url: `${url}.patch`,
      base_commit: commitView(call, base),
      merge_base_commit: commitView(call, mergeBase),
      status: comparison(ahead.length, behind.length),
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: ahead.map((commit) => commitView(call, commit)),
      files: files.map((file) => changedFile(call, head.sha, file)),
    };
    return { status: 200, body };
  },

  "git/get-ref": async (call) => {
    const [reference] = (await gitOf(call).references(`refs/${param(call, "ref")}`)).filter(
      (one) => one.name === `refs/${param(call, "ref")}`,
    );
    if (reference === undefined) throw notFound();
    return { status: 200, body: referenceView(call, reference) };
  },

  "git/list-matching-refs": async (call) => {
    const all = await gitOf(call).references("refs/");
    const found = all.filter((one) => one.name.startsWith(`refs/${param(call, "ref")}`));
    return { status: 200, list: { items: found.map((one) => referenceView(call, one)) } };
  },

  "git/create-ref": async (call) => {
    const name = text(call.body, "ref") ?? "";
    const sha = text(call.body, "sha") ?? "";
    const git = gitOf(call);
    if (!/^refs\/[^/]+\/.+/.test(name))
      throw new ApiError(422, "Reference name must start with 'refs/' and have two slashes.");
    if ((await git.type(sha)) === undefined) throw new ApiError(422, "Object does not exist");
    if ((await git.resolve(name)) !== undefined) throw new ApiError(422, "Reference already exists");
    await refuseViolations(call, name, undefined, sha);
    await checked(call, async () => git.updateReference(name, sha, null));
    return { status: 201, body: await referenceAt(call, name), events: pushedTo(call, name) };
  },

  "git/update-ref": async (call) => {
    const name = `refs/${param(call, "ref")}`;
    const sha = text(call.body, "sha") ?? "";
    const git = gitOf(call);
    const before = await git.resolve(name);
    if (before === undefined) throw new ApiError(422, "Reference does not exist");
    if ((await git.type(sha)) === undefined) throw new ApiError(422, "Object does not exist");
    if (flag(call.body, "force") !== true && !(await git.isAncestor(before, sha))) {
      throw new ApiError(422, "Update is not a fast forward");
    }
    await refuseViolations(call, name, before, sha);
    await checked(call, async () => git.updateReference(name, sha, before));
    return { status: 200, body: await referenceAt(call, name), events: pushedTo(call, name) };
  },

  "git/delete-ref": async (call) => {
    const name = `refs/${param(call, "ref")}`;
    const before = await gitOf(call).resolve(name);
    if (before === undefined) throw new ApiError(422, "Reference does not exist");
    if (name === `refs/heads/${repositoryOf(call).defaultBranch}`)
      throw new ApiError(422, "Cannot delete the default branch");
    await refuseViolations(call, name, before, undefined);
    await gitOf(call).deleteReference(name, before);
    return { ...noContent, events: pushedTo(call, name) };
  },
};

/** What a push to a branch does to the repository's record. */
export function pushed(call: Call, branch: string): Event[] {
  return pushedTo(call, `refs/heads/${branch}`);
}

function pushedTo(call: Call, _ref: string): Event[] {
  const repository = repositoryOf(call);
  return [put("repositories", repository.id, { ...repository, pushedAt: call.now, updatedAt: call.now })];
}

function renamedDefault(call: Call, branch: string): Event {
  const repository = repositoryOf(call);
  return put("repositories", repository.id, { ...repository, defaultBranch: branch, updatedAt: call.now });
}

/** @throws ApiError 422 when a rule forbids the update */
async function refuseViolations(
  call: Call,
  ref: string,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  const { repository, permission } = targetOf(call);
  if (call.actor === undefined) throw new ApiError(401, "Requires authentication");
  const pusher = { actor: call.actor, role: permission };
  const broken = await violations({ ref, before, after }, pusher, repository, call.state, gitOf(call));
  if (broken.length > 0)
    throw new ApiError(422, `Repository rule violations found\n\n${broken.join("\n\n")}\n\n`);
}

/** A reference that moved meanwhile, or whose name git refuses, is the caller's to mend. */
async function checked(_: Call, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (error instanceof GitError) throw new ApiError(422, "Reference update failed");
    throw error;
  }
}

async function tipOf(call: Call, branch: string): Promise<string> {
  const tip = await gitOf(call).branch(branch);
  if (tip === undefined) throw notFound("Branch not found");
  return tip;
}

async function commitOf(call: Call, ref: string): Promise<Commit> {
  const git = gitOf(call);
  const sha = await git.resolveCommit(ref);
  const commit = sha === undefined ? undefined : await git.commit(sha);
  if (commit === undefined) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  return commit;
}

async function branchView(call: Call, name: string): Promise<Json> {
  const commit = await commitOf(call, await tipOf(call, name));
  const url = `${repositoryUrl(call)}/branches/${encodeURIComponent(name)}`;
  return {
    name,
    commit: commitView(call, commit),
    _links: { self: url, html: `${repositoryPage(call)}/tree/${name}` },
    protected: isProtected(call, `refs/heads/${name}`),
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  };
}

function isProtected(call: Call, ref: string): boolean {
  return rulesFor(repositoryOf(call), ref, call.state).length > 0;
}

async function referenceAt(call: Call, name: string): Promise<Json> {
  const found = (await gitOf(call).references(name)).find((one) => one.name === name);
  if (found === undefined) throw notFound();
  return referenceView(call, found);
}

function referenceView(call: Call, reference: Reference): Json {
  const url = repositoryUrl(call);
  return {
    ref: reference.name,
    node_id: nodeId("REF", reference.name),
    url: `${url}/git/${reference.name}`,
    object: {
      sha: reference.sha,
      type: reference.type,
      url: `${url}/git/${reference.type}s/${reference.sha}`,
    },
  };
}

function shortName(reference: Reference): string {
  return reference.name.replace(/^refs\/(heads|tags)\//, "");
}

function comparison(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return "diverged";
  if (ahead > 0) return "ahead";
  return behind > 0 ? "behind" : "identical";
}
