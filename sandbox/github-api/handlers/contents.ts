/** Files and folders: read at any commit, written as real commits, one at a time and only onto what was read. */
import type { Commit, TreeEntry } from "../git/objects";
import { BranchMovedError, type FileChange } from "../git/repository";
import { ApiError, notFound } from "../pipeline/errors";
import { refuseWorkflows } from "../pipeline/permissions";
import { unborn, violations } from "../rules/violations";
import type { Json } from "./accounts";
import { gitOf, repositoryOf, targetOf, text, type Call, type Handlers, type Reply } from "./call";
import { gitCommit, identity, repositoryPage, repositoryUrl } from "./commit-view";
import { signedIn } from "./owners";
import { pushed } from "./references";
import { Urls } from "./urls";

/** Larger files come without their content; GitHub's own bound is 1 MB for this form. */
const inlineLimit = 1_000_000;

export const contentHandlers: Handlers = {
  "repos/get-content": async (call) => {
    const { commit, ref } = await commitAsked(call);
    const path = cleanPath(call);
    const entry = await gitOf(call).entry(commit, path);
    if (entry === undefined) throw notFound();
    if (entry.type === "tree") return folder(call, entry, path, ref);
    return { status: 200, body: await fileView(call, { ...entry, path }, ref) };
  },

  "repos/get-readme": async (call) => {
    const { commit, ref } = await commitAsked(call);
    const entries = await gitOf(call).tree(commit);
    const readme = entries.find((entry) => entry.type === "blob" && /^readme(\.\w+)?$/i.test(entry.path));
    if (readme === undefined) throw notFound();
    return { status: 200, body: await fileView(call, readme, ref) };
  },

  "repos/create-or-update-file-contents": async (call) => {
    const content = Buffer.from(text(call.body, "content") ?? "", "base64");
    const path = cleanPath(call);
    const { branch, tip, existing } = await placeOf(call, path);
    const sha = text(call.body, "sha");
    if (existing === undefined && sha !== undefined && sha !== "") throw notFound();
    if (existing !== undefined && (sha === undefined || sha === "")) throw shaMissing();
    if (existing !== undefined && existing.sha !== sha) throw shaMismatch(path, sha);
    const mode = existing?.mode ?? "100644";
    const commit = await write(call, branch, tip, { path, content, mode });
    const entry = await gitOf(call).entry(commit.sha, path);
    if (entry === undefined) throw new Error(`${path} is not in the commit that wrote it`);
    return {
      status: existing === undefined ? 201 : 200,
      body: {
        content: await fileView(call, { ...entry, path }, branch, false),
        commit: gitCommit(call, commit),
      },
      events: pushed(call, branch),
    };
  },

  "repos/delete-file": async (call) => {
    const path = cleanPath(call);
    const { branch, tip, existing } = await placeOf(call, path);
    const sha = text(call.body, "sha") ?? (call.query["sha"] as string | undefined);
    if (existing === undefined) throw notFound();
    if (sha === undefined) throw shaMissing();
    if (existing.sha !== sha) throw shaMismatch(path, sha);
    const commit = await write(call, branch, tip, { path, content: null, mode: existing.mode });
    return {
      status: 200,
      body: { content: null, commit: gitCommit(call, commit) },
      events: pushed(call, branch),
    };
  },
};

/** The commit that `?ref=` names, or the default branch's. */
async function commitAsked(call: Call): Promise<{ commit: string; ref: string }> {
  const ref = (call.query["ref"] as string | undefined) ?? repositoryOf(call).defaultBranch;
  const commit = await gitOf(call).resolveCommit(ref);
  if (commit !== undefined) return { commit, ref };
  const empty = (await gitOf(call).references("refs/heads/")).length === 0;
  throw notFound(empty ? "This repository is empty." : `No commit found for the ref ${ref}`);
}

