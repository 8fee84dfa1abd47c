/** What a declaration says of a repository and of the rules of its branches and tags: plain, typed data. */

/** Who may see a repository or a package. `internal` exists in organizations of an enterprise only. */
export type Visibility = "public" | "private" | "internal";

/** A GitHub repository and its rules. */
export interface RepositoryDeclaration {
  /** Its name below the owner. */
  readonly name: string;
  /** @default none */
  readonly description?: string;
  /** @default `private`. Making a repository public shows its whole history. */
  readonly visibility?: Visibility;
  /** @default none */
  readonly topics?: readonly string[];
  /** @default none */
  readonly homepage?: string;
  /** SPDX expression, for the images' labels. @default none */
  readonly licenses?: string;
  /** @default `main` */
  readonly defaultBranch?: string;
  /**
   * True takes over a repository that exists by an import. Where it differs from what is declared here, the
   * preview shows an update beside the import. @default false: it is created
   */
  readonly existing?: boolean;
  /** Whether it has issues. @default true */
  readonly issues?: boolean;
  /** Whether a pull request may end in a merge commit. @default false */
  readonly mergeCommits?: boolean;
  /** Whether a branch is deleted once it is merged. @default true */
  readonly deleteMergedBranches?: boolean;
  /** What its workflows may do; `kept`: what it allows stays as it is. @default pinned actions, read-only tokens */
  readonly actions?: ActionsDeclaration | "kept";
  /**
   * `kept`: it holds workflows of its own, and none is rendered into it, so nothing of the platform's publishes,
   * promotes or cleans up. Back to `rendered` writes them beside those. @default `rendered`
   */
  readonly workflows?: "rendered" | "kept";
  /**
   * What proposes newer base images, by a rendered file beside the workflows; so nothing does where those are `kept`.
   * @default the fleet's
   */
  readonly baseImageUpdates?: BaseImageUpdatesDeclaration;
  /**
   * Whether what each scan finds goes to GitHub's code scanning too. Public repositories have it, others with GitHub
   * Code Security; elsewhere GitHub refuses it, and the check `container-publish` fails. @default false: it is an
   * artifact of the run
   */
  readonly codeScanning?: boolean;
  /** Rules of the default branch. @default the fleet's */
  readonly rules?: BranchRulesDeclaration;
  /**
   * Rules of its own in the place of `rules`, as `ghcr adopt` finds them; `{}`: it has none, or they are left alone.
   * One that is left out is deleted on GitHub. @default none: the platform's rulesets
   */
  readonly ownRules?: OwnRulesDeclaration;
  /**
   * Up to 6 GitHub user or team ids, one of whom lets a retention plan through that deletes more than its brake
   * allows. They become reviewers of the environment `container-retention`, which on private repositories needs
   * GitHub Enterprise. @default none: such a plan is shown, and applied by hand only
   */
  readonly retentionApprovers?: ReviewersDeclaration;
  /**
   * Rendered files that may take the place of what a person wrote there, each as `<path>@<first digits of its blob>`,
   * or `<path>@absent` where a person deleted it. What is lost is just that content: a later change by hand stops the
   * next `pulumi up` again, which names the line for here. @default none
   */
  readonly overwriteFiles?: readonly string[];
}

/** A bot that proposes newer base images for the service's Dockerfile, by pull requests; other files it leaves alone. */
export interface BaseImageUpdatesDeclaration {
  /**
   * `dependabot`: GitHub's own, with nothing to install; it reads the image that a `FROM` names itself, not one that
   * stands in an `ARG`. `renovate`: reads the default of an `ARG` too, and pins by digest what isn't pinned; its app
   * must be allowed to read the repository. `none`: the repository has settings of its own, or none. Another one
   * deletes the file of the former. @default `dependabot`
   */
  readonly by?: "dependabot" | "renovate" | "none";
  /**
   * Days that an image must be out before it is proposed, 0 to 90. One that is built anew more often than that is never
   * proposed; Renovate proposes at once where the registry doesn't say how old an image is. @default 7
   */
  readonly cooldownDays?: number;
}

/** GitHub user and team ids. */
export interface ReviewersDeclaration {
  readonly users?: readonly number[];
  readonly teams?: readonly number[];
}

