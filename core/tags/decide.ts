/** From a git context to tags: the one function that they come from. */
import { parse } from "semver";
import { isTag, type Tag } from "../names";
import type { TagClass } from "./classes";
import type { GitContext } from "./context";

/** One tag of a build. */
export interface BuildTag {
  readonly tag: Tag;
  readonly class: TagClass;
  /** Whether later builds move it. */
  readonly moving: boolean;
}

export type TagDecision =
  | { readonly kind: "publish"; readonly tags: readonly [BuildTag, ...BuildTag[]] }
  /** Built, checked and scanned; nothing is pushed. */
  | { readonly kind: "build-only"; readonly reason: string }
  /** Not even built. */
  | { readonly kind: "refused"; readonly reason: string };

const publishingActions = ["opened", "synchronize", "reopened"];
/** What a branch's deletion is pushed as. */
const noCommit = /^0+$/;

/**
 * The tags that a build of this context gets, most telling first.
 *
 * | context | tags |
 * | --- | --- |
 * | push to the default branch; manual run on it | `latest`, `sha-<7>` |
 * | push of `v1.2.3` | `1.2.3`, `1.2`, `1` (never `0`), `sha-<7>` |
 * | push of `v2.0.0-rc.1` | `2.0.0-rc.1`, `sha-<7>` |
 * | pull request 123 of the same repository | `pr-123` |
 * | a fork's pull request, `merge_group` | none: built only |
 * | a developer's own push | `dev-<who>-<7>` |
 * | anything else | refused |
 */
export function tagsFor(context: GitContext): TagDecision {
  if (!/^[0-9a-f]{40}$/.test(context.sha) || noCommit.test(context.sha)) {
    return refused(`"${context.sha}" is no commit (40 hexadecimal digits)`);
  }
  switch (context.event) {
    case "push":
      return pushed(context);
    case "workflow_dispatch":
      return onDefaultBranch(context)
        ? newestBuild(context)
        : refused(`a manual run publishes from ${context.defaultBranch} only, not from ${context.ref}`);
    case "pull_request":
      return pullRequest(context);
    case "merge_group":
      return { kind: "build-only", reason: "a merge queue's commit is published when it is on its branch" };
    case "development":
      return development(context);
    default:
      return refused(`the event ${context.event} publishes nothing`);
  }
}

function pushed(context: GitContext): TagDecision {
  if (onDefaultBranch(context)) return newestBuild(context);
  const tag = /^refs\/tags\/(.*)$/.exec(context.ref)?.[1];
  if (tag === undefined)
    return refused(`${context.ref} is neither ${context.defaultBranch} nor a release tag`);
  return release(context, tag);
}

function newestBuild(context: GitContext): TagDecision {
  return publish([moving("latest", "latest"), shaTag(context)]);
}

function release(context: GitContext, gitTag: string): TagDecision {
  const version = gitTag.startsWith("v") ? parse(gitTag.slice(1)) : null;
  if (version === null || `v${version.raw}` !== gitTag) {
    return refused(
      `the tag ${gitTag} is no release: releases are v<major>.<minor>.<patch>, as semver.org has it`,
    );
  }
  if (version.build.length > 0) {
    return refused(
      `${gitTag} carries build metadata (+${version.build.join(".")}), which no image tag can hold`,
    );
  }
  const { major, minor } = version;
  const line =
    version.prerelease.length > 0
      ? []
      : [moving(`${major}.${minor}`, "semver"), ...(major > 0 ? [moving(String(major), "semver")] : [])];
  return publish([fixed(version.version, "semver"), ...line, shaTag(context)]);
}

function pullRequest({ pullRequest, repository }: GitContext): TagDecision {
  if (pullRequest === undefined || !Number.isSafeInteger(pullRequest.number) || pullRequest.number < 1) {
    return refused("a pull_request event without its pull request's number");
  }
  const { number, headRepository, action } = pullRequest;
  if (!publishingActions.includes(action)) return refused(`pull request ${number} was ${action}`);
  if (headRepository.toLowerCase() !== repository.toLowerCase()) {
    return {
      kind: "build-only",
      reason: `pull request ${number} comes from ${headRepository || "a deleted fork"}`,
    };
  }
  return publish([moving(`pr-${number}`, "pull-request")]);
}

function development({ actor, sha }: GitContext): TagDecision {
  // 128 characters are a tag's most; "dev-", "-" and seven digits are twelve of them.
  const who = (actor ?? "")
    .replace(/[^a-zA-Z0-9_.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
  return who === ""
    ? refused("a developer's own push needs the developer's name")
    : publish([moving(`dev-${who}-${sha.slice(0, 7)}`, "development")]);
}

function onDefaultBranch({ ref, defaultBranch }: GitContext): boolean {
  return ref === `refs/heads/${defaultBranch}`;
}

function shaTag({ sha }: GitContext): Candidate {
  return fixed(`sha-${sha.slice(0, 7)}`, "sha");
}

type Candidate = Omit<BuildTag, "tag"> & { readonly tag: string };

function moving(tag: string, tagClass: TagClass): Candidate {
  return { tag, class: tagClass, moving: true };
}

function fixed(tag: string, tagClass: TagClass): Candidate {
  return { tag, class: tagClass, moving: false };
}

function refused(reason: string): TagDecision {
  return { kind: "refused", reason };
}

/** Publishes if every tag is one that a registry takes: a version may be longer than a tag. */
function publish(candidates: readonly [Candidate, ...Candidate[]]): TagDecision {
  const illegal = candidates.find(({ tag }) => !isTag(tag));
  return illegal === undefined
    ? { kind: "publish", tags: candidates as readonly [BuildTag, ...BuildTag[]] }
    : refused(`"${illegal.tag}" is no legal image tag (128 characters at most)`);
}
