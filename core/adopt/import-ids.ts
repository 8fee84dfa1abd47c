/** Under which id the engine imports what a program declares; ids as the provider's documentation has them. */
import type { RepositoryFacts } from "./facts";

/** Inputs of a declared resource, as a preview shows them; one that isn't known yet is a placeholder. */
export type Inputs = Readonly<Record<string, unknown>>;

type ImportId = (inputs: Inputs, facts: RepositoryFacts) => string | undefined;

const github = (name: string): string => `github:index/${name}:${name[0]?.toUpperCase()}${name.slice(1)}`;

const ids: Readonly<Record<string, ImportId>> = {
  [github("repository")]: (_, { name }) => name,
  [github("branchDefault")]: (_, { name }) => name,
  [github("actionsRepositoryPermissions")]: (_, { name }) => name,
  [github("workflowRepositoryPermissions")]: (_, { name }) => name,
  [github("actionsSecret")]: (inputs, { name, secrets }) =>
    named(secrets, inputs["secretName"], (secret) => [name, secret]),
  [github("actionsVariable")]: (inputs, { name, variables }) =>
    named(Object.keys(variables), inputs["variableName"], (variable) => [name, variable]),
  [github("repositoryEnvironment")]: (inputs, facts) =>
    inEnvironment(inputs, facts, (environment) => joined(facts.name, environment.name)),
  [github("repositoryEnvironmentDeploymentPolicy")]: (inputs, facts) =>
    inEnvironment(inputs, facts, ({ name, refs }) => {
      const pattern = inputs["tagPattern"] ?? inputs["branchPattern"];
      const kind = inputs["tagPattern"] === undefined ? "branch" : "tag";
      const found = typeof refs === "string" ? [] : refs;
      const policy = found.find((each) => each.pattern === pattern && each.kind === kind);
      return policy && joined(facts.name, name, String(policy.id));
    }),
  [github("actionsEnvironmentSecret")]: (inputs, facts) =>
    inEnvironment(inputs, facts, ({ name, secrets }) =>
      named(secrets, inputs["secretName"], (secret) => [facts.name, name, secret]),
    ),
  [github("actionsEnvironmentVariable")]: (inputs, facts) =>
    inEnvironment(inputs, facts, ({ name, variables }) =>
      named(Object.keys(variables), inputs["variableName"], (variable) => [facts.name, name, variable]),
    ),
  [github("repositoryRuleset")]: (inputs, { name, rulesets }) => {
    const ruleset = rulesets.find((each) => each.name === inputs["name"]);
    return ruleset && joined(name, String(ruleset.id));
  },
  [github("branchProtection")]: (inputs, { name, protections }) =>
    protections.some(({ pattern }) => pattern === inputs["pattern"])
      ? joined(name, String(inputs["pattern"]))
      : undefined,
  ...workflowFileIds(),
  "ghcr:index:Package": packageId,
  "ghcr:index:Retention": packageId,
};

/** Whether resources of a type can be imported at all. */
export function isImportable(type: string): boolean {
  return type in ids;
}

/** Undefined: the repository has no such thing, so the next update makes it. */
export function importId(type: string, inputs: Inputs, facts: RepositoryFacts): string | undefined {
  return ids[type]?.(inputs, facts);
}

/**
 * How the rendered workflows are imported: all that knows of which resource holds them. A set of which the repository
 * holds one file otherwise is not taken over: the next update writes it, and stops at what a person changed.
 */
function workflowFileIds(): Readonly<Record<string, ImportId>> {
  return {
    "ghcr:index:FileSet": ({ files = {} }, { owner, name, workflows, updateSettings, defaultBranch }) => {
      const there = new Map([...workflows, ...updateSettings].map(({ path, content }) => [path, content]));
      const wanted = Object.entries(files as Readonly<Record<string, string>>);
      if (wanted.some(([path, content]) => there.get(path) !== content)) return undefined;
      const paths = wanted.map(([path]) => path).join(",");
      return `${owner}/${name}:${defaultBranch}${paths === "" ? "" : `:${paths}`}`;
    },
  };
}

function packageId(inputs: Inputs, { packages = [] }: RepositoryFacts): string | undefined {
  const { owner, name } = inputs;
  return packages.some((each) => each.name === name && each.repository !== undefined)
    ? `${String(owner)}/${String(name)}`
    : undefined;
}

function inEnvironment(
  inputs: Inputs,
  { environments }: RepositoryFacts,
  id: (environment: RepositoryFacts["environments"][number]) => string | undefined,
): string | undefined {
  const environment = environments.find(({ name }) => sameName(name, inputs["environment"]));
  return environment && id(environment);
}

function named(
  there: readonly string[],
  declared: unknown,
  parts: (name: string) => readonly string[],
): string | undefined {
  const found = there.find((name) => sameName(name, declared));
  return found === undefined ? undefined : joined(...parts(found));
}

/** GitHub doesn't tell upper from lower case in names. */
function sameName(one: string, other: unknown): boolean {
  return typeof other === "string" && one.toLowerCase() === other.toLowerCase();
}

/** The provider's ids have colons between their parts, and `??` for a colon within one. */
function joined(...parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(":", "??")).join(":");
}
