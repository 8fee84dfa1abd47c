/** Repositories as people made them by hand, each unlike the others, on the GitHub stand-in. */
import { createHash } from "node:crypto";
import type { Octokit } from "@octokit/rest";
import { tokenDigest } from "../../sandbox/github-api/pipeline/authenticate";
import type { AdoptWorld } from "./adopt-world";
import { owner, token } from "./adopt-world";

interface Made {
  readonly octokit: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
  readonly nodeId: string;
}

async function repository(world: AdoptWorld, name: string, settings: Record<string, unknown>): Promise<Made> {
  const { octokit } = world;
  const { data } = await octokit.repos.createInOrg({
    org: owner,
    name,
    auto_init: true,
    private: true,
    ...settings,
  });
  return { octokit, at: { owner, repo: name }, nodeId: data.node_id };
}

async function file({ octokit, at }: Made, path: string, text: string): Promise<void> {
  const content = Buffer.from(text).toString("base64");
  await octokit.repos.createOrUpdateFileContents({ ...at, path, message: `Add ${path}`, content });
}

async function secret({ octokit, at }: Made, name: string, environment?: string): Promise<void> {
  const encrypted_value = Buffer.from("sealed").toString("base64");
  if (environment === undefined) {
    const { key_id } = (await octokit.actions.getRepoPublicKey(at)).data;
    await octokit.actions.createOrUpdateRepoSecret({ ...at, secret_name: name, encrypted_value, key_id });
  } else {
    const where = { ...at, environment_name: environment };
    const { key_id } = (await octokit.actions.getEnvironmentPublicKey(where)).data;
    await octokit.actions.createOrUpdateEnvironmentSecret({
      ...where,
      secret_name: name,
      encrypted_value,
      key_id,
    });
  }
}

const workflow = "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n";

/** Classic protection: one rule that can be declared, one that names who may push. A workflow of its own. */
export async function invoices(world: AdoptWorld): Promise<void> {
  const made = await repository(world, "invoices", {
    description: 'Sends "invoices"',
    delete_branch_on_merge: false,
  });
  await file(made, ".github/workflows/ci.yml", workflow);
  await file(made, "Dockerfile", "FROM scratch\n");
  await secret(made, "SMTP_KEY");
  await secret(made, "SIGNING_KEY");
  await made.octokit.actions.createRepoVariable({ ...made.at, name: "CURRENCY", value: "EUR" });
  const { data: ada } = await made.octokit.users.getAuthenticated();
  for (const input of [
    {
      ...{ pattern: "main", isAdminEnforced: true, requiresConversationResolution: true },
      ...{ requiresApprovingReviews: true, requiredApprovingReviewCount: 2, requiresCodeOwnerReviews: true },
      ...{
        requiresStatusChecks: true,
        requiresStrictStatusChecks: true,
        requiredStatusCheckContexts: ["build", "lint"],
      },
    },
    { pattern: "release/*", restrictsPushes: true, pushActorIds: [ada.node_id] },
  ]) {
    await world.graphql(
      `mutation ($input: CreateBranchProtectionRuleInput!) {
        createBranchProtectionRule(input: $input) { clientMutationId } }`,
      { input: { repositoryId: made.nodeId, ...input } },
    );
  }
}

