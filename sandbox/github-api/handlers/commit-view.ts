/** Commits, files and references as answers show them. */
import type { ChangedFile, Commit, Person } from "../git/objects";
import type { ReadonlyState } from "../state/state";
import type { Owner } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import type { Call } from "./call";
import { param } from "./call";
import { nodeId, Urls } from "./urls";

/** How an account signs a commit that it makes through the API. */
export function identity(owner: Owner, date: string): Person {
  return { name: owner.name ?? owner.login, email: emailOf(owner), date };
}

function emailOf(owner: Owner): string {
  return owner.email ?? `${owner.id}+${owner.login}@users.noreply.github.com`;
}

/** The repository's address in the API, as the call named it. */
export function repositoryUrl(call: Call): string {
  return call.urls.api("repos", param(call, "owner"), param(call, "repo"));
}

export function repositoryPage(call: Call): string {
  return call.urls.html(param(call, "owner"), param(call, "repo"));
}

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** A commit of `GET …/commits`. */
export function commitView(call: Call, commit: Commit): Json {
  const url = repositoryUrl(call);
  return {
    sha: commit.sha,
    node_id: nodeId("C", commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${repositoryPage(call)}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: accountOf(commit.author, call.state, call.urls),
    committer: accountOf(commit.committer, call.state, call.urls),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${repositoryPage(call)}/commit/${sha}`,
    })),
  };
}

/** A commit with what it changed: `GET …/commits/{ref}`. */
export function commitWithFiles(call: Call, commit: Commit, files: readonly ChangedFile[]): Json {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const additions = sum(files.map((file) => file.additions));
  const deletions = sum(files.map((file) => file.deletions));
  return {
    ...commitView(call, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map((file) => changedFile(call, commit.sha, file)),
  };
}

export function changedFile(call: Call, sha: string, file: ChangedFile): Json {
  const path = Urls.path(file.path);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${repositoryPage(call)}/blob/${sha}/${path}`,
    raw_url: `${repositoryPage(call)}/raw/${sha}/${path}`,
    contents_url: `${repositoryUrl(call)}/contents/${path}?ref=${sha}`,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/** A commit of the Git data API, as contents writes answer with it too. */
export function gitCommit(call: Call, commit: Commit): Json {
  const url = repositoryUrl(call);
  return {
    sha: commit.sha,
    node_id: nodeId("C", commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${repositoryPage(call)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${repositoryPage(call)}/commit/${sha}`,
    })),
    verification: unsigned,
  };
}

/** The account whose address a commit carries, as GitHub links it; null where it is nobody's here. */
function accountOf(person: Person, state: ReadonlyState, urls: Urls): Json | null {
  const found = state
    .list("owners")
    .find((owner) => emailOf(owner).toLowerCase() === person.email.toLowerCase());
  return found === undefined ? null : simpleUser(found, urls);
}
