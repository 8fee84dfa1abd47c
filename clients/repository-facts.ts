/** Reads a repository as GitHub shows it: everything that a declaration could say of it. Nothing is written. */
import { z } from "zod";
import type { ActionsFacts, EnvironmentFacts, RepositoryFacts, RulesetFacts } from "../core/adopt";
import { isUpdateSettings } from "../core/base-image-updates";
import { PlatformError } from "../core/errors";
import { readProtections } from "./branch-protections";
import type { GitHubCalls } from "./github-calls";
import { readPackages, type PackagesQuestion } from "./package-facts";

export interface FactsQuestion extends PackagesQuestion {
  /** Signed in as who may administer the repository. */
  readonly calls: GitHubCalls;
}

const visibility = z.enum(["public", "private", "internal"]);
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const repositorySchema = z.looseObject({
  name: z.string(),
  owner: z.looseObject({ login: z.string() }),
  archived: z.boolean().default(false),
  visibility,
  description: text,
  homepage: text,
  topics: z.array(z.string()).default([]),
  default_branch: z.string(),
  has_issues: z.boolean().default(false),
  // Only who may push is shown how a repository merges.
  allow_merge_commit: z.boolean().optional(),
  delete_branch_on_merge: z.boolean().optional(),
});
const named = z.looseObject({ name: z.string() });
const variable = z.looseObject({ name: z.string(), value: z.string() });

/** @throws PlatformError `no-such-repository`, `token-lacks-right` and those of GitHubCalls */
export async function readRepository(question: FactsQuestion): Promise<RepositoryFacts> {
  const { calls, onStep = () => undefined } = question;
  const home = `repos/${question.owner}/${question.name}`;
  onStep("settings");
  const found = await calls.read(home, repositorySchema);
  if (found === undefined) throw noRepository(question);
  const { allow_merge_commit: mergeCommits, delete_branch_on_merge: deleteMergedBranches } = found;
  if (mergeCommits === undefined || deleteMergedBranches === undefined) throw mayNotAdminister(question);
  const { owner, name, default_branch: defaultBranch } = found;
  const actions = await readActions(calls, home);
  onStep("secrets and variables");
  const secrets = await secretNames(calls, `${home}/actions/secrets`);
  const variables = await variablesOf(calls, `${home}/actions/variables`);
  onStep("environments");
  const environments = await readEnvironments(calls, home);
  onStep("rules");
  const rulesets = await readRulesets(calls, home);
  const protections = await readProtections(question);
  onStep("workflows");
  const files = await readFiles(calls, home, defaultBranch);
  const packages = await readPackages(question, `${owner.login}/${name}`);
  return {
    ...{ owner: owner.login, name, archived: found.archived, visibility: found.visibility },
    ...{ description: found.description, homepage: found.homepage, topics: found.topics, defaultBranch },
    ...{ issues: found.has_issues, mergeCommits, deleteMergedBranches },
    ...{ actions, secrets, variables, environments, rulesets, protections, ...files, packages },
  };
}

async function readActions(calls: GitHubCalls, home: string): Promise<ActionsFacts> {
  const permissions = await calls.read(
    `${home}/actions/permissions`,
    z.looseObject({
      enabled: z.boolean(),
      allowed_actions: z.enum(["all", "local_only", "selected"]).optional(),
      sha_pinning_required: z.boolean().default(false),
    }),
  );
  const token = await calls.read(
    `${home}/actions/permissions/workflow`,
    z.looseObject({
      default_workflow_permissions: z.enum(["read", "write"]),
      can_approve_pull_request_reviews: z.boolean(),
    }),
  );
  return {
    enabled: permissions?.enabled ?? false,
    allowed: permissions?.allowed_actions,
    pinned: permissions?.sha_pinning_required ?? false,
    token: token?.default_workflow_permissions ?? "read",
    approvePullRequests: token?.can_approve_pull_request_reviews ?? false,
  };
}

async function secretNames(calls: GitHubCalls, path: string): Promise<readonly string[]> {
  return (await calls.all(path, named, "secrets")).map(({ name }) => name);
}

