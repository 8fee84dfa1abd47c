/**
 * What may go, as data. A policy is a list of rules over tag classes; some keep, some let go, and keeping always
 * wins, so the order of rules settles nothing but which one is named as the reason. What no rule lets go stays.
 *
 * Not for a policy to decide, and therefore not expressible: environments' tags, what environments ran last,
 * digests in use, tags of no class, manifests that can't be read and anything fresh always stay; children,
 * signatures and attestations go with what they belong to.
 */
import type { TagClass } from "../tags";

export const policyFormat = "ghcr-platform/retention-policy@1";

/** Names of tags that are of no class by themselves, e.g. `custom:nightly` for `nightly-*`. */
export type CustomClass = `custom:${string}`;

/** Classes whose tags make an image, so that a rule may keep it by them. Environments' tags need no rule. */
export type KeepableClass = Exclude<TagClass, "environment" | "signature" | "unknown"> | CustomClass;

/** Classes whose tags may go by age. `latest` never does, a pull request's goes by the day it was closed. */
export type ExpirableClass = Exclude<KeepableClass, "latest" | "pull-request">;

interface RuleBase {
  /** Unique in its policy, kebab-case; named as the reason for what it keeps or lets go. */
  readonly id: string;
}

interface TagRule<Class extends string> extends RuleBase {
  readonly of: Class;
  /** Only whole tags of this pattern: `*` any run, `?` one character, `[a-z]` a set. @default all of the class */
  readonly matching?: string;
}

/** Keeps every image with such a tag. */
export interface KeepAll extends TagRule<KeepableClass> {
  readonly kind: "keep-all";
}

/** Keeps the newest images by the time they were pushed. Children, signatures and attestations take no place. */
export interface KeepNewest extends TagRule<KeepableClass> {
  readonly kind: "keep-newest";
  /** Images, at least 1. */
  readonly count: number;
}

/** Keeps images that were pushed, or whose tags changed, less than so many days ago. */
export interface KeepYounger extends TagRule<KeepableClass> {
  readonly kind: "keep-younger";
  readonly days: number;
}

/** Keeps the highest versions: `{ count: 3, per: "minor" }` is the last 3 patch releases of each minor. */
export interface KeepReleases extends RuleBase {
  readonly kind: "keep-releases";
  /** Images of each line, at least 1. */
  readonly count: number;
  /** What a line is. @default `all`: there is one */
  readonly per?: "minor" | "major" | "all";
  /** Only versions in this range, as npm writes them. @default every version */
  readonly range?: string;
  /** Whether `1.2.0-rc.1` takes a place among the versions of its line. @default false: it is not looked at */
  readonly prereleases?: boolean;
}

/** Lets tags go that are this old, counted from the push or the last change of the image's tags. */
export interface ExpireTagged extends TagRule<ExpirableClass> {
  readonly kind: "expire-tagged";
  readonly afterDays: number;
}

/** Lets the tags of a pull request go so many days after it was closed. */
export interface ExpirePullRequests extends RuleBase {
  readonly kind: "expire-pull-requests";
  readonly afterDays: number;
}

/** Lets what has lost its tags go, and what was left behind by an image that is gone. */
export interface ExpireUntagged extends RuleBase {
  readonly kind: "expire-untagged";
  /** @default `any` */
  readonly of?: "image" | "cache" | "any";
  /** At least 1: an upload in progress is untagged too. */
  readonly afterDays: number;
}

/** Lets signatures and attestations go whose image is gone, except in a package that holds nothing else. */
export interface ExpireOrphans extends RuleBase {
  readonly kind: "expire-orphans";
  /** At least 1: a referrer may arrive before its image. */
  readonly afterDays: number;
}

export type KeepRule = KeepAll | KeepNewest | KeepYounger | KeepReleases;
export type ExpireRule = ExpireTagged | ExpirePullRequests | ExpireUntagged | ExpireOrphans;
export type Rule = KeepRule | ExpireRule;

/** What a person writes; `definePolicy` fills in the rest. */
export interface PolicyDeclaration {
  readonly format?: typeof policyFormat;
  readonly rules: readonly Rule[];
  /** Nothing goes that was pushed, or whose tags changed, within so many days; at least 1. @default 2 */
  readonly graceDays?: number;
  /** Images of each environment that stay besides what it runs, by its promotion records. @default 5 */
  readonly rollback?: number;
  /** Tags that environments own, besides those that promotion records name. @default none */
  readonly environments?: readonly string[];
  /** Patterns by custom class; they are asked only about tags that are of no class by themselves. @default none */
  readonly classes?: Readonly<Record<CustomClass, string>>;
  /** A plan that would delete more is not applied at all. @default 1000 versions, 50 percent */
  readonly brake?: Partial<Brake>;
}

/** Limits of one run on one package. */
export interface Brake {
  readonly versions: number;
  /** Percent of the package's versions. */
  readonly percent: number;
}

/** A policy whose every field is set and checked. */
export interface Policy extends Required<PolicyDeclaration> {
  readonly brake: Brake;
}

/** What a service declares of its retention; see `RetentionDeclaration` of the fleet. */
export interface DefaultPolicyOptions {
  /** Newest builds of the default branch that stay. @default 20 */
  readonly keepBuilds?: number;
  /** Days that a pull request's image stays after the pull request was closed. @default 7 */
  readonly pullRequestDays?: number;
  /** Days that a developer's image stays. @default 14 */
  readonly developmentDays?: number;
  /** Days that what lost its tags stays; also the least age at which a build goes. @default 7 */
  readonly untaggedDays?: number;
  /** Names of the service's environments. @default none */
  readonly environments?: readonly string[];
}

/** The policy of a service that declares none: every release stays. */
export function defaultPolicyDeclaration(options: DefaultPolicyOptions = {}): PolicyDeclaration {
  const {
    keepBuilds = 20,
    pullRequestDays = 7,
    developmentDays = 14,
    untaggedDays = 7,
    environments = [],
  } = options;
  return {
    format: policyFormat,
    environments,
    rules: [
      { id: "releases", kind: "keep-all", of: "semver" },
      { id: "latest", kind: "keep-all", of: "latest" },
      { id: "newest-builds", kind: "keep-newest", of: "sha", count: keepBuilds },
      { id: "old-builds", kind: "expire-tagged", of: "sha", afterDays: untaggedDays },
      { id: "closed-pull-requests", kind: "expire-pull-requests", afterDays: pullRequestDays },
      { id: "development", kind: "expire-tagged", of: "development", afterDays: developmentDays },
      { id: "unused-caches", kind: "expire-tagged", of: "cache", afterDays: 30 },
      { id: "superseded-caches", kind: "expire-untagged", of: "cache", afterDays: 2 },
      { id: "untagged", kind: "expire-untagged", of: "image", afterDays: untaggedDays },
      { id: "orphans", kind: "expire-orphans", afterDays: 30 },
    ],
  };
}