function cleanPath(call: Call): string {
  const path = (call.params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const bad =
    path !== "" &&
    path.split("/").some((part) => part === "" || part === "." || part === ".." || part === ".git");
  if (bad) throw new ApiError(422, "path contains a malformed path component");
  return path;
}

/** Where a write goes: the branch, the commit it is to follow, and what lies at the path now. */
async function placeOf(
  call: Call,
  path: string,
): Promise<{ branch: string; tip: string | undefined; existing: TreeEntry | undefined }> {
  if (path === "") throw new ApiError(422, "path cannot be empty");
  const git = gitOf(call);
  const fallback = repositoryOf(call).defaultBranch;
  const branch = (
    text(call.body, "branch") ??
    (call.query["branch"] as string | undefined) ??
    fallback
  ).replace(/^refs\/heads\//, "");
  const tip = await git.branch(branch);
  if (tip === undefined) {
    // The first commit of an empty repository makes its default branch; any other branch has to be there.
    const empty = (await git.references("refs/heads/")).length === 0;
    if (!empty || branch !== fallback) throw notFound(`Branch ${branch} not found`);
    return { branch, tip: undefined, existing: undefined };
  }
  const existing = await git.entry(tip, path);
  if (existing?.type === "tree") throw new ApiError(422, `${path} is a directory`);
  return { branch, tip, existing };
}

async function write(
  call: Call,
  branch: string,
  tip: string | undefined,
  change: FileChange,
): Promise<Commit> {
  const { repository, permission } = targetOf(call);
  const git = gitOf(call);
  if (call.actor === undefined) throw new ApiError(401, "Requires authentication");
  refuseWorkflows(call.actor, change.path);
  const update = { ref: `refs/heads/${branch}`, before: tip, after: unborn } as const;
  const broken = await violations(
    update,
    { actor: call.actor, role: permission },
    repository,
    call.state,
    git,
  );
  if (broken.length > 0)
    throw new ApiError(409, `Repository rule violations found\n\n${broken.join("\n\n")}\n\n`);
  const committer = person(call, "committer") ?? identity(signedIn(call), call.now);
  const author = person(call, "author") ?? committer;
  const message = text(call.body, "message") ?? (call.query["message"] as string | undefined) ?? "";
  try {
    const sha = await git.writeCommit({ branch, parent: tip, changes: [change], message, author, committer });
    const commit = await git.commit(sha);
    if (commit === undefined) throw new Error(`commit ${sha} was made and is not there`);
    return commit;
  } catch (error) {
    if (error instanceof BranchMovedError)
      throw new ApiError(409, `is at ${await git.branch(branch)} but expected ${tip}`);
    throw error;
  }
}

function person(
  call: Call,
  field: "author" | "committer",
): { name: string; email: string; date: string } | undefined {
  const given = call.body[field] as { name?: string; email?: string; date?: string } | undefined;
  if (given?.name === undefined || given.email === undefined) return undefined;
  return { name: given.name, email: given.email, date: given.date ?? call.now };
}

async function folder(call: Call, entry: TreeEntry, path: string, ref: string): Promise<Reply> {
  const entries = await gitOf(call).tree(entry.sha);
  const body = entries.map((one) =>
    links(call, { ...one, path: path === "" ? one.path : `${path}/${one.path}` }, ref),
  );
  return { status: 200, body };
}

async function fileView(call: Call, entry: TreeEntry, ref: string, content = true): Promise<Json> {
  const view = links(call, entry, ref);
  if (!content) return view;
  const small = (entry.size ?? 0) <= inlineLimit;
  const encoded = small ? (await gitOf(call).blob(entry.sha)).toString("base64") : "";
  // Lines of 60, as GitHub's are.
  const lines = encoded.replace(/.{1,60}/g, "$&\n");
  return { ...view, content: lines, encoding: small ? "base64" : "none" };
}

/** Its `url` has to carry `?ref=`: the Terraform provider reads the branch from there, and panics without. */
function links(call: Call, entry: TreeEntry, ref: string): Json {
  const path = Urls.path(entry.path);
  const kind = entry.type === "tree" ? "tree" : "blob";
  const url = `${repositoryUrl(call)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${repositoryUrl(call)}/git/${kind}s/${entry.sha}`;
  const htmlUrl = `${repositoryPage(call)}/${kind}/${Urls.path(ref)}/${path}`;
  return {
    type: entry.type === "tree" ? "dir" : entry.type === "commit" ? "submodule" : "file",
    name: entry.path.split("/").at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: htmlUrl,
    git_url: gitUrl,
    download_url: entry.type === "blob" ? `${repositoryPage(call)}/raw/${Urls.path(ref)}/${path}` : null,
    _links: { self: url, git: gitUrl, html: htmlUrl },
  };
}

function shaMissing(): ApiError {
  return new ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
}

function shaMismatch(path: string, sha: string | undefined): ApiError {
  return new ApiError(409, `${path} does not match ${sha}`);
}
