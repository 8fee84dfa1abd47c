/** From a git context to tags: the one function that they come from. */
import { isTag, sameRepository, type Tag } from "../names";
import type { TagClass } from "./classes";
import type { GitContext, PullRequestContext } from "./context";
import { developmentTag } from "./development";
import { parseRelease } from "./release";

/** One tag of a build. */
export interface BuildTag {
  readonly tag: Tag;
  readonly class: TagClass;
  /** Whether a later build may take it; a developer's may, since a folder changes without a commit. */
  readonly moving: boolean;
}

export type TagDecision =
  | { readonly kind: "publish"; readonly tags: readonly [BuildTag, ...BuildTag[]] }
  /** Built, checked and scanned; nothing is pushed. */
  | { readonly kind: "build-only"; readonly code: BuildOnlyCode; readonly reason: string }
  /** Not even built. */
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly reason: string };

export type BuildOnlyCode = "fork" | "merge-queue";

export type RefusalCode =
  | "no-commit"
  | "event"
  | "other-ref"
  | "manual-run-elsewhere"
  | "no-release"
  | "build-metadata"
  | "no-pull-request"
  | "pull-request-action"
  | "no-developer"
  | "tag-too-long";

/** Activity types after which a pull request's branch holds something that was not built yet. */
const publishingActions = ["opened", "synchronize", "reopened"];

/** Why events that others do publish from are refused here; any other just isn't one that publishes. */
const refusedEvents: ReadonlyMap<string, string> = new Map([
  ["create", "the push of the new branch or tag is what publishes"],
  ["pull_request_target", "it would run a fork's code with this repository's rights"],
  ["release", "the push of the release's tag is what publishes"],
  ["schedule", "what it would build was published when it was pushed"],
  ["workflow_run", "it would run with this repository's rights on what any other run left"],
]);

/**
 * The tags that a build of this context gets, most telling first. The same context gives the same tags, whenever
 * and wherever it is asked; `differences.md` says where docker/metadata-action would answer otherwise.
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
  // A deleted ref is pushed as forty zeros.
  if (!/^[0-9a-f]{40}$/.test(context.sha) || /^0+$/.test(context.sha)) {
    return refused("no-commit", `"${context.sha}" is no commit (40 hexadecimal digits)`);
  }
  switch (context.event) {
    case "push":
      return pushed(context);
    case "workflow_dispatch":
      return onDefaultBranch(context)
        ? newestBuild(context)
        : refused(
            "manual-run-elsewhere",
            `a manual run publishes from ${context.defaultBranch} only, not from ${context.ref}`,
          );
    case "pull_request":
      return pullRequest(context, context.pullRequest);
    case "merge_group":
      return {
        kind: "build-only",
        code: "merge-queue",
        reason: "a merge queue's commit is published when it is on its branch",
      };
    case "development":
      return development(context);
    default:
      return refused("event", eventReason(context.event));
  }
}

/**
 * What `org.opencontainers.image.version` says of a build with these tags: the first that names this build alone
 * (`1.2.3`, `sha-<7>`), else the first (`pr-123`).
 */
export function versionLabel(tags: readonly [BuildTag, ...BuildTag[]]): Tag {
  return (tags.find(({ moving }) => !moving) ?? tags[0]).tag;
}

function pushed(context: GitContext): TagDecision {
  if (onDefaultBranch(context)) return newestBuild(context);
  const tags = "refs/tags/";
  if (context.ref.startsWith(tags)) return release(context, context.ref.slice(tags.length));
  return refused("other-ref", `${context.ref} is neither ${context.defaultBranch} nor a release's tag`);
}

function newestBuild(context: GitContext): TagDecision {
  return publish([moving("latest", "latest"), shaTag(context)]);
}

function release(context: GitContext, gitTag: string): TagDecision {
  const version = parseRelease(gitTag);
  if (version === undefined) {
    return refused(
      "no-release",
      `the tag ${gitTag} is no release: releases are v<major>.<minor>.<patch>, as semver.org has it`,
    );
  }
  const { major, minor, prerelease, build } = version;
  if (build.length > 0) {
    return refused(
      "build-metadata",
      `${gitTag} carries build metadata, "+${build.join(".")}", which no image tag can hold: it would be the same image tag as the version without it`,
    );
  }
  const line =
    prerelease.length > 0
      ? []
      : [moving(`${major}.${minor}`, "semver"), ...(major > 0 ? [moving(String(major), "semver")] : [])];
  return publish([fixed(version.version, "semver"), ...line, shaTag(context)]);
}

function pullRequest({ repository, ref }: GitContext, context: PullRequestContext | undefined): TagDecision {
  const number = context?.number ?? 0;
  // A ref of another pull request is a caller's mix-up, and would put one's build under the other's tag.
  const refNumber = /^refs\/pull\/([0-9]+)\//.exec(ref)?.[1] ?? String(number);
  if (context === undefined || !Number.isSafeInteger(number) || number < 1 || refNumber !== String(number)) {
    return refused(
      "no-pull-request",
      `the event pull_request on ${ref} doesn't say which pull request it is`,
    );
  }
  if (!publishingActions.includes(context.action)) {
    return refused(
      "pull-request-action",
      `pull request ${number} was ${context.action}: nothing new to build`,
    );
  }
  const head = context.headRepository ?? "";
  if (!sameRepository(head, repository) || head === "") {
    return {
      kind: "build-only",
      code: "fork",
      reason: `pull request ${number} comes from ${head === "" ? "a deleted fork" : `the fork ${head}`}`,
    };
  }
  return publish([moving(`pr-${number}`, "pull-request")]);
}

function development({ actor, sha }: GitContext): TagDecision {
  const tag = developmentTag(actor ?? "", sha);
  return tag === undefined
    ? refused("no-developer", "a developer's own push needs a name with letters or digits to go by")
    : publish([moving(tag, "development")]);
}

function onDefaultBranch({ ref, defaultBranch }: GitContext): boolean {
  return defaultBranch !== "" && ref === `refs/heads/${defaultBranch}`;
}

function shaTag({ sha }: GitContext): Candidate {
  return fixed(`sha-${sha.slice(0, 7)}`, "sha");
}

function eventReason(event: string): string {
  const why = refusedEvents.get(event);
  return `the event ${event} publishes nothing${why === undefined ? "" : `: ${why}`}`;
}

type Candidate = Omit<BuildTag, "tag"> & { readonly tag: string };

function moving(tag: string, tagClass: TagClass): Candidate {
  return { tag, class: tagClass, moving: true };
}

function fixed(tag: string, tagClass: TagClass): Candidate {
  return { tag, class: tagClass, moving: false };
}

function refused(code: RefusalCode, reason: string): TagDecision {
  return { kind: "refused", code, reason };
}

/** Publishes if every tag is one that a registry takes: a version may be longer than a tag. */
function publish(candidates: readonly [Candidate, ...Candidate[]]): TagDecision {
  const illegal = candidates.find(({ tag }) => !isTag(tag));
  return illegal === undefined
    ? { kind: "publish", tags: candidates as readonly [BuildTag, ...BuildTag[]] }
    : refused("tag-too-long", `"${illegal.tag}" is no legal image tag: it has more than 128 characters`);
}
