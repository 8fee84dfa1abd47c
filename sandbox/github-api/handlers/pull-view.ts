/** A pull request as answers show it. */
import type { PullRequest } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { targetOf, type Call } from "./call";
import { repositoryPage, repositoryUrl } from "./commit-view";
import { minimalRepository } from "./repository-view";
import { nodeId } from "./urls";

/** What lists hold (`pull-request-simple`). */
export function simplePull(call: Call, pull: PullRequest): Json {
  const links = linksOf(call, pull);
  return {
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    user: userOf(call, pull.author),
    labels: [],
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    author_association: "MEMBER",
    auto_merge: null,
    draft: pull.draft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    url: links.self,
    html_url: links.html,
    diff_url: `${links.html}.diff`,
    patch_url: `${links.html}.patch`,
    issue_url: links.issue,
    comments_url: links.comments,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    statuses_url: links.statuses,
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    head: end(call, pull.head, pull.headSha),
    base: end(call, pull.base, pull.baseSha),
  };
}

export interface PullSize {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly mergeable: boolean | null;
}

/** A single one (`pull-request`). */
export function fullPull(call: Call, pull: PullRequest, size: PullSize): Json {
  return {
    ...simplePull(call, pull),
    merged: pull.mergedAt !== null,
    mergeable: size.mergeable,
    mergeable_state: size.mergeable === null ? "unknown" : size.mergeable ? "clean" : "dirty",
    merged_by: pull.mergedAt === null ? null : userOf(call, pull.author),
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: size.commits,
    additions: size.additions,
    deletions: size.deletions,
    changed_files: size.changedFiles,
  };
}

function linksOf(call: Call, { number, headSha }: PullRequest) {
  const self = `${repositoryUrl(call)}/pulls/${number}`;
  const issue = `${repositoryUrl(call)}/issues/${number}`;
  return {
    self,
    html: `${repositoryPage(call)}/pull/${number}`,
    issue,
    comments: `${issue}/comments`,
    review_comments: `${self}/comments`,
    review_comment: `${repositoryUrl(call)}/pulls/comments{/number}`,
    commits: `${self}/commits`,
    statuses: `${repositoryUrl(call)}/statuses/${headSha}`,
  };
}

function end(call: Call, branch: string, sha: string): Json {
  const { repository, owner, permission } = targetOf(call);
  return {
    label: `${owner.login}:${branch}`,
    ref: branch,
    sha,
    user: simpleUser(owner, call.urls),
    repo: minimalRepository(repository, owner, call.urls, permission),
  };
}

function userOf(call: Call, login: string): Json {
  const user = call.state.owner(login);
  if (user === undefined) throw new Error(`a pull request is ${login}'s, who is not there`);
  return simpleUser(user, call.urls);
}
