/** What GitHub shows of a repository, as far as a declaration can say it or a person should know of it. */
import type { Visibility } from "../fleet";

export interface RepositoryFacts {
  /** Login of the owner, as GitHub spells it. */
  readonly owner: string;
  /** As GitHub spells it. */
  readonly name: string;
  readonly archived: boolean;
  readonly visibility: Visibility;
  /** Undefined: none, or an empty one. */
  readonly description: string | undefined;
  readonly homepage: string | undefined;
  readonly topics: readonly string[];
  readonly defaultBranch: string;
  readonly issues: boolean;
  readonly mergeCommits: boolean;
  readonly deleteMergedBranches: boolean;
  readonly actions: ActionsFacts;
  /** Names alone: nobody can read a value. */
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** In GitHub's order. */
  readonly environments: readonly EnvironmentFacts[];
  /** The repository's own; those of the organization are not its to declare. */
  readonly rulesets: readonly RulesetFacts[];
  /** Classic branch protection. */
  readonly protections: readonly ProtectionFacts[];
  /** Every file of `.github/workflows` on the default branch. */
  readonly workflows: readonly { readonly path: string; readonly content: string }[];
  /** Settings of bots that propose updates, Dependabot's and Renovate's, on the default branch. */
  readonly updateSettings: readonly { readonly path: string; readonly content: string }[];
  /** Paths of files on the default branch that are called Dockerfile. */
  readonly dockerfiles: readonly string[];
  /** Container packages that are linked to the repository or bear its name. Undefined: the token isn't shown any. */
  readonly packages: readonly PackageFacts[] | undefined;
}

export interface ActionsFacts {
  readonly enabled: boolean;
  readonly allowed: "all" | "local_only" | "selected" | undefined;
  readonly pinned: boolean;
  readonly token: "read" | "write";
  readonly approvePullRequests: boolean;
}

export interface EnvironmentFacts {
  readonly name: string;
  readonly waitMinutes: number;
  readonly reviewers: { readonly users: readonly number[]; readonly teams: readonly number[] };
  /** Undefined where no reviewers are named. */
  readonly preventSelfReview: boolean | undefined;
  readonly adminsBypass: boolean;
  /** Kinds of rules that are none of the above, e.g. those of an app. */
  readonly otherRules: readonly string[];
  readonly refs: "all" | "protected" | readonly DeploymentPolicyFacts[];
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

export interface DeploymentPolicyFacts {
  readonly id: number;
  readonly kind: "branch" | "tag";
  readonly pattern: string;
}

/** As GitHub's REST API shows a ruleset. */
export interface RulesetFacts {
  readonly id: number;
  readonly name: string;
  readonly target: string;
  readonly enforcement: string;
  /** Undefined: the token may not see them. */
  readonly bypass: readonly BypassFacts[] | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly {
    readonly type: string;
    readonly parameters: Readonly<Record<string, unknown>>;
  }[];
}

export interface BypassFacts {
  readonly type: string;
  readonly id: number | null;
  readonly mode: string;
}

/** A rule of classic branch protection, as GitHub's GraphQL API shows it. */
export interface ProtectionFacts {
  readonly pattern: string;
  readonly requiredReviews: number | undefined;
  readonly codeOwners: boolean;
  readonly dismissStale: boolean;
  readonly lastPushApproval: boolean;
  readonly checks: readonly string[] | undefined;
  readonly upToDate: boolean;
  readonly admins: boolean;
  readonly linearHistory: boolean;
  readonly signatures: boolean;
  readonly conversations: boolean;
  readonly forcePushes: boolean;
  readonly deletions: boolean;
  readonly locked: boolean;
  /** What of it names people, teams or apps, in words; such a rule is left alone. */
  readonly actors: readonly string[];
}

export interface PackageFacts {
  readonly name: string;
  readonly visibility: Visibility;
  /** `<owner>/<name>`; undefined: linked to none. */
  readonly repository: string | undefined;
  readonly versions: number;
  /** How many versions bear a tag of each class of `core/tags`, and how many bear none. */
  readonly history: Readonly<Record<string, number>>;
}
