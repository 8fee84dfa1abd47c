/** From a repository as it is to the shortest declaration that says it; what none can say becomes a note. */
import { readBaseImageUpdates } from "../base-image-updates";
import { PlatformError, type Fault } from "../errors";
import {
  platformRulesets,
  resolveFleet,
  resolveRuleset,
  type ActionsDeclaration,
  type BaseImageUpdatesDeclaration,
  type BranchRulesDeclaration,
  type EnvironmentDeclaration,
  type Fleet,
  type FleetDeclaration,
  type OwnRulesDeclaration,
  type RepositoryDeclaration,
  type RulesetDeclaration,
  type ServiceDeclaration,
} from "../fleet";
import { serviceNameFault } from "../names";
import { githubActionsAppId, ownWorkflows, renderWorkflow, requiredChecks } from "../workflow";
import { readEnvironment, retentionApprovers } from "./environments";
import type { RepositoryFacts } from "./facts";
import {
  actionsNotes,
  dockerfileNotes,
  packageNotes,
  secretNotes,
  updateNotes,
  workflowNotes,
  type RenderedFile,
} from "./leftovers";
import { filled, leftAlone, present, unless, type Note } from "./notes";
import { readProtection, readRuleset } from "./rules";

export interface AdoptQuestion {
  readonly facts: RepositoryFacts;
  /** What is declared so far. */
  readonly fleet: FleetDeclaration;
  /** Registry host, for the workflows that would be rendered. */
  readonly registry: string;
  /** @default the one package that the repository has, else the repository's own name */
  readonly service?: string;
  /** The group of the stack that is to declare it. @default none */
  readonly group?: string;
  /** Keys of secrets that the stack has values for, an environment's as `<environment>/<name>`. */
  readonly secretValues: (service: string) => readonly string[];
  /** Whether the platform's workflows are to be rendered beside those that are there. @default only where they are */
  readonly workflows?: "rendered" | "kept";
}

export interface Adoption {
  readonly declaration: ServiceDeclaration;
  readonly notes: readonly Note[];
}

/** @throws PlatformError with every reason why it can't be adopted */
export function declarationOf(question: AdoptQuestion): Adoption {
  const { facts, service = nameFrom(facts), group } = question;
  refuse([archivedFault(facts), serviceNameFault("--service", service)]);
  const values = question.secretValues(service);
  const environments = facts.environments.map((each) => ({
    name: each.name,
    read: readEnvironment(each, (secret) => values.includes(`${each.name}/${secret}`)),
  }));
  const approvers = retentionApprovers(facts.environments);
  const bare: ServiceDeclaration = present<ServiceDeclaration>({
    name: service,
    group,
    source: { repository: repositoryOf(facts, approvers) },
    dockerfile: facts.dockerfiles.length === 1 ? unless("Dockerfile", facts.dockerfiles[0] ?? "") : undefined,
    visibility: unless("private", packageOf(facts, service)?.visibility ?? "private"),
    secrets: filled(facts.secrets.filter((name) => values.includes(name))),
    variables: filled(facts.variables),
    environments: filled(
      Object.fromEntries(
        environments.flatMap(({ name, read }): [string, EnvironmentDeclaration][] =>
          "says" in read ? [[name, read.says]] : [],
        ),
      ),
    ),
  });
  const rendered = renderedFiles(question, bare);
  const workflows = question.workflows ?? (rendered.every(({ is }) => is === "there") ? "rendered" : "kept");
  const { rules, notes: ruleNotes } = rulesOf(question, withRepository(bare, { workflows }));
  const updates: Updates = workflows === "kept" ? { own: true } : baseImageUpdatesOf(question, bare);
  const kept = environments.flatMap(({ name, read }) =>
    "why" in read && !(approvers !== undefined && name === "container-retention")
      ? [leftAlone(`environment ${name}`, "settings/environments", read.why)]
      : [],
  );
  return {
    declaration: withRepository(
      bare,
      present({ workflows: unless("rendered", workflows), baseImageUpdates: updates.says, ...rules }),
    ),
    notes: [
      ...kept,
      ...ruleNotes,
      ...workflowNotes(facts, workflows, rendered),
      ...(updates.own ? updateNotes(facts) : []),
      ...secretNotes(facts, service, values),
      ...actionsNotes(facts),
      ...packageNotes(facts, service),
      ...dockerfileNotes(facts),
    ],
  };
}

