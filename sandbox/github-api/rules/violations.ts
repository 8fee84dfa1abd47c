/** Whether a change of a reference breaks a rule. The sentences are those that GitHub answers a push with. */
import type { GitRepository } from "../git/repository";
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";
import type { Permission, Repository, Rule } from "../state/tables";
import { refPattern, rulesFor, withoutBypassed } from "./applying";

export interface RefUpdate {
  readonly ref: string;
  /** Undefined: the reference is made. */
  readonly before: string | undefined;
  /** Undefined: it is deleted. A contents write is checked before its commit exists: `unborn`. */
  readonly after: string | undefined | typeof unborn;
}

/** A commit that will be made if it may: a single one on top of the branch. */
export const unborn = Symbol("a commit to be made");

export interface Pusher {
  readonly actor: Actor;
  readonly role: Permission;
}

/** What is wrong with the update, a sentence each; empty where it may be done. */
export async function violations(
  update: RefUpdate,
  pusher: Pusher,
  repository: Repository,
  state: ReadonlyState,
  git: GitRepository,
): Promise<string[]> {
  const rules = rulesFor(repository, update.ref, state);
  const holding = withoutBypassed(rules, pusher.actor, pusher.role, repository, state);
  const found = new Set<string>();
  for (const { rule } of holding) {
    const problem = await violation(rule, update, repository, state, git);
    if (problem !== undefined) found.add(problem);
  }
  return [...found];
}

async function violation(
  rule: Rule,
  update: RefUpdate,
  repository: Repository,
  state: ReadonlyState,
  git: GitRepository,
): Promise<string | undefined> {
  const { before, after } = update;
  const creates = before === undefined;
  const deletes = after === undefined;
  switch (rule.type) {
    case "creation":
      return creates ? "Cannot create ref due to creations being restricted." : undefined;
    case "update":
      return !creates && !deletes ? "Cannot update this protected ref." : undefined;
    case "deletion":
      return deletes ? "Cannot delete this protected ref." : undefined;
    case "non_fast_forward":
      if (before === undefined || typeof after !== "string") return undefined;
      return (await git.isAncestor(before, after)) ? undefined : "Cannot force-push to this branch.";
    case "pull_request":
      return !creates && !deletes ? "Changes must be made through a pull request." : undefined;
    case "required_status_checks":
      return requiredChecks(rule, update, repository, state);
    case "required_signatures":
      // Nothing here is signed: the stand-in has no keys.
      return !deletes ? "Commits must have verified signatures." : undefined;
    case "required_linear_history":
      if (typeof after !== "string") return undefined;
      return (await hasMerges(git, before, after))
        ? "This branch must not contain merge commits."
        : undefined;
    case "branch_name_pattern":
    case "tag_name_pattern":
      return creates ? namePattern(rule, update.ref) : undefined;
    case "file_path_restriction":
      return typeof after === "string" ? restrictedPath(rule, before, after, git) : undefined;
    default:
      // Kept and shown, not enforced: merge queues, deployments, code scanning, message and file size rules.
      return undefined;
  }
}

function requiredChecks(
  rule: Rule,
  { before, after }: RefUpdate,
  repository: Repository,
  state: ReadonlyState,
): string | undefined {
  const lenient = rule.parameters?.["do_not_enforce_on_create"] === true;
  if (after === undefined || (before === undefined && lenient)) return undefined;
  return missingChecks(rule, typeof after === "string" ? after : undefined, repository, state);
}

/** What is missing of the checks that the rule requires of a commit; one that is not made yet has none. */
export function missingChecks(
  rule: Rule,
  sha: string | undefined,
  repository: Repository,
  state: ReadonlyState,
): string | undefined {
  const { required_status_checks: checks = [] } = (rule.parameters ?? {}) as {
    required_status_checks?: readonly { context: string }[];
  };
  const statuses = state.list("statuses", `${repository.id}/`).filter((status) => status.sha === sha);
  const passed = (context: string): boolean =>
    statuses.filter((status) => status.context === context).at(-1)?.state === "success";
  const missing = checks.filter(({ context }) => !passed(context));
  if (missing.length === 0) return undefined;
  return missing.length === 1
    ? `Required status check "${missing[0]?.context}" is expected.`
    : `${missing.length} of ${checks.length} required status checks are expected.`;
}

async function hasMerges(git: GitRepository, before: string | undefined, after: string): Promise<boolean> {
  const range = before === undefined ? after : `${before}..${after}`;
  return (await git.commits(range)).some((commit) => commit.parents.length > 1);
}

function namePattern(rule: Rule, ref: string): string | undefined {
  const {
    operator,
    pattern = "",
    negate,
  } = (rule.parameters ?? {}) as Record<string, string | boolean | undefined>;
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const wanted = String(pattern);
  const matches = {
    starts_with: () => name.startsWith(wanted),
    ends_with: () => name.endsWith(wanted),
    contains: () => name.includes(wanted),
    regex: () => new RegExp(wanted).test(name),
  }[String(operator)];
  if (matches === undefined || matches() !== (negate === true)) return undefined;
  return `Name must ${negate === true ? "not " : ""}match a given pattern: ${wanted}`;
}

async function restrictedPath(
  rule: Rule,
  before: string | undefined,
  after: string,
  git: GitRepository,
): Promise<string | undefined> {
  const { restricted_file_paths: patterns = [] } = (rule.parameters ?? {}) as {
    restricted_file_paths?: string[];
  };
  const commit = await git.commit(after);
  if (commit === undefined) return undefined;
  const files = await git.changes(before === undefined ? commit : { from: before, to: after });
  const hit = files.find((file) =>
    patterns.some((pattern) => refPattern(`refs/${pattern}`).test(`refs/${file.path}`)),
  );
  return hit === undefined ? undefined : `Changes to restricted file paths: ${hit.path}`;
}