/** What the default branch asks of a change. */
export interface BranchRulesDeclaration {
  /** Approving reviews a pull request needs, 0 to 10. @default 1 */
  readonly requiredReviews?: number;
  /** Whether code owners must review what they own. @default false */
  readonly codeOwners?: boolean;
  /** Whether a branch must be up to date before it merges. @default true */
  readonly upToDate?: boolean;
  /** Who may pass the rules by: the identity that `pulumi up` writes workflow files with. @default repository admins */
  readonly bypass?: readonly BypassActor[];
}

/** GitHub's bypass actor of a ruleset; `RepositoryRole` 5 is "admin", 4 "write", 2 "maintain". */
export interface BypassActor {
  readonly type: "Integration" | "RepositoryRole" | "Team" | "OrganizationAdmin";
  /** The app's, role's or team's id; 1 for `OrganizationAdmin`. */
  readonly id: number;
}

/** What the workflows of a repository may do. */
export interface ActionsDeclaration {
  /** Whether GitHub refuses actions that aren't pinned to a full commit. @default true */
  readonly pinned?: boolean;
  /** What GITHUB_TOKEN may do where a workflow asks for nothing. @default `read` */
  readonly token?: "read" | "write";
  /** Whether a workflow may approve pull requests. @default false */
  readonly approvePullRequests?: boolean;
}

/** Rules that a repository had before it was adopted. */
export interface OwnRulesDeclaration {
  /** @default none */
  readonly rulesets?: readonly RulesetDeclaration[];
  /** Classic branch protection, a rule for each pattern. @default none */
  readonly protections?: readonly ProtectionDeclaration[];
}

/** A ruleset of a repository; under another name it is another one. */
export interface RulesetDeclaration {
  readonly name: string;
  /** @default `branch` */
  readonly target?: "branch" | "tag";
  /** @default `active` */
  readonly enforcement?: "active" | "disabled" | "evaluate";
  /** Patterns like `refs/heads/release-*`. @default `~DEFAULT_BRANCH` */
  readonly include?: readonly string[];
  /** @default none */
  readonly exclude?: readonly string[];
  /** Who may pass it by. @default nobody */
  readonly bypass?: readonly (BypassActor & {
    /** @default `always` */
    readonly mode?: "always" | "pull_request";
  })[];
  /** What nobody may do. @default nothing */
  readonly forbids?: readonly (
    "creation" | "update" | "deletion" | "force-push" | "merge-commits" | "unsigned-commits"
  )[];
  /** @default changes need no pull request */
  readonly pullRequest?: {
    /** 0 to 10. @default 0 */
    readonly requiredReviews?: number;
    /** @default false */
    readonly codeOwners?: boolean;
    /** Whether a push ends earlier approvals. @default false */
    readonly dismissStale?: boolean;
    /** Whether somebody else than who pushed last has to approve. @default false */
    readonly lastPushApproval?: boolean;
    /** Whether every conversation has to be resolved. @default false */
    readonly conversations?: boolean;
  };
  /** Checks that must have passed. @default none */
  readonly checks?: {
    /** Whether a branch must be up to date. @default false */
    readonly upToDate?: boolean;
    /** `app`: only that app may report it; 15368 is GitHub Actions. */
    readonly required: readonly { readonly name: string; readonly app?: number }[];
  };
}

/** A rule of classic branch protection; for another pattern it is another one. */
export interface ProtectionDeclaration {
  /** Of branch names, e.g. `main` or `release/*`. */
  readonly pattern: string;
  /** @default changes need no approved pull request */
  readonly reviews?: {
    /** 0 to 6. @default 1 */
    readonly required?: number;
    /** @default false */
    readonly codeOwners?: boolean;
    /** @default false */
    readonly dismissStale?: boolean;
    /** @default false */
    readonly lastPushApproval?: boolean;
  };
  /** Checks that must have passed. @default none */
  readonly checks?: {
    /** Whether a branch must be up to date. @default false */
    readonly upToDate?: boolean;
    readonly required: readonly string[];
  };
  /** Whether it holds for administrators too. @default false */
  readonly admins?: boolean;
  /** @default false */
  readonly linearHistory?: boolean;
  /** Whether commits must be signed. @default false */
  readonly signatures?: boolean;
  /** Whether every conversation has to be resolved. @default false */
  readonly conversations?: boolean;
  /** Whether pushes may be forced. @default false */
  readonly forcePushes?: boolean;
  /** Whether the branch may be deleted. @default false */
  readonly deletions?: boolean;
  /** Whether nobody may push. @default false */
  readonly locked?: boolean;
}