/** The declaration beside what is declared already. @throws PlatformError where the two don't go together */
export function fleetWith(fleet: FleetDeclaration, declaration: ServiceDeclaration): Fleet {
  const where = `services/${declaration.name}/service.ts`;
  return resolveFleet({ ...fleet, services: [...fleet.services, { where, declaration }] });
}

function nameFrom({ packages = [], name }: RepositoryFacts): string {
  const linked = packages.filter(({ repository }) => repository !== undefined);
  return linked.length === 1 && linked[0] !== undefined ? linked[0].name : name.toLowerCase();
}

function packageOf({ packages }: RepositoryFacts, service: string) {
  return packages?.find(({ name }) => name === service);
}

function repositoryOf(
  facts: RepositoryFacts,
  approvers: RepositoryDeclaration["retentionApprovers"],
): RepositoryDeclaration {
  return present<RepositoryDeclaration>({
    name: facts.name,
    existing: true,
    description: facts.description,
    visibility: unless("private", facts.visibility),
    topics: filled(facts.topics),
    homepage: facts.homepage,
    defaultBranch: unless("main", facts.defaultBranch),
    issues: unless(true, facts.issues),
    mergeCommits: unless(false, facts.mergeCommits),
    deleteMergedBranches: unless(true, facts.deleteMergedBranches),
    actions: actionsOf(facts),
    codeScanning: reportsToCodeScanning(facts) || undefined,
    retentionApprovers: approvers,
  });
}

/** As the platform's own workflow does it. */
function reportsToCodeScanning({ workflows }: RepositoryFacts): boolean {
  return workflows.some(
    ({ path, content }) =>
      path.endsWith("/container-publish.yml") &&
      content.startsWith("# Generated: do not edit") &&
      content.includes("github/codeql-action/upload-sarif@"),
  );
}

function actionsOf({ actions }: RepositoryFacts): RepositoryDeclaration["actions"] {
  if (!actions.enabled || actions.allowed !== "all") return "kept";
  return filled(
    present<ActionsDeclaration>({
      pinned: unless(true, actions.pinned),
      token: unless("read", actions.token),
      approvePullRequests: unless(false, actions.approvePullRequests),
    }),
  );
}

function withRepository(
  declaration: ServiceDeclaration,
  more: Partial<RepositoryDeclaration>,
): ServiceDeclaration {
  const repository = { ...(declaration.source?.repository as RepositoryDeclaration), ...more };
  return { ...declaration, source: { ...declaration.source, repository } };
}

/** What the platform would render into the repository, beside what it holds. */
function renderedFiles(question: AdoptQuestion, bare: ServiceDeclaration): readonly RenderedFile[] {
  const files = new Map(question.facts.workflows.map(({ path, content }) => [path, content]));
  return workflowsFor(question, bare).map((workflow) => {
    const path = `.github/workflows/${workflow.file}`;
    const is =
      files.get(path) === renderWorkflow(workflow) ? "there" : files.has(path) ? "different" : "absent";
    return { path, is };
  });
}

function workflowsFor({ fleet, facts, registry }: AdoptQuestion, declaration: ServiceDeclaration) {
  const resolved = fleetWith(fleet, declaration);
  const service = resolved.services.find(({ name }) => name === declaration.name);
  return service === undefined ? [] : ownWorkflows(resolved, service, { owner: facts.owner, registry });
}

interface Updates {
  /** Undefined: as the fleet's. */
  readonly says?: BaseImageUpdatesDeclaration | undefined;
  /** Whether bots' settings that are there are the repository's own. */
  readonly own: boolean;
}

