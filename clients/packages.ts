/**
 * One container package of GitHub Packages over REST: its versions listed, read, deleted, restored.
 * https://docs.github.com/rest/packages/packages
 *
 * Reads are tried again by themselves. Deletions and restorations are sent once: whoever deletes has to look again
 * before the next attempt, since a tag may have moved to the version meanwhile.
 */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { digestSchema, timeSchema, type PackageFacts, type PullRequest } from "../core/retention";
import { GitHubLimits, realClock, type Clock } from "./github-limits";
import { PackageCalls, type CallOptions, type Deed } from "./package-calls";
import { readPullRequests } from "./pull-requests";
import { readVersionList, type Page } from "./version-list";

/** GitHub's row of a version. */
export interface PackageVersion {
  readonly id: number;
  readonly digest: Digest;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tags: readonly string[];
}

export interface Listing {
  readonly facts: PackageFacts;
  readonly repository: string | null;
  /** In GitHub's order, each once. */
  readonly versions: readonly PackageVersion[];
  /** Why rows may be missing or wrong; empty: two reads agree with each other and with `version_count`. */
  readonly incomplete: readonly string[];
}

export interface PackageState {
  readonly facts: PackageFacts;
  readonly versionCount: number;
  /** `<owner>/<name>` of the repository that it is linked to; `null`: none, or none that the token may see. */
  readonly repository: string | null;
  /** The page on which a person changes what no call can: visibility, repository, Actions access. */
  readonly settingsUrl: string;
}

/** Reads throw PlatformError `github-denied`, `github-unreachable`, `github-limited` and `no-such-package`. */
export interface Packages {
  readonly owner: string;
  readonly name: string;
  readonly limits: GitHubLimits;
  /** Requests that were sent so far. */
  requests(): number;
  state(): Promise<PackageState>;
  /**
   * All versions, their number checked against `state`: 2 ⌈N / 100⌉ requests, and one more for a user's package
   * whose `ownerType` is not said.
   */
  versions(): Promise<Listing>;
  /** One page of 100, from 1. */
  page(number: number, state?: "active" | "deleted"): Promise<Page>;
  /** Undefined: there is none, or it is deleted. */
  version(id: number): Promise<PackageVersion | undefined>;
  /** Pull requests of a repository by their numbers; those that GitHub doesn't know are left out. */
  pullRequests(repository: string, numbers: readonly number[]): Promise<readonly PullRequest[]>;
  delete(id: number): Promise<Deed>;
  /** Within 30 days of its deletion. */
  restore(id: number): Promise<Deed>;
}

/** As GitHub's `type` of an account says it. */
export const ownerTypes = ["Organization", "User"] as const;
export type OwnerType = (typeof ownerTypes)[number];

export interface PackagesOptions extends CallOptions {
  /** Where it is known. A package answers under its owner's kind alone, so not knowing costs a user's one request. */
  readonly ownerType?: OwnerType;
  readonly clock?: Clock;
  readonly onWait?: (milliseconds: number, why: string) => void;
  /** Limits of the token, where several packages are asked about with it. @default its own, by `clock` and `onWait` */
  readonly limits?: GitHubLimits;
}

const pageSize = 100;
const packageSchema = z.looseObject({
  visibility: z.enum(["public", "private", "internal"]).nullable().catch(null),
  version_count: z.int().min(0),
  html_url: z.url().catch("https://github.com/"),
  repository: z.looseObject({ full_name: z.string() }).nullish(),
});
const versionSchema = z
  .looseObject({
    id: z.int().positive(),
    name: digestSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
    metadata: z.looseObject({ container: z.looseObject({ tags: z.array(z.string()) }) }),
  })
  .transform(({ id, name, created_at, updated_at, metadata }): PackageVersion => ({
    id,
    digest: name,
    createdAt: created_at,
    updatedAt: updated_at,
    tags: metadata.container.tags,
  }));

export function openPackages(options: PackagesOptions): Packages {
  const { owner, name, ownerType, clock = realClock, onWait } = options;
  const kinds = ownerType === "User" ? ["users", "orgs"] : ["orgs", "users"];
  const limits = options.limits ?? new GitHubLimits(clock, onWait);
  const caller = new PackageCalls(options, limits);
  let base: string | undefined;

  /** An owner is an organization or a user; the package answers under one of the two. */
  async function state(): Promise<PackageState> {
    for (const kind of base === undefined ? kinds : [base]) {
      const path = kind.includes("/")
        ? kind
        : `${kind}/${encodeURIComponent(owner)}/packages/container/${encodeURIComponent(name)}`;
      const answer = await caller.read(path);
      if (answer === undefined) continue;
      base = path;
      const found = packageSchema.parse(answer.json);
      return {
        facts: { owner, name, visibility: found.visibility },
        versionCount: found.version_count,
        repository: found.repository?.full_name ?? null,
        // The packages' paths of site and API are the same below their hosts.
        settingsUrl: new URL(`/${path}/settings`, found.html_url).href,
      };
    }
    throw noPackage(owner, name);
  }

  async function pathTo(rest: string): Promise<string> {
    if (base === undefined) await state();
    return `${base}/versions${rest}`;
  }

  async function page(number: number, which: "active" | "deleted" = "active"): Promise<Page> {
    const path = await pathTo(`?state=${which}&per_page=${pageSize}&page=${number}`);
    const answer = await caller.read(path);
    if (answer === undefined) throw noPackage(owner, name);
    const link = answer.headers.get("link");
    const versions = z.array(versionSchema).parse(answer.json);
    return { versions, hasNext: versions.length > 0 && /\brel="?next"?/.test(link ?? "") };
  }

  return {
    ...{ owner, name, limits, state, page },
    requests: () => caller.count,
    async versions() {
      const { facts, versionCount, repository } = await state();
      const { versions, contradictions } = await readVersionList(page);
      const miscounted =
        versions.length === versionCount
          ? []
          : [`GitHub counts ${versionCount} versions and lists ${versions.length}`];
      return { facts, repository, versions, incomplete: [...contradictions, ...miscounted] };
    },
    async version(id) {
      const answer = await caller.read(await pathTo(`/${id}`));
      return answer === undefined ? undefined : versionSchema.parse(answer.json);
    },
    pullRequests: (repository, numbers) => readPullRequests((path) => caller.read(path), repository, numbers),
    delete: async (id) => caller.deed("DELETE", await pathTo(`/${id}`)),
    restore: async (id) => caller.deed("POST", await pathTo(`/${id}/restore`)),
  };
}

function noPackage(owner: string, name: string): PlatformError {
  return new PlatformError({
    code: "no-such-package",
    where: `${owner}/${name}`,
    problem: "GitHub knows no such container package, or doesn't show it to this token",
    fix: "check owner and name; the token needs read:packages (and delete:packages to delete)",
  });
}
