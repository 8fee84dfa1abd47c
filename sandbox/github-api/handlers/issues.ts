/**
 * Issues, and the comments on them and on pull requests: a pull request is an issue too, with a number of the same
 * row, and lists of issues hold it.
 */
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { atLeast } from "../pipeline/permissions";
import { drop, put, type Event, type Issue, type IssueComment, type PullRequest } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { param, repositoryOf, targetOf, text, type Call, type Handlers } from "./call";
import { repositoryPage, repositoryUrl } from "./commit-view";
import { signedIn } from "./owners";
import { nextNumber } from "./pulls";
import { nodeId } from "./urls";

/** GitHub refuses more, though its description names no limit. */
const longestBody = 65_536;

/** What an issue and a pull request have in common. */
type Numbered = Issue | PullRequest;

export const issueHandlers: Handlers = {
  "issues/list-for-repo": (call) => {
    const { id } = repositoryOf(call);
    const state = call.query["state"] ?? "open";
    const creator = call.query["creator"] as string | undefined;
    const found = [...call.state.list("issues", `${id}/`), ...call.state.list("pulls", `${id}/`)]
      .filter(
        (one) =>
          (state === "all" || one.state === state) &&
          (creator === undefined || one.author.toLowerCase() === creator.toLowerCase()),
      )
      .sort((a, b) => b.number - a.number);
    return { status: 200, list: { items: found.map((one) => issueView(call, one)) } };
  },

  "issues/create": (call) => {
    const { id: repositoryId } = repositoryOf(call);
    const issue: Issue = {
      id: call.ids.next(),
      number: nextNumber(call),
      repositoryId,
      title: String(call.body["title"]),
      body: bodyOf(call) ?? null,
      author: signedIn(call).login,
      ...{ state: "open", closedAt: null, createdAt: call.now, updatedAt: call.now },
    };
    return { status: 201, body: issueView(call, issue), events: [stored(issue)] };
  },

  "issues/get": (call) => ({ status: 200, body: issueView(call, numbered(call)) }),

  "issues/update": (call) => {
    const issue = numbered(call);
    if ("head" in issue)
      throw new ApiError(501, "The sandbox's GitHub changes pull requests by pulls/update");
    refuseStrangers(call, issue.author);
    const state = (text(call.body, "state") ?? issue.state) as Issue["state"];
    const next: Issue = {
      ...issue,
      title: text(call.body, "title") ?? issue.title,
      body: bodyOf(call) ?? issue.body,
      state,
      closedAt: state === "open" ? null : (issue.closedAt ?? call.now),
      updatedAt: call.now,
    };
    return { status: 200, body: issueView(call, next), events: [stored(next)] };
  },

  "issues/list-comments": (call) => {
    const { id } = numbered(call);
    const comments = call.state
      .list("issueComments", `${repositoryOf(call).id}/`)
      .filter((comment) => comment.issueId === id);
    return { status: 200, list: { items: comments.map((comment) => commentView(call, comment)) } };
  },

  "issues/create-comment": (call) => {
    const comment: IssueComment = {
      id: call.ids.next(),
      repositoryId: repositoryOf(call).id,
      issueId: numbered(call).id,
      number: numbered(call).number,
      body: bodyOf(call) ?? "",
      author: signedIn(call).login,
      ...{ createdAt: call.now, updatedAt: call.now },
    };
    return { status: 201, body: commentView(call, comment), events: [storedComment(comment)] };
  },

  "issues/get-comment": (call) => ({ status: 200, body: commentView(call, commentOf(call)) }),

  "issues/update-comment": (call) => {
    const comment = commentOf(call);
    refuseStrangers(call, comment.author);
    const next = { ...comment, body: bodyOf(call) ?? "", updatedAt: call.now };
    return { status: 200, body: commentView(call, next), events: [storedComment(next)] };
  },

  "issues/delete-comment": (call) => {
    const comment = commentOf(call);
    refuseStrangers(call, comment.author);
    return { status: 204, events: [drop("issueComments", `${comment.repositoryId}/${comment.id}`)] };
  },
};

function bodyOf(call: Call): string | undefined {
  const body = text(call.body, "body");
  if (body !== undefined && [...body].length > longestBody) {
    throw validationFailed({
      resource: "IssueComment",
      field: "body",
      code: "unprocessable",
      message: `body is too long (maximum is ${longestBody} characters)`,
    });
  }
  return body;
}

/** What somebody else wrote takes the right to push. */
function refuseStrangers(call: Call, author: string): void {
  if (signedIn(call).login === author || atLeast(targetOf(call).permission, "push")) return;
  throw new ApiError(403, "Must have admin rights to Repository.");
}

function numbered(call: Call): Numbered {
  const key = `${repositoryOf(call).id}/${Number(param(call, "issue_number"))}`;
  const found = call.state.get("issues", key) ?? call.state.get("pulls", key);
  if (found === undefined) throw notFound();
  return found;
}

function commentOf(call: Call): IssueComment {
  const key = `${repositoryOf(call).id}/${Number(param(call, "comment_id"))}`;
  const found = call.state.get("issueComments", key);
  if (found === undefined) throw notFound();
  return found;
}

function stored(issue: Issue): Event {
  return put("issues", `${issue.repositoryId}/${issue.number}`, issue);
}

function storedComment(comment: IssueComment): Event {
  return put("issueComments", `${comment.repositoryId}/${comment.id}`, comment);
}

function issueView(call: Call, issue: Numbered): Json {
  const url = `${repositoryUrl(call)}/issues/${issue.number}`;
  const isPull = "head" in issue;
  const page = `${repositoryPage(call)}/${isPull ? "pull" : "issues"}/${issue.number}`;
  const comments = call.state
    .list("issueComments", `${issue.repositoryId}/`)
    .filter(({ issueId }) => issueId === issue.id);
  return {
    id: issue.id,
    node_id: nodeId(isPull ? "PR" : "I", issue.id),
    number: issue.number,
    url,
    repository_url: repositoryUrl(call),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: userOf(call, issue.author),
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: comments.length,
    closed_at: issue.closedAt,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    author_association: "MEMBER",
    ...(isPull
      ? {
          pull_request: {
            url: `${repositoryUrl(call)}/pulls/${issue.number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
          },
        }
      : {}),
  };
}

function commentView(call: Call, comment: IssueComment): Json {
  const issue = `${repositoryUrl(call)}/issues/${comment.number}`;
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url: `${repositoryUrl(call)}/issues/comments/${comment.id}`,
    html_url: `${repositoryPage(call)}/issues/${comment.number}#issuecomment-${comment.id}`,
    issue_url: issue,
    body: comment.body,
    user: userOf(call, comment.author),
    author_association: "MEMBER",
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}

function userOf(call: Call, login: string): Json {
  const user = call.state.owner(login);
  if (user === undefined) throw new Error(`an issue is ${login}'s, who is not there`);
  return simpleUser(user, call.urls);
}