/** How what proposes newer base images deviates from the fleet's; what a person wrote for a bot stays. */
function baseImageUpdatesOf({ fleet, facts }: AdoptQuestion, declaration: ServiceDeclaration): Updates {
  const resolved = fleetWith(fleet, declaration);
  const service = resolved.services.find(({ name }) => name === declaration.name);
  const standard = resolved.ownRepositories.get(declaration.name)?.baseImageUpdates;
  if (service === undefined) throw new Error(`${declaration.name} is declared, and isn't there`);
  const read = readBaseImageUpdates(facts.updateSettings, service);
  return { says: unless(standard, read ?? { by: "none" }), own: read === undefined };
}

/** The platform's rulesets with their deviations, where they are there; else the repository's own. */
function rulesOf(
  question: AdoptQuestion,
  declaration: ServiceDeclaration,
): { readonly rules: Partial<RepositoryDeclaration>; readonly notes: readonly Note[] } {
  const { facts } = question;
  const rulesets = facts.rulesets.map((ruleset) => ({ name: ruleset.name, read: readRuleset(ruleset) }));
  const sayable = rulesets.flatMap(({ read }) => ("says" in read ? [read.says] : []));
  const deviations =
    facts.protections.length === 0 && sayable.length === facts.rulesets.length
      ? platformDeviations(question, declaration, sayable)
      : undefined;
  if (deviations !== undefined) return { rules: present({ rules: filled(deviations) }), notes: [] };

  const protections = facts.protections.map((each) => ({
    pattern: each.pattern,
    read: readProtection(each),
  }));
  const ownRules = present<OwnRulesDeclaration>({
    rulesets: filled(sayable),
    protections: filled(protections.flatMap(({ read }) => ("says" in read ? [read.says] : []))),
  });
  const notes = [
    ...rulesets.flatMap(({ name, read }) =>
      "why" in read ? [leftAlone(`ruleset ${name}`, "settings/rules", read.why)] : [],
    ),
    ...protections.flatMap(({ pattern, read }) =>
      "why" in read ? [leftAlone(`branch protection of ${pattern}`, "settings/branches", read.why)] : [],
    ),
  ];
  return { rules: { ownRules }, notes };
}

/** How the platform's rules deviate from the fleet's; undefined: these rulesets aren't the platform's. */
function platformDeviations(
  question: AdoptQuestion,
  declaration: ServiceDeclaration,
  rulesets: readonly RulesetDeclaration[],
): BranchRulesDeclaration | undefined {
  const branch = rulesets.find(({ name }) => name === "default branch");
  if (branch === undefined || rulesets.length !== 2) return undefined;
  const standard = fleetWith(question.fleet, declaration).ownRepositories.get(declaration.name)?.rules;
  if (standard === undefined) return undefined;
  const checks = requiredChecks(workflowsFor(question, declaration));
  const rules = {
    requiredReviews: branch.pullRequest?.requiredReviews ?? 0,
    codeOwners: branch.pullRequest?.codeOwners ?? false,
    // Without a check nothing has to be up to date, and the ruleset doesn't say.
    upToDate: checks.length === 0 ? standard.upToDate : (branch.checks?.upToDate ?? false),
    bypass: (branch.bypass ?? []).map(({ type, id }) => ({ type, id })),
  };
  const { defaultBranch, releaseTags } = platformRulesets(
    rules,
    checks.map(({ name }) => ({ name, app: githubActionsAppId })),
  );
  const text = (each: ReturnType<typeof resolveRuleset>) => JSON.stringify(each);
  const wanted = [defaultBranch, releaseTags].map(text).sort();
  const found = rulesets.map(resolveRuleset).map(text).sort();
  if (JSON.stringify(wanted) !== JSON.stringify(found)) return undefined;
  return present<BranchRulesDeclaration>({
    requiredReviews: unless(standard.requiredReviews, rules.requiredReviews),
    codeOwners: unless(standard.codeOwners, rules.codeOwners),
    upToDate: unless(standard.upToDate, rules.upToDate),
    bypass: unless(standard.bypass, rules.bypass),
  });
}

function archivedFault({ archived, owner, name }: RepositoryFacts): Fault | undefined {
  if (!archived) return undefined;
  return {
    code: "archived-repository",
    where: `${owner}/${name}`,
    problem: "is archived, so nothing of it can be changed",
    fix: "unarchive it first",
  };
}

function refuse(faults: readonly (Fault | undefined)[]): void {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new PlatformError(found);
}