/** Public, on another default branch, with rulesets of its own and environments that GitHub made itself. */
export async function storefront(world: AdoptWorld): Promise<void> {
  const made = await repository(world, "storefront", {
    private: false,
    homepage: "https://shop.example.org",
  });
  const { octokit, at } = made;
  await octokit.repos.renameBranch({ ...at, branch: "main", new_name: "trunk" });
  await octokit.repos.replaceAllTopics({ ...at, names: ["shop", "web"] });
  await file(made, ".github/workflows/pages.yml", workflow);
  await file(made, "Dockerfile", "FROM scratch\n");
  const { data: team } = await octokit.teams.getByName({ org: owner, team_slug: "operators" });
  const { data: ada } = await octokit.users.getAuthenticated();
  for (const name of ["github-pages", "copilot"]) {
    await octokit.repos.createOrUpdateEnvironment({ ...at, environment_name: name });
  }
  await octokit.repos.createOrUpdateEnvironment({
    ...{ ...at, environment_name: "production", wait_timer: 30, prevent_self_review: true },
    reviewers: [
      { type: "Team", id: team.id },
      { type: "User", id: ada.id },
    ],
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
  });
  const production = { ...at, environment_name: "production" };
  await octokit.actions.createEnvironmentVariable({ ...production, name: "REGION", value: "eu" });
  await secret(made, "DATABASE_KEY", "production");
  await ruleset(made, {
    name: "trunk",
    bypass_actors: [{ actor_id: team.id, actor_type: "Team", bypass_mode: "pull_request" }],
    rules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      {
        type: "pull_request",
        parameters: {
          ...{ required_approving_review_count: 1, dismiss_stale_reviews_on_push: false },
          ...{ require_code_owner_review: true, require_last_push_approval: false },
          required_review_thread_resolution: true,
        },
      },
      {
        type: "required_status_checks",
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: "build" }],
        },
      },
    ],
  });
  await ruleset(made, {
    ...{ name: "tags", target: "tag", rules: [{ type: "deletion" }] },
    conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
  });
  await ruleset(made, {
    ...{ name: "commit messages", enforcement: "disabled" },
    rules: [{ type: "commit_message_pattern", parameters: { operator: "starts_with", pattern: "SHOP-" } }],
  });
}

async function ruleset({ octokit, at }: Made, body: Record<string, unknown>): Promise<void> {
  await octokit.request("POST /repos/{owner}/{repo}/rulesets", {
    ...{ ...at, name: "", target: "branch", enforcement: "active" },
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    ...body,
  });
}

/** A public package of 400 versions, a Dockerfile of another place, environments open to all and to patterns. */
export async function metrics(world: AdoptWorld): Promise<void> {
  const made = await repository(world, "metrics", {});
  const { octokit, at } = made;
  await file(made, "docker/Dockerfile", "FROM scratch\n");
  await octokit.actions.setGithubActionsDefaultWorkflowPermissionsRepository({
    ...{ ...at, default_workflow_permissions: "write", can_approve_pull_request_reviews: true },
  });
  await octokit.repos.createOrUpdateEnvironment({ ...at, environment_name: "staging" });
  await octokit.repos.createOrUpdateEnvironment({
    ...{ ...at, environment_name: "canary" },
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  for (const [name, type] of [
    ["main", "branch"],
    ["v*", "tag"],
  ] as const) {
    await octokit.repos.createDeploymentBranchPolicy({ ...at, environment_name: "canary", name, type });
  }
  for (let version = 0; version < 400; version++) {
    await world.control("registry/accepted", {
      credential: tokenDigest(token),
      repository: `${owner}/metrics`,
      digest: `sha256:${createHash("sha256").update(String(version)).digest("hex")}`,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      ...(version % 4 === 0 ? { tag: `sha-${version.toString(16).padStart(7, "0")}` } : {}),
      ...(version === 2 ? { tag: "1.2.3" } : {}),
    });
  }
  await world.control("packages", { owner, name: "metrics", visibility: "public", repository: "metrics" });
}

/** Nothing protects it; some actions alone are allowed; a hand-copied workflow bears the platform's name. */
export async function legacyJobs(world: AdoptWorld): Promise<void> {
  const made = await repository(world, "legacy-jobs", { has_issues: false, has_wiki: true });
  const { octokit, at } = made;
  await file(made, ".github/workflows/container-publish.yml", workflow);
  await octokit.actions.setGithubActionsPermissionsRepository({
    ...at,
    enabled: true,
    allowed_actions: "selected",
  });
  await octokit.repos.createOrUpdateEnvironment({ ...at, environment_name: "eu/west" });
  await octokit.repos.createOrUpdateEnvironment({ ...at, environment_name: "batch" });
  await secret(made, "FTP_PASSWORD");
}

/** What the platform made itself, with deviations, and whose declaration was lost. */
export const ledger = (approver: number): string => `import { defineService } from "../../core/fleet";

export default defineService({
  name: "ledger",
  source: {
    repository: {
      name: "ledger",
      existing: true,
      description: "Books",
      rules: { requiredReviews: 2, codeOwners: true },
      retentionApprovers: { users: [${approver}] },
    },
  },
  environments: { production: { refs: { tags: ["v*"] } } },
});
`;
