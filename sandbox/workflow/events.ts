/** Events as GitHub sends them to a workflow, with what these workflows read: the webhook's payload and the context. */

export interface RunEvent {
  readonly name: "push" | "release" | "pull_request" | "merge_group" | "workflow_dispatch" | "schedule";
  readonly ref: string;
  /** The commit that is checked out where none is named. */
  readonly sha: string;
  /** https://docs.github.com/webhooks/webhook-events-and-payloads */
  readonly payload: Readonly<Record<string, unknown>>;
}

const none = "0".repeat(40);

/** @param before what the branch pointed at; none where it is new */
export function push(branch: string, after: string, before: string = none): RunEvent {
  const ref = `refs/heads/${branch}`;
  return { name: "push", ref, sha: after, payload: { ref, before, after, deleted: false } };
}

export function pushOfTag(tag: string, commit: string): RunEvent {
  const ref = `refs/tags/${tag}`;
  return { name: "push", ref, sha: commit, payload: { ref, before: none, after: commit, deleted: false } };
}

/** A release that is published, of a tag that is there. */
export function releaseOf(tag: string, commit: string): RunEvent {
  const release = { tag_name: tag, prerelease: tag.includes("-"), draft: false };
  return { name: "release", ref: `refs/tags/${tag}`, sha: commit, payload: { action: "published", release } };
}

/** @param inputs as text, as GitHub hands them on */
export function dispatch(
  branch: string,
  commit: string,
  inputs: Readonly<Record<string, string>> = {},
): RunEvent {
  const ref = `refs/heads/${branch}`;
  return { name: "workflow_dispatch", ref, sha: commit, payload: { ref, inputs } };
}

/** @param branch the default one: a schedule knows no other */
export function schedule(branch: string, commit: string): RunEvent {
  return { name: "schedule", ref: `refs/heads/${branch}`, sha: commit, payload: {} };
}

export function pullRequest(spec: {
  readonly number: number;
  readonly base: string;
  readonly head: string;
  /** The merge of both, which GitHub makes. */
  readonly merge: string;
  /** `<owner>/<name>` of the repository that the head is in; another one is a fork's. */
  readonly headRepository: string;
  readonly action?: "opened" | "synchronize" | "reopened";
}): RunEvent {
  const { number, base, head, merge, headRepository, action = "opened" } = spec;
  return {
    name: "pull_request",
    ref: `refs/pull/${number}/merge`,
    sha: merge,
    payload: {
      action,
      number,
      pull_request: {
        number,
        base: { sha: base, ref: "main" },
        head: { sha: head, ref: "feature", repo: { full_name: headRepository } },
      },
    },
  };
}

export function mergeGroup(branch: string, base: string, head: string): RunEvent {
  const ref = `refs/heads/gh-readonly-queue/${branch}/pr-1-${base}`;
  return {
    name: "merge_group",
    ref,
    sha: head,
    payload: {
      action: "checks_requested",
      merge_group: { base_sha: base, head_sha: head, base_ref: `refs/heads/${branch}`, head_ref: ref },
    },
  };
}