async function variablesOf(calls: GitHubCalls, path: string): Promise<Readonly<Record<string, string>>> {
  const variables = await calls.all(path, variable, "variables");
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

const reviewer = z.looseObject({
  type: z.enum(["User", "Team"]),
  reviewer: z.looseObject({ id: z.int() }),
});
const environmentSchema = z.looseObject({
  name: z.string(),
  can_admins_bypass: z.boolean().default(true),
  protection_rules: z
    .array(
      z.looseObject({
        type: z.string(),
        wait_timer: z.int().optional(),
        prevent_self_review: z.boolean().optional(),
        reviewers: z.array(reviewer).optional(),
      }),
    )
    .default([]),
  deployment_branch_policy: z
    .looseObject({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});
const policySchema = z.looseObject({
  id: z.int(),
  name: z.string(),
  type: z.enum(["branch", "tag"]).default("branch"),
});
const understoodRules = ["wait_timer", "required_reviewers", "branch_policy"];

async function readEnvironments(calls: GitHubCalls, home: string): Promise<readonly EnvironmentFacts[]> {
  const found = await calls.all(`${home}/environments`, environmentSchema, "environments");
  const environments: EnvironmentFacts[] = [];
  for (const environment of found) {
    const path = `${home}/environments/${encodeURIComponent(environment.name)}`;
    const rules = environment.protection_rules;
    const review = rules.find(({ type }) => type === "required_reviewers");
    const ids = (kind: "User" | "Team") =>
      (review?.reviewers ?? []).filter(({ type }) => type === kind).map(({ reviewer: { id } }) => id);
    environments.push({
      name: environment.name,
      waitMinutes: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
      reviewers: { users: ids("User"), teams: ids("Team") },
      preventSelfReview: review?.prevent_self_review,
      adminsBypass: environment.can_admins_bypass,
      otherRules: rules.map(({ type }) => type).filter((type) => !understoodRules.includes(type)),
      refs: await readRefs(calls, path, environment.deployment_branch_policy),
      secrets: await secretNames(calls, `${path}/secrets`),
      variables: await variablesOf(calls, `${path}/variables`),
    });
  }
  return environments;
}

async function readRefs(
  calls: GitHubCalls,
  path: string,
  policy: z.infer<typeof environmentSchema>["deployment_branch_policy"],
): Promise<EnvironmentFacts["refs"]> {
  if (policy === null || policy === undefined) return "all";
  if (policy.protected_branches) return "protected";
  const policies = await calls.all(`${path}/deployment-branch-policies`, policySchema, "branch_policies");
  return policies.map(({ id, name: pattern, type: kind }) => ({ id, kind, pattern }));
}

const rulesetSchema = z
  .looseObject({
    id: z.int(),
    name: z.string(),
    target: z.string().default("branch"),
    enforcement: z.string(),
    bypass_actors: z
      .array(
        z.looseObject({
          actor_type: z.string(),
          actor_id: z.int().nullish(),
          bypass_mode: z.string().default("always"),
        }),
      )
      .optional(),
    conditions: z
      .looseObject({
        ref_name: z
          .looseObject({ include: z.array(z.string()).default([]), exclude: z.array(z.string()).default([]) })
          .optional(),
      })
      .nullish(),
    rules: z
      .array(z.looseObject({ type: z.string(), parameters: z.record(z.string(), z.unknown()).default({}) }))
      .default([]),
  })
  .transform(({ id, name, target, enforcement, bypass_actors: actors, conditions, rules }): RulesetFacts => ({
    ...{ id, name, target, enforcement },
    bypass: actors?.map((actor) => ({
      type: actor.actor_type,
      id: actor.actor_id ?? null,
      mode: actor.bypass_mode,
    })),
    include: conditions?.ref_name?.include ?? [],
    exclude: conditions?.ref_name?.exclude ?? [],
    rules,
  }));

/** The list has no rules: each is read by itself. */
async function readRulesets(calls: GitHubCalls, home: string): Promise<readonly RulesetFacts[]> {
  const listed = await calls.all(`${home}/rulesets?includes_parents=false`, z.looseObject({ id: z.int() }));
  const rulesets: RulesetFacts[] = [];
  for (const { id } of listed) {
    const ruleset = await calls.read(`${home}/rulesets/${id}?includes_parents=false`, rulesetSchema);
    if (ruleset !== undefined) rulesets.push(ruleset);
  }
  return rulesets;
}

const treeSchema = z.looseObject({
  tree: z.array(z.looseObject({ path: z.string(), type: z.string() })),
});
const contentSchema = z.looseObject({ content: z.string(), encoding: z.literal("base64") });

async function readFiles(
  calls: GitHubCalls,
  home: string,
  branch: string,
): Promise<Pick<RepositoryFacts, "workflows" | "updateSettings" | "dockerfiles">> {
  const ref = encodeURIComponent(branch);
  // A repository without a commit has no branch.
  if ((await calls.read(`${home}/branches/${ref}`, z.looseObject({}))) === undefined) {
    return { workflows: [], updateSettings: [], dockerfiles: [] };
  }
  const found = await calls.read(`${home}/git/trees/${ref}?recursive=1`, treeSchema);
  const files = (found?.tree ?? []).filter(({ type }) => type === "blob").map(({ path }) => path);
  const contentsOf = async (wanted: (path: string) => boolean) => {
    const contents = [];
    for (const path of files.filter(wanted)) {
      const encoded = path.split("/").map(encodeURIComponent).join("/");
      const file = await calls.read(`${home}/contents/${encoded}?ref=${ref}`, contentSchema);
      if (file !== undefined)
        contents.push({ path, content: Buffer.from(file.content, "base64").toString() });
    }
    return contents;
  };
  return {
    workflows: await contentsOf((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)),
    updateSettings: await contentsOf(isUpdateSettings),
    dockerfiles: files.filter((path) => path.split("/").at(-1) === "Dockerfile"),
  };
}

function noRepository({ owner, name }: FactsQuestion): PlatformError {
  return new PlatformError({
    code: "no-such-repository",
    where: `${owner}/${name}`,
    problem: "GitHub knows no such repository, or doesn't show it to this token",
    fix: "check the name; the token needs the scope repo, or Administration and Contents of this repository",
  });
}

function mayNotAdminister({ owner, name }: FactsQuestion): PlatformError {
  return new PlatformError({
    code: "token-lacks-right",
    where: "GITHUB_TOKEN",
    problem: `the token may read ${owner}/${name} and not administer it: GitHub hides its settings`,
    fix: "use the token that `pulumi up` runs with (docs/production.md says which rights it needs)",
  });
}
