/** `make show`: what an owner's repositories and packages hold, asked of GitHub's REST API, whichever serves it. */
import pc from "picocolors";
import type { Registry } from "../../clients/registry";
import { renderPackages, viewPackages } from "./show-packages";
import { get, getIfThere, list, type ApiAccess } from "./show-requests";

export interface ShowOptions extends ApiAccess {
  readonly owner: string;
  /** Where the packages' manifests are read, for their sizes. */
  readonly storage?: Registry;
  readonly json?: boolean;
}

/** What one repository holds. Of secrets only the names: nobody can read more. */
export interface RepositoryView {
  readonly name: string;
  readonly visibility: string;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly archived: boolean;
  readonly topics: readonly string[];
  readonly actions: { readonly allowed: string; readonly shaPinning: boolean; readonly token: string };
  readonly files: readonly string[];
  readonly rulesets: readonly {
    readonly name: string;
    readonly enforcement: string;
    readonly rules: readonly string[];
  }[];
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly environments: readonly EnvironmentView[];
}

export interface EnvironmentView {
  readonly name: string;
  readonly protection: readonly string[];
  readonly deployFrom: readonly string[];
  readonly secrets: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Prints it. @throws PlatformError `github-unreachable`, `github-refused` */
export async function showOwner(options: ShowOptions): Promise<void> {
  const repositories = await viewOwner(options);
  const packages = await viewPackages(options);
  if (options.json === true) return console.log(JSON.stringify({ repositories, packages }, null, 2));
  console.log(`${renderOwner(options.owner, repositories)}\n\n${renderPackages(options.owner, packages)}`);
}

/** Its repositories. @throws PlatformError `github-unreachable`, `github-refused` */
export async function viewOwner(options: ShowOptions): Promise<RepositoryView[]> {
  const names = (await list<{ name: string }>(options, `users/${options.owner}/repos`)).map(
    ({ name }) => name,
  );
  // A user's own private repositories are in no list of anybody's but the user's.
  const own = await list<{ name: string; owner: { login: string } }>(options, "user/repos");
  const mine = own.filter(({ owner }) => owner.login.toLowerCase() === options.owner.toLowerCase());
  const all = [...new Set([...names, ...mine.map(({ name }) => name)])].sort();
  return Promise.all(all.map((name) => viewRepository(options, `repos/${options.owner}/${name}`)));
}

interface Shown {
  readonly name: string;
  readonly visibility: string;
  readonly description: string | null;
  readonly default_branch: string;
  readonly archived: boolean;
  readonly topics: readonly string[];
}

async function viewRepository(options: ShowOptions, path: string): Promise<RepositoryView> {
  const shown = await get<Shown>(options, path);
  const branch = encodeURIComponent(shown.default_branch);
  const [permissions, workflow, tree, rulesets, named, environments] = await Promise.all([
    get<{ enabled: boolean; allowed_actions?: string; sha_pinning_required?: boolean }>(
      options,
      `${path}/actions/permissions`,
    ),
    get<{ default_workflow_permissions: string }>(options, `${path}/actions/permissions/workflow`),
    getIfThere<{ tree: { path: string; type: string }[] }>(
      options,
      `${path}/git/trees/${branch}?recursive=1`,
    ),
    viewRulesets(options, path),
    viewNamed(options, `${path}/actions`),
    list<ShownEnvironment>(options, `${path}/environments`, "environments"),
  ]);
  return {
    name: shown.name,
    visibility: shown.visibility,
    description: shown.description,
    defaultBranch: shown.default_branch,
    archived: shown.archived,
    topics: shown.topics,
    actions: {
      allowed: permissions.enabled ? (permissions.allowed_actions ?? "all") : "disabled",
      shaPinning: permissions.sha_pinning_required ?? false,
      token: workflow.default_workflow_permissions,
    },
    files: (tree?.tree ?? []).filter(({ type }) => type === "blob").map((entry) => entry.path),
    rulesets,
    ...named,
    environments: await Promise.all(environments.map((one) => viewEnvironment(options, path, one))),
  };
}

async function viewRulesets(options: ShowOptions, path: string): Promise<RepositoryView["rulesets"]> {
  const all = await list<{ id: number }>(options, `${path}/rulesets`);
  return Promise.all(
    all.map(async ({ id }) => {
      const whole = await get<{ name: string; enforcement: string; rules: ShownRule[] }>(
        options,
        `${path}/rulesets/${id}`,
      );
      return { name: whole.name, enforcement: whole.enforcement, rules: whole.rules.map(ruleText) };
    }),
  );
}

interface ShownRule {
  readonly type: string;
  readonly parameters?: { readonly required_status_checks?: readonly { readonly context: string }[] };
}

function ruleText({ type, parameters }: ShownRule): string {
  const checks = parameters?.required_status_checks?.map(({ context }) => context) ?? [];
  return checks.length === 0 ? type : `${type} (${checks.join(", ")})`;
}

interface ShownEnvironment {
  readonly name: string;
  readonly protection_rules?: readonly {
    type: string;
    wait_timer?: number;
    reviewers?: readonly ShownReviewer[];
  }[];
  readonly deployment_branch_policy: { readonly protected_branches: boolean } | null;
}

interface ShownReviewer {
  readonly reviewer?: { readonly login?: string; readonly slug?: string };
}

async function viewEnvironment(
  options: ShowOptions,
  path: string,
  shown: ShownEnvironment,
): Promise<EnvironmentView> {
  const base = `${path}/environments/${encodeURIComponent(shown.name)}`;
  const [named, policies] = await Promise.all([
    viewNamed(options, base),
    list<{ name: string; type?: string }>(options, `${base}/deployment-branch-policies`, "branch_policies"),
  ]);
  const protection = (shown.protection_rules ?? []).flatMap((rule) => {
    if (rule.type === "wait_timer") return [`waits ${rule.wait_timer} min`];
    const who = (rule.reviewers ?? []).map(({ reviewer }) => reviewer?.login ?? reviewer?.slug ?? "?");
    return rule.type === "required_reviewers" ? [`reviewed by ${who.join(", ")}`] : [];
  });
  const named_policies = policies.map(({ name, type }) => `${type ?? "branch"} ${name}`);
  const deployFrom =
    shown.deployment_branch_policy?.protected_branches === true ? ["protected branches"] : named_policies;
  return { name: shown.name, protection, deployFrom, ...named };
}

async function viewNamed(
  options: ShowOptions,
  base: string,
): Promise<{ secrets: readonly string[]; variables: Readonly<Record<string, string>> }> {
  const secrets = await list<{ name: string }>(options, `${base}/secrets`, "secrets");
  const variables = await list<{ name: string; value: string }>(options, `${base}/variables`, "variables");
  return {
    secrets: secrets.map(({ name }) => name),
    variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  };
}

/** For people. */
export function renderOwner(owner: string, repositories: readonly RepositoryView[]): string {
  const head = `${pc.bold(owner)}: ${repositories.length === 1 ? "1 repository" : `${repositories.length} repositories`}`;
  return [head, ...repositories.map((one) => renderRepository(owner, one))].join("\n\n");
}

function renderRepository(owner: string, one: RepositoryView): string {
  const state = [one.visibility, ...(one.archived ? ["archived"] : [])].join(", ");
  const { allowed, shaPinning, token } = one.actions;
  const lines = [
    `${pc.bold(`${owner}/${one.name}`)} (${state})${one.description === null ? "" : `  ${one.description}`}`,
    line("topics", one.topics.join(", ")),
    line("branch", one.defaultBranch),
    line("actions", `${allowed}${shaPinning ? ", pinned by SHA" : ""}, token may ${token}`),
    ...named(one),
    ...one.rulesets.map((set) =>
      line("ruleset", `${set.name} (${set.enforcement}): ${set.rules.join(", ")}`),
    ),
    ...one.environments.flatMap((environment) => [
      line("environment", [environment.name, ...environment.protection].join(", ")),
      ...indented([line("from", environment.deployFrom.join(", ")), ...named(environment)]),
    ]),
    line("files", `${one.files.length} at ${one.defaultBranch}`),
    ...indented(shortened(one.files)),
  ];
  return lines.filter((text) => text !== "").join("\n");
}

function named(holder: Pick<RepositoryView, "secrets" | "variables">): string[] {
  const variables = Object.entries(holder.variables).map(([name, value]) => `${name}=${value}`);
  return [line("secrets", holder.secrets.join(", ")), line("variables", variables.join(", "))];
}

function line(label: string, value: string): string {
  return value === "" ? "" : `  ${pc.dim(label.padEnd(11))} ${value}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.filter((text) => text !== "").map((text) => `  ${text}`);
}

/** Workflow files by name, of others how many lie in each folder at the top. */
function shortened(files: readonly string[]): string[] {
  const workflows = files.filter((file) => file.startsWith(".github/"));
  const counts = new Map<string, number>();
  for (const file of files.filter((one) => !workflows.includes(one))) {
    const [top = "", ...rest] = file.split("/");
    const place = rest.length === 0 ? top : `${top}/`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const others = [...counts].map(([place, count]) => (place.endsWith("/") ? `${place} (${count})` : place));
  return [...workflows, ...others].map((text) => `  ${text}`);
}
