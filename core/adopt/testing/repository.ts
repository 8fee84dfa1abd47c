/** The model of a repository: what GitHub would show of one after an update of a declaration. */
import { baseImageUpdateFiles } from "../../base-image-updates";
import type { FleetDeclaration, OwnRules, ServiceDeclaration, SourceRepositoryPlan } from "../../fleet";
import { platformRulesets, type Environment, type Protection, type Ruleset } from "../../fleet";
import {
  githubActionsAppId,
  ownWorkflows,
  renderWorkflow,
  requiredChecks,
  retentionEnvironments,
} from "../../workflow";
import { fleetWith } from "../declare";
import type { EnvironmentFacts, ProtectionFacts, RepositoryFacts, RulesetFacts } from "../facts";

export const owner = "acme";
export const registry = "ghcr.io";

/** @param declaration of a service in a repository of its own */
export function repositoryAfter(fleet: FleetDeclaration, declaration: ServiceDeclaration): RepositoryFacts {
  const resolved = fleetWith(fleet, declaration);
  const service = resolved.services.find(({ name }) => name === declaration.name);
  const plan = resolved.ownRepositories.get(declaration.name);
  if (service === undefined || plan === undefined)
    throw new Error("the declaration has no repository of its own");
  const workflows = ownWorkflows(resolved, service, { owner, registry });
  const checks = requiredChecks(workflows).map(({ name }) => ({ name, app: githubActionsAppId }));
  return {
    ...{ owner, name: plan.name, archived: false, visibility: plan.visibility },
    ...{ description: plan.description, homepage: plan.homepage, topics: plan.topics },
    ...{ defaultBranch: plan.defaultBranch, issues: plan.issues },
    ...{ mergeCommits: plan.mergeCommits, deleteMergedBranches: plan.deleteMergedBranches },
    actions: actionsFacts(plan),
    secrets: service.secrets,
    variables: service.variables,
    environments: [...service.environments, ...retentionEnvironments(plan)].map(environmentFacts),
    ...rulesFacts(
      plan,
      plan.ownRules ?? { rulesets: Object.values(platformRulesets(plan.rules, checks)), protections: [] },
    ),
    workflows: workflows.map((workflow) => ({
      path: `.github/workflows/${workflow.file}`,
      content: renderWorkflow(workflow),
    })),
    updateSettings: baseImageUpdateFiles(plan, service),
    dockerfiles: [service.dockerfile],
    packages: [
      {
        ...{ name: service.name, visibility: service.visibility, versions: 3 },
        ...{ repository: `${owner}/${plan.name}`, history: { sha: 2, untagged: 1 } },
      },
    ],
  };
}

/** Where it is kept, the model has GitHub's own way out: only some actions are allowed. */
function actionsFacts({ actions }: SourceRepositoryPlan): RepositoryFacts["actions"] {
  if (actions === "kept") {
    return { enabled: true, allowed: "selected", pinned: false, token: "read", approvePullRequests: false };
  }
  return { enabled: true, allowed: "all", ...actions };
}

function environmentFacts(environment: Environment): EnvironmentFacts {
  const { refs, reviewers, selfReview } = environment;
  const reviewed = reviewers.users.length + reviewers.teams.length > 0;
  const policies = (kind: "branch" | "tag", patterns: readonly string[], from: number) =>
    patterns.map((pattern, index) => ({ id: from + index, kind, pattern }));
  return {
    ...{ name: environment.githubName, waitMinutes: environment.waitMinutes, reviewers },
    preventSelfReview: reviewed ? !selfReview : undefined,
    adminsBypass: environment.adminsBypass,
    otherRules: [],
    refs:
      typeof refs === "string"
        ? refs
        : [...policies("branch", refs.branches, 100), ...policies("tag", refs.tags, 200)],
    ...{ secrets: environment.secrets, variables: environment.variables },
  };
}

function rulesFacts(
  _plan: SourceRepositoryPlan,
  { rulesets, protections }: OwnRules,
): Pick<RepositoryFacts, "rulesets" | "protections"> {
  return { rulesets: rulesets.map(rulesetFacts), protections: protections.map(protectionFacts) };
}

/** GitHub's own names, as its documentation of rulesets has them. */
function rulesetFacts(ruleset: Ruleset, index: number): RulesetFacts {
  const names = {
    creation: "creation",
    update: "update",
    deletion: "deletion",
    "force-push": "non_fast_forward",
    "merge-commits": "required_linear_history",
    "unsigned-commits": "required_signatures",
  } as const;
  const { pullRequest, checks } = ruleset;
  return {
    ...{ id: index + 1, name: ruleset.name, target: ruleset.target, enforcement: ruleset.enforcement },
    bypass: ruleset.bypass,
    ...{ include: ruleset.include, exclude: ruleset.exclude },
    rules: [
      ...ruleset.forbids.map((each) => ({ type: names[each], parameters: {} })),
      ...(pullRequest === undefined
        ? []
        : [
            {
              type: "pull_request",
              parameters: {
                required_approving_review_count: pullRequest.requiredReviews,
                require_code_owner_review: pullRequest.codeOwners,
                dismiss_stale_reviews_on_push: pullRequest.dismissStale,
                require_last_push_approval: pullRequest.lastPushApproval,
                required_review_thread_resolution: pullRequest.conversations,
                allowed_merge_methods: ["merge", "squash", "rebase"],
                automatic_copilot_code_review_enabled: false,
              },
            },
          ]),
      ...(checks === undefined
        ? []
        : [
            {
              type: "required_status_checks",
              parameters: {
                strict_required_status_checks_policy: checks.upToDate,
                do_not_enforce_on_create: false,
                required_status_checks: checks.required.map(({ name: context, app }) => ({
                  context,
                  ...(app === undefined ? {} : { integration_id: app }),
                })),
              },
            },
          ]),
    ],
  };
}

function protectionFacts({ reviews, checks, ...rule }: Protection): ProtectionFacts {
  return {
    ...rule,
    requiredReviews: reviews?.required,
    codeOwners: reviews?.codeOwners ?? false,
    dismissStale: reviews?.dismissStale ?? false,
    lastPushApproval: reviews?.lastPushApproval ?? false,
    checks: checks?.required,
    upToDate: checks?.upToDate ?? false,
    actors: [],
  };
}
