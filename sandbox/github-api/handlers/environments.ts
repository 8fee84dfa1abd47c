/** Environments, what protects them, and which branches and tags may deploy to them. */
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { drop, put, type BranchPolicy, type Environment } from "../state/tables";
import { simpleTeam, simpleUser, type Json } from "./accounts";
import { flag, noContent, param, repositoryOf, targetOf, text, type Call, type Handlers } from "./call";
import { repositoryPage, repositoryUrl } from "./commit-view";
import { environmentOf } from "./scopes";
import { nodeId } from "./urls";

export const environmentHandlers: Handlers = {
  "repos/get-all-environments": (call) => {
    const own = call.state.list("environments").filter((one) => one.repositoryId === repositoryOf(call).id);
    return { status: 200, list: { items: own.map((one) => view(call, one)), key: "environments" } };
  },

  "repos/get-environment": (call) => ({ status: 200, body: view(call, environmentOf(call)) }),

  "repos/create-or-update-environment": (call) => {
    const name = param(call, "environment_name");
    const existing = call.state.environment(repositoryOf(call).id, name);
    const branchPolicy = branchPolicyOf(call);
    // What the body leaves out goes back to its default: this call replaces.
    const next: Environment = {
      id: existing?.id ?? call.ids.next(),
      repositoryId: repositoryOf(call).id,
      name: existing?.name ?? name,
      waitTimer: (call.body["wait_timer"] as number | undefined) ?? 0,
      preventSelfReview: flag(call.body, "prevent_self_review") ?? false,
      canAdminsBypass: flag(call.body, "can_admins_bypass") ?? true,
      reviewers: reviewersOf(call),
      branchPolicy,
      policies: branchPolicy?.custom_branch_policies === true ? (existing?.policies ?? []) : [],
      createdAt: existing?.createdAt ?? call.now,
      updatedAt: existing?.updatedAt ?? call.now,
    };
    const same = existing !== undefined && JSON.stringify(existing) === JSON.stringify(next);
    const stored = same ? existing : { ...next, updatedAt: call.now };
    return {
      status: 200,
      body: view(call, stored),
      events: same ? [] : [put("environments", next.id, stored)],
    };
  },

  "repos/delete-an-environment": (call) => {
    const { id } = environmentOf(call);
    const scope = `environment:${id}`;
    const secrets = call.state
      .list("secrets", `${scope}/`)
      .map((one) => drop("secrets", `${scope}/${one.name}`));
    const variables = call.state
      .list("variables", `${scope}/`)
      .map((one) => drop("variables", `${scope}/${one.name}`));
    return { ...noContent, events: [drop("environments", id), ...secrets, ...variables] };
  },

  "repos/list-deployment-branch-policies": (call) => ({
    status: 200,
    list: { items: environmentOf(call).policies.map(policyView), key: "branch_policies" },
  }),

  "repos/create-deployment-branch-policy": (call) => {
    const environment = environmentOf(call);
    if (environment.branchPolicy?.custom_branch_policies !== true) throw notFound();
    const name = text(call.body, "name") ?? "";
    const type = text(call.body, "type") === "tag" ? "tag" : "branch";
    const known = environment.policies.find((one) => one.name === name && one.type === type);
    if (known !== undefined)
      return { status: 303, headers: { Location: policyUrl(call, environment, known) } };
    const policy: BranchPolicy = { id: call.ids.next(), name, type };
    return {
      status: 200,
      body: policyView(policy),
      events: stored(environment, [...environment.policies, policy]),
    };
  },

  "repos/get-deployment-branch-policy": (call) => ({ status: 200, body: policyView(policyOf(call)) }),

  "repos/update-deployment-branch-policy": (call) => {
    const environment = environmentOf(call);
    const policy = { ...policyOf(call), name: text(call.body, "name") ?? "" };
    const policies = environment.policies.map((one) => (one.id === policy.id ? policy : one));
    return { status: 200, body: policyView(policy), events: stored(environment, policies) };
  },

  "repos/delete-deployment-branch-policy": (call) => {
    const environment = environmentOf(call);
    const { id } = policyOf(call);
    return {
      ...noContent,
      events: stored(
        environment,
        environment.policies.filter((one) => one.id !== id),
      ),
    };
  },
};

