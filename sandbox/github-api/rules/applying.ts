/** Which rules apply to a reference, and whom they let pass. */
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";
import type { BypassActor, Permission, Repository, Rule, Ruleset } from "../state/tables";
import { ownerOf } from "../handlers/repository-view";
import { botLogin } from "../pipeline/apps";

/** A rule with the ruleset that it is of. */
export interface AppliedRule {
  readonly rule: Rule;
  readonly ruleset: Ruleset;
}

/** The active rules for `refs/heads/…` or `refs/tags/…`, whoever acts. */
export function rulesFor(repository: Repository, ref: string, state: ReadonlyState): AppliedRule[] {
  const active = state
    .list("rulesets")
    .filter((one) => one.repositoryId === repository.id && one.enforcement === "active");
  const applying = active.filter((ruleset) => appliesTo(ruleset, ref, repository.defaultBranch));
  return applying.flatMap((ruleset) => ruleset.rules.map((rule) => ({ rule, ruleset })));
}

/** Those of the rules that hold for the actor: a bypass "for pull requests only" is none for a push. */
export function withoutBypassed(
  rules: readonly AppliedRule[],
  actor: Actor,
  role: Permission,
  repository: Repository,
  state: ReadonlyState,
): AppliedRule[] {
  return rules.filter(
    ({ ruleset }) =>
      !ruleset.bypassActors.some(
        (one) => one.bypass_mode !== "pull_request" && isBypass(one, actor, role, repository, state),
      ),
  );
}

/** What `current_user_can_bypass` says. */
export function bypassOf(
  ruleset: Ruleset,
  actor: Actor | undefined,
  role: Permission,
  repository: Repository,
  state: ReadonlyState,
): "always" | "pull_requests_only" | "never" | "exempt" {
  if (actor === undefined) return "never";
  const modes = ruleset.bypassActors
    .filter((one) => isBypass(one, actor, role, repository, state))
    .map((one) => one.bypass_mode ?? "always");
  if (modes.includes("exempt")) return "exempt";
  if (modes.includes("always")) return "always";
  return modes.includes("pull_request") ? "pull_requests_only" : "never";
}

/** GitHub's ids of the built-in roles: https://docs.github.com/rest/repos/rules (bypass_actors.actor_id). */
const roleIds: Readonly<Record<number, readonly Permission[]>> = {
  2: ["maintain", "admin"],
  4: ["push", "maintain", "admin"],
  5: ["admin"],
};

function isBypass(
  bypass: BypassActor,
  actor: Actor,
  role: Permission,
  repository: Repository,
  state: ReadonlyState,
): boolean {
  const login = actor.account.login.toLowerCase();
  switch (bypass.actor_type) {
    case "RepositoryRole":
      return (roleIds[bypass.actor_id ?? 0] ?? []).includes(role);
    case "OrganizationAdmin":
      return ownerOf(repository, state).members[login] === "admin";
    case "Team":
      return state.get("teams", bypass.actor_id ?? 0)?.members.includes(login) ?? false;
    case "User":
      return bypass.actor_id === actor.account.id;
    case "Integration": {
      const app = state.get("apps", bypass.actor_id ?? 0);
      return app !== undefined && botLogin(app) === actor.account.login;
    }
    default:
      // A deploy key: nobody signs in with one here.
      return false;
  }
}

function appliesTo(ruleset: Ruleset, ref: string, defaultBranch: string): boolean {
  const prefix = ruleset.target === "tag" ? "refs/tags/" : "refs/heads/";
  if (ruleset.target === "push") return true;
  if (!ref.startsWith(prefix)) return false;
  const matches = (pattern: string): boolean =>
    pattern === "~ALL" ||
    (pattern === "~DEFAULT_BRANCH" ? ref === `refs/heads/${defaultBranch}` : refPattern(pattern).test(ref));
  const { include = [], exclude = [] } = ruleset.conditions.ref_name ?? {};
  return include.some(matches) && !exclude.some(matches);
}

/**
 * GitHub's patterns are Ruby's `File.fnmatch` with `FNM_PATHNAME`: a star ends at a slash, `**` with a slash behind
 * it spans folders. A pattern without `refs/` is of either kind.
 */
export function refPattern(pattern: string): RegExp {
  const body = pattern.replace(/\*\*\/|\*|\?|\[[^\]]*\]|[.+^${}()|\\\]]/g, (token) => {
    if (token === "**/") return "(?:[^/]+/)*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token.startsWith("[") ? token.replace(/^\[!/, "[^") : `\\${token}`;
  });
  return new RegExp(pattern.startsWith("refs/") ? `^${body}$` : `^refs/(?:heads|tags)/${body}$`);
}
