/**
 * What the stand-in knows, as tables of plain records. Git's own objects and references lie beside, on disk. One file
 * of types without code, as a database's schema is: records name each other across all of GitHub.
 */

export type Visibility = "public" | "private" | "internal";
export type Permission = "pull" | "triage" | "push" | "maintain" | "admin";

/** A user account or an organization. */
export interface Owner {
  readonly id: number;
  readonly login: string;
  readonly type: "Organization" | "User";
  readonly name: string | null;
  readonly email: string | null;
  readonly createdAt: string;
  /** Of an organization: its members' logins, lower-case, and their role. */
  readonly members: Readonly<Record<string, "admin" | "member">>;
}

export interface Team {
  readonly id: number;
  readonly organization: string;
  readonly slug: string;
  readonly name: string;
  readonly members: readonly string[];
}

/** A level for each permission, under the name that GitHub's API gives it. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

/** What a token may do. Classic tokens have scopes; fine-grained ones, and those of apps, permissions. */
export type Grant =
  | { readonly kind: "classic"; readonly scopes: readonly string[] }
  | {
      readonly kind: "fine-grained";
      readonly permissions: Permissions;
      /** Whether it is an app's: GitHub names them otherwise in refusals. */
      readonly app?: true;
    };

/** Keyed by the SHA-256 of its text: the text itself is kept nowhere. */
export interface Token {
  readonly login: string;
  readonly grant: Grant;
  /** ISO 8601. Undefined: it has no end. */
  readonly expiresAt?: string;
}

/** A GitHub App, which acts as the account `<slug>[bot]`. */
export interface App {
  readonly id: number;
  readonly slug: string;
  /** Login of who made it. */
  readonly owner: string;
  /** PEM, of the key that its JSON Web Tokens are signed by. */
  readonly publicKey: string;
  /** What it asks for; an installation may have been given less. */
  readonly permissions: Permissions;
  readonly createdAt: string;
}

/** An app on an account. */
export interface Installation {
  readonly id: number;
  readonly appId: number;
  /** Lower-case login. */
  readonly account: string;
  readonly permissions: Permissions;
  /** Their ids; those that it makes are added. */
  readonly repositories: "all" | readonly number[];
  readonly suspendedAt: string | null;
  readonly createdAt: string;
}

