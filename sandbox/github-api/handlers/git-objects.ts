/** Git's own objects: blobs, trees, commits and annotated tags. */
import type { TreeEntry } from "../git/objects";
import { GitError } from "../git/run";
import { ApiError, notFound } from "../pipeline/errors";
import { refuseWorkflows } from "../pipeline/permissions";
import type { Json } from "./accounts";
import { gitOf, param, text, type Call, type Handlers } from "./call";
import { gitCommit, identity, repositoryUrl } from "./commit-view";
import { signedIn } from "./owners";
import { nodeId } from "./urls";

interface GivenEntry {
  readonly path?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

export const gitObjectHandlers: Handlers = {
  "git/get-blob": async (call) => {
    const sha = param(call, "file_sha");
    if ((await gitOf(call).type(sha)) !== "blob") throw notFound();
    const content = await gitOf(call).blob(sha);
    const url = `${repositoryUrl(call)}/git/blobs/${sha}`;
    const encoded = content.toString("base64");
    return {
      status: 200,
      body: {
        sha,
        node_id: nodeId("B", sha),
        size: content.length,
        url,
        content: encoded,
        encoding: "base64",
      },
    };
  },

  "git/create-blob": async (call) => {
    const encoding = text(call.body, "encoding") === "base64" ? "base64" : "utf8";
    const sha = await store(call, Buffer.from(text(call.body, "content") ?? "", encoding));
    return { status: 201, body: { sha, url: `${repositoryUrl(call)}/git/blobs/${sha}` } };
  },

  "git/get-tree": async (call) => {
    const named = param(call, "tree_sha");
    const git = gitOf(call);
    const sha = await git.resolve(`${(await git.resolveCommit(named)) ?? named}^{tree}`);
    if (sha === undefined) {
      const empty = (await git.references("refs/")).length === 0;
      throw empty ? new ApiError(409, "Git Repository is empty.") : notFound();
    }
    const recursive = call.query["recursive"] !== undefined;
    return { status: 200, body: treeView(call, sha, await git.tree(sha, recursive)) };
  },

  "git/create-tree": async (call) => {
    const git = gitOf(call);
    const base = text(call.body, "base_tree");
    const baseTree = base === undefined ? undefined : await git.resolve(`${base}^{tree}`);
    if (base !== undefined && baseTree === undefined)
      throw new ApiError(422, "base_tree is not a valid tree oid");
    const entries = call.body["tree"] as readonly GivenEntry[];
    if (call.actor === undefined) throw new ApiError(401, "Requires authentication");
    for (const { path = "" } of entries) refuseWorkflows(call.actor, path);
    const lines = await Promise.all(entries.map((entry) => indexLine(call, entry)));
    const index = { GIT_INDEX_FILE: `${git.folder}/index-${call.ids.next()}` };
    if (baseTree !== undefined) await git.run(["read-tree", baseTree], { env: index });
    try {
      await git.run(["update-index", "-z", "--index-info"], {
        env: index,
        input: lines.map((line) => `${line}\0`).join(""),
      });
      const sha = (await git.text(["write-tree"], { env: index })).trim();
      return { status: 201, body: treeView(call, sha, await git.tree(sha)) };
    } catch (error) {
      if (error instanceof GitError) throw new ApiError(422, `tree is not valid: ${error.stderr.trim()}`);
      throw error;
    }
  },

  "git/get-commit": async (call) => {
    const commit = await gitOf(call).commit(param(call, "commit_sha"));
    if (commit === undefined) throw notFound();
    return { status: 200, body: gitCommit(call, commit) };
  },

  "git/create-commit": async (call) => {
    const git = gitOf(call);
    const tree = text(call.body, "tree") ?? "";
    const parents = (call.body["parents"] as readonly string[] | undefined) ?? [];
    if ((await git.type(tree)) !== "tree") throw new ApiError(422, "Tree SHA does not exist");
    for (const parent of parents) {
      if ((await git.type(parent)) !== "commit")
        throw new ApiError(422, "Parent SHA does not exist or is not a commit object");
    }
    const author = person(call, "author") ?? identity(signedIn(call), call.now);
    const committer = person(call, "committer") ?? author;
    const env = {
      ...{ GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: author.date },
      ...{
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
        GIT_COMMITTER_DATE: committer.date,
      },
    };
    const flags = parents.flatMap((parent) => ["-p", parent]);
    const input = text(call.body, "message") ?? "";
    const sha = (await git.text(["commit-tree", tree, ...flags], { env, input })).trim();
    const commit = await git.commit(sha);
    if (commit === undefined) throw new Error(`commit ${sha} was made and is not there`);
    return { status: 201, body: gitCommit(call, commit) };
  },

  "git/create-tag": async (call) => {
    const object = text(call.body, "object") ?? "";
    const type = text(call.body, "type") ?? "commit";
    if ((await gitOf(call).type(object)) !== type) throw new ApiError(422, "Object does not exist");
    const { name, email, date } = person(call, "tagger") ?? identity(signedIn(call), call.now);
    const seconds = Math.floor(Date.parse(date) / 1000);
    const head = [
      `object ${object}`,
      `type ${type}`,
      `tag ${text(call.body, "tag")}`,
      `tagger ${name} <${email}> ${seconds} +0000`,
    ];
    const input = `${head.join("\n")}\n\n${text(call.body, "message")}\n`;
    const sha = (await gitOf(call).text(["hash-object", "-t", "tag", "-w", "--stdin"], { input })).trim();
    return { status: 201, body: await tagView(call, sha) };
  },

  "git/get-tag": async (call) => ({ status: 200, body: await tagView(call, param(call, "tag_sha")) }),
};

async function store(call: Call, content: Buffer): Promise<string> {
  return (await gitOf(call).text(["hash-object", "-w", "--stdin"], { input: content })).trim();
}

/** For `git update-index --index-info`: mode 0 takes the path out. */
async function indexLine(call: Call, entry: GivenEntry): Promise<string> {
  const path = entry.path ?? "";
  if (entry.sha === null) return `0 ${"0".repeat(40)}\t${path}`;
  const sha = entry.sha ?? (await store(call, Buffer.from(entry.content ?? "")));
  return `${entry.mode ?? "100644"} ${sha}\t${path}`;
}

function person(call: Call, field: string): { name: string; email: string; date: string } | undefined {
  const given = call.body[field] as { name?: string; email?: string; date?: string } | undefined;
  if (given?.name === undefined || given.email === undefined) return undefined;
  return { name: given.name, email: given.email, date: given.date ?? call.now };
}

function treeView(call: Call, sha: string, entries: readonly TreeEntry[]): Json {
  const url = `${repositoryUrl(call)}/git`;
  const tree = entries.map(({ path, mode, type, sha: entrySha, size }) => ({
    ...{ path, mode, type, sha: entrySha },
    ...(size === undefined ? {} : { size }),
    ...(type === "commit" ? {} : { url: `${url}/${type}s/${entrySha}` }),
  }));
  return { sha, url: `${url}/trees/${sha}`, tree, truncated: false };
}

async function tagView(call: Call, sha: string): Promise<Json> {
  const git = gitOf(call);
  if ((await git.type(sha)) !== "tag") throw notFound();
  const raw = await git.text(["cat-file", "tag", sha]);
  const field = (pattern: RegExp): string => pattern.exec(raw)?.[1] ?? "";
  const [, name = "", email = "", seconds = "0"] = /^tagger (.*) <(.*)> (\d+)/m.exec(raw) ?? [];
  const object = { sha: field(/^object (.*)$/m), type: field(/^type (.*)$/m) };
  const date = new Date(Number(seconds) * 1000).toISOString().replace(".000", "");
  return {
    sha,
    node_id: nodeId("TAG", sha),
    url: `${repositoryUrl(call)}/git/tags/${sha}`,
    tag: field(/^tag (.*)$/m),
    message: raw.slice(raw.indexOf("\n\n") + 2).replace(/\n$/, ""),
    tagger: { name, email, date },
    object: { ...object, url: `${repositoryUrl(call)}/git/${object.type}s/${object.sha}` },
    verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
  };
}
