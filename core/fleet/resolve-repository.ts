/** From a repository's declaration to what it is to be: defaults filled in, the fleet's before the platform's. */
import type {
  ActionsDeclaration,
  BaseImageUpdatesDeclaration,
  BranchRulesDeclaration,
  FleetDeclaration,
  RepositoryDeclaration,
  Visibility,
} from "./declaration";
import { resolveOwnRules, type OwnRules } from "./own-rules";

/** A source repository with the services that are built from it. */
export interface SourceRepositoryPlan {
  readonly name: string;
  readonly description: string | undefined;
  readonly visibility: Visibility;
  readonly topics: readonly string[];
  readonly homepage: string | undefined;
  readonly licenses: string | undefined;
  readonly defaultBranch: string;
  readonly existing: boolean;
  readonly issues: boolean;
  readonly mergeCommits: boolean;
  readonly deleteMergedBranches: boolean;
  readonly actions: Required<ActionsDeclaration> | "kept";
  readonly workflows: "rendered" | "kept";
  readonly baseImageUpdates: BaseImageUpdates;
  readonly codeScanning: boolean;
  readonly rules: Required<BranchRulesDeclaration>;
  /** In the place of `rules`; undefined: those hold. */
  readonly ownRules: OwnRules | undefined;
  readonly retentionApprovers: { readonly users: readonly number[]; readonly teams: readonly number[] };
  /** Contents that rendered files may take the place of although a person wrote them. */
  readonly overwriteFiles: readonly string[];
}

/** What proposes newer base images. */
export type BaseImageUpdates =
  { readonly by: "none" } | { readonly by: "dependabot" | "renovate"; readonly cooldownDays: number };

const actionsDefaults: Required<ActionsDeclaration> = {
  pinned: true,
  token: "read",
  approvePullRequests: false,
};
const baseImageUpdatesDefaults: Required<BaseImageUpdatesDeclaration> = { by: "dependabot", cooldownDays: 7 };
/** GitHub's built-in repository role "admin". */
const adminRole = { type: "RepositoryRole", id: 5 } as const;
const ruleDefaults: Required<BranchRulesDeclaration> = {
  requiredReviews: 1,
  codeOwners: false,
  upToDate: true,
  bypass: [adminRole],
};

export function resolveRepository(
  fleet: FleetDeclaration,
  declared: RepositoryDeclaration,
): SourceRepositoryPlan {
  return {
    name: declared.name,
    description: declared.description,
    visibility: declared.visibility ?? "private",
    topics: declared.topics ?? [],
    homepage: declared.homepage,
    licenses: declared.licenses,
    defaultBranch: declared.defaultBranch ?? "main",
    existing: declared.existing ?? false,
    issues: declared.issues ?? true,
    mergeCommits: declared.mergeCommits ?? false,
    deleteMergedBranches: declared.deleteMergedBranches ?? true,
    actions: declared.actions === "kept" ? "kept" : { ...actionsDefaults, ...declared.actions },
    workflows: declared.workflows ?? "rendered",
    baseImageUpdates: baseImageUpdates(fleet, declared),
    codeScanning: declared.workflows !== "kept" && (declared.codeScanning ?? false),
    rules: { ...ruleDefaults, ...fleet.defaults?.rules, ...declared.rules },
    ownRules: declared.ownRules && resolveOwnRules(declared.ownRules),
    retentionApprovers: {
      users: declared.retentionApprovers?.users ?? [],
      teams: declared.retentionApprovers?.teams ?? [],
    },
    overwriteFiles: declared.overwriteFiles ?? [],
  };
}

function baseImageUpdates(fleet: FleetDeclaration, declared: RepositoryDeclaration): BaseImageUpdates {
  const { by, cooldownDays } = {
    ...baseImageUpdatesDefaults,
    ...fleet.defaults?.baseImageUpdates,
    ...declared.baseImageUpdates,
  };
  return by === "none" || declared.workflows === "kept" ? { by: "none" } : { by, cooldownDays };
}