export interface Repository {
  readonly id: number;
  readonly ownerId: number;
  readonly name: string;
  readonly visibility: Visibility;
  readonly defaultBranch: string;
  readonly topics: readonly string[];
  readonly archived: boolean;
  readonly settings: RepositorySettings;
  readonly security: Readonly<Record<string, "enabled" | "disabled">>;
  readonly vulnerabilityAlerts: boolean;
  readonly automatedSecurityFixes: boolean;
  readonly actions: ActionsPermissions;
  readonly collaborators: Readonly<Record<string, Permission>>;
  /** ISO 8601, whole seconds, like every time below. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly pushedAt: string;
}

/** The settings that create and update take and that a read gives back, under GitHub's own names. */
export interface RepositorySettings {
  readonly description: string | null;
  readonly homepage: string | null;
  readonly has_issues: boolean;
  readonly has_projects: boolean;
  readonly has_wiki: boolean;
  readonly has_downloads: boolean;
  readonly has_discussions: boolean;
  readonly is_template: boolean;
  readonly allow_squash_merge: boolean;
  readonly allow_merge_commit: boolean;
  readonly allow_rebase_merge: boolean;
  readonly allow_auto_merge: boolean;
  readonly allow_update_branch: boolean;
  readonly allow_forking: boolean;
  readonly delete_branch_on_merge: boolean;
  readonly use_squash_pr_title_as_default: boolean;
  readonly squash_merge_commit_title: string;
  readonly squash_merge_commit_message: string;
  readonly merge_commit_title: string;
  readonly merge_commit_message: string;
  readonly web_commit_signoff_required: boolean;
}

export interface ActionsPermissions {
  readonly enabled: boolean;
  readonly allowedActions: "all" | "local_only" | "selected";
  readonly shaPinningRequired: boolean;
  readonly selected: {
    readonly github_owned_allowed: boolean;
    readonly verified_allowed: boolean;
    readonly patterns_allowed: readonly string[];
  };
  readonly workflow: {
    readonly default_workflow_permissions: "read" | "write";
    readonly can_approve_pull_request_reviews: boolean;
  };
  readonly accessLevel: "none" | "user" | "organization" | "enterprise";
}

/** Sealed for the public key of its repository or environment; stored even where it is no sealed box. */
export interface Secret {
  readonly name: string;
  readonly sealed: string;
  readonly keyId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Environment {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  readonly waitTimer: number;
  readonly preventSelfReview: boolean;
  readonly canAdminsBypass: boolean;
  readonly reviewers: readonly { readonly type: "User" | "Team"; readonly id: number }[];
  readonly branchPolicy: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
  readonly policies: readonly BranchPolicy[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface BranchPolicy {
  readonly id: number;
  readonly name: string;
  readonly type: "branch" | "tag";
}

export interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface BypassActor {
  readonly actor_id?: number | null;
  readonly actor_type: string;
  readonly bypass_mode?: "always" | "pull_request" | "exempt";
}

export interface Ruleset {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  readonly target: "branch" | "tag" | "push";
  readonly enforcement: "disabled" | "active" | "evaluate";
  readonly bypassActors: readonly BypassActor[];
  readonly conditions: { readonly ref_name?: RefCondition };
  readonly rules: readonly Rule[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface RefCondition {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly createdAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: string | Readonly<Record<string, unknown>>;
  readonly production: boolean;
  readonly creator: string;
  readonly createdAt: string;
  /** Oldest first. */
  readonly statuses: readonly DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: "error" | "failure" | "inactive" | "in_progress" | "queued" | "pending" | "success";
  readonly description: string;
  readonly creator: string;
  readonly createdAt: string;
}

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly repositoryId: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: string;
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly baseSha: string;
  readonly draft: boolean;
  readonly state: "open" | "closed";
  readonly mergedAt: string | null;
  readonly mergeCommit: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export interface Issue {
  readonly id: number;
  /** From the same row as those of pull requests. */
  readonly number: number;
  readonly repositoryId: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: string;
  readonly state: "open" | "closed";
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

/** On an issue or a pull request. */
export interface IssueComment {
  readonly id: number;
  readonly repositoryId: number;
  /** Id and number of what it is on. */
  readonly issueId: number;
  readonly number: number;
  readonly body: string;
  readonly author: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A container package. A deleted one stays, so that it can be restored. */
export interface Package {
  readonly id: number;
  readonly ownerId: number;
  /** As in image references, lower-case; may hold slashes. */
  readonly name: string;
  readonly visibility: "public" | "private";
  /** The repository it is linked to, whose roles it inherits. */
  readonly repositoryId: number | null;
  /** Lower-case login of who pushed first, and administers it since. */
  readonly creator: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

/** One manifest that was pushed: an image, a child of an index, an attestation. */
export interface PackageVersion {
  readonly id: number;
  readonly packageId: number;
  readonly digest: string;
  readonly mediaType: string;
  /** Of a deleted version: those that it had, and gets back where nothing else has them by then. */
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

/** Classic branch protection: a rule of one pattern, with GraphQL's names for what it asks. */
export interface Protection {
  readonly id: number;
  readonly repositoryId: number;
  readonly pattern: string;
  /** Switches and counts, by name. */
  readonly settings: Readonly<Record<string, boolean | number | null>>;
  readonly requiredStatusCheckContexts: readonly string[];
  /** Node ids of people, teams and apps, by the name of the input that takes them. */
  readonly actors: Readonly<Record<string, readonly string[]>>;
}

/** Every table and what its records are; the comment gives the key. */
export interface Tables {
  /** Lower-case login. */
  readonly owners: Owner;
  /** Id. */
  readonly teams: Team;
  /** SHA-256 of the token, hex. */
  readonly tokens: Token;
  /** Id. */
  readonly apps: App;
  /** Id. */
  readonly installations: Installation;
  /** Id. */
  readonly repositories: Repository;
  /** `owner/name`, lower-case, of a name given up by a rename → the repository's id. */
  readonly formerNames: { readonly repositoryId: number };
  /** `scope/NAME`; a scope is `repository:<id>` or `environment:<id>`. */
  readonly secrets: Secret;
  /** As of secrets. */
  readonly variables: Variable;
  /** Id. */
  readonly environments: Environment;
  /** Id. */
  readonly rulesets: Ruleset;
  /** Id. */
  readonly protections: Protection;
  /** `<repository id>/<id>`. */
  readonly statuses: CommitStatus;
  /** `<repository id>/<id>`. */
  readonly deployments: Deployment;
  /** `<repository id>/<number>`. */
  readonly pulls: PullRequest;
  /** `<repository id>/<number>`. */
  readonly issues: Issue;
  /** `<repository id>/<id>`. */
  readonly issueComments: IssueComment;
  /** Id. */
  readonly packages: Package;
  /** `<package id>/<id>`. */
  readonly packageVersions: PackageVersion;
  /** `<package id>/<digest>`; apart from versions, since reading an image is no change of it. */
  readonly packageDownloads: { readonly count: number };
  /** One record, keyed `instance`. */
  readonly instance: Instance;
}

export interface Instance {
  /** Secret of this instance, base64, from which the key pair of every scope is derived. */
  readonly masterKey: string;
  /** How far the sandbox's time is ahead of the machine's, in milliseconds. */
  readonly clockShiftMs: number;
}

export type TableName = keyof Tables;

/** A change of state: a record put or dropped. A handler answers with the events that its answer rests on. */
export type Event =
  | {
      readonly [T in TableName]: { readonly put: T; readonly key: string; readonly value: Tables[T] };
    }[TableName]
  | { readonly drop: TableName; readonly key: string };

/** The event that puts a record, new or changed. */
export function put<T extends TableName>(table: T, key: string | number, value: Tables[T]): Event {
  // The union of Event is over the same T, which TypeScript can't follow through a generic.
  return { put: table, key: String(key), value } as unknown as Event;
}

/** The event that drops a record. */
export function drop(table: TableName, key: string | number): Event {
  return { drop: table, key: String(key) };
}