function stored(environment: Environment, policies: readonly BranchPolicy[]): [ReturnType<typeof put>] {
  return [put("environments", environment.id, { ...environment, policies })];
}

/** @throws ApiError 422 when both kinds are on, or both are off */
function branchPolicyOf(call: Call): Environment["branchPolicy"] {
  const wanted = call.body["deployment_branch_policy"] as Environment["branchPolicy"] | undefined;
  if (wanted === undefined || wanted === null) return null;
  if (wanted.protected_branches === wanted.custom_branch_policies) {
    throw new ApiError(422, "protected_branches and custom_branch_policies cannot have the same value");
  }
  return {
    protected_branches: wanted.protected_branches,
    custom_branch_policies: wanted.custom_branch_policies,
  };
}

/** Up to six people and teams, each of whom has to be there. */
function reviewersOf(call: Call): Environment["reviewers"] {
  const wanted = (call.body["reviewers"] ?? []) as { type?: "User" | "Team"; id?: number }[];
  if (wanted.length > 6)
    throw validationFailed({ resource: "Environment", field: "reviewers", code: "invalid" });
  return wanted.map(({ type = "User", id = 0 }) => {
    const there = type === "Team" ? call.state.get("teams", id) : call.state.ownerById(id);
    if (there === undefined) {
      throw validationFailed({
        resource: "Environment",
        field: "reviewers",
        code: "invalid",
        message: `no ${type} ${id}`,
      });
    }
    return { type, id };
  });
}

function policyOf(call: Call): BranchPolicy {
  const id = Number(param(call, "branch_policy_id"));
  const policy = environmentOf(call).policies.find((one) => one.id === id);
  if (policy === undefined) throw notFound();
  return policy;
}

function policyView(policy: BranchPolicy): Json {
  return { id: policy.id, node_id: nodeId("DBP", policy.id), name: policy.name, type: policy.type };
}

function policyUrl(call: Call, environment: Environment, policy: BranchPolicy): string {
  return `${environmentUrl(call, environment)}/deployment-branch-policies/${policy.id}`;
}

function environmentUrl(call: Call, environment: Environment): string {
  return `${repositoryUrl(call)}/environments/${encodeURIComponent(environment.name)}`;
}

function view(call: Call, environment: Environment): Json {
  const filter = encodeURIComponent(environment.name);
  return {
    id: environment.id,
    node_id: nodeId("EN", environment.id),
    name: environment.name,
    url: environmentUrl(call, environment),
    html_url: `${repositoryPage(call)}/deployments/activity_log?environments_filter=${filter}`,
    created_at: environment.createdAt,
    updated_at: environment.updatedAt,
    can_admins_bypass: environment.canAdminsBypass,
    protection_rules: protectionRules(call, environment),
    deployment_branch_policy: environment.branchPolicy,
  };
}

/** Rules have ids of their own on GitHub; here each is told from the environment's by its kind. */
function protectionRules(call: Call, environment: Environment): Json[] {
  const rules: Json[] = [];
  const rule = (kind: number, type: string, more: Json): void => {
    const id = environment.id * 10 + kind;
    rules.push({ id, node_id: nodeId("GA", id), type, ...more });
  };
  if (environment.waitTimer > 0) rule(1, "wait_timer", { wait_timer: environment.waitTimer });
  if (environment.reviewers.length > 0) {
    const reviewers = environment.reviewers.map((one) => reviewerView(call, one));
    rule(2, "required_reviewers", { prevent_self_review: environment.preventSelfReview, reviewers });
  }
  if (environment.branchPolicy !== null) rule(3, "branch_policy", {});
  return rules;
}

function reviewerView(call: Call, { type, id }: Environment["reviewers"][number]): Json {
  if (type === "Team") {
    const team = call.state.get("teams", id);
    return { type, reviewer: team === undefined ? {} : simpleTeam(team, targetOf(call).owner.id, call.urls) };
  }
  const user = call.state.ownerById(id);
  return { type, reviewer: user === undefined ? {} : simpleUser(user, call.urls) };
}
