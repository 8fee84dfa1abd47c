/** Rules that a repository has, as a declaration says them, or why it can't. */
import type { ProtectionDeclaration, RulesetDeclaration } from "../fleet";
import type { ProtectionFacts, RulesetFacts } from "./facts";
import { filled, present, unless, type Read } from "./notes";

type Bypass = NonNullable<RulesetDeclaration["bypass"]>[number];
type Parameters = Readonly<Record<string, unknown>>;

/** GitHub's name of each rule without parameters. */
const forbidden: Readonly<Record<string, NonNullable<RulesetDeclaration["forbids"]>[number]>> = {
  creation: "creation",
  update: "update",
  deletion: "deletion",
  non_fast_forward: "force-push",
  required_linear_history: "merge-commits",
  required_signatures: "unsigned-commits",
};

export function readRuleset(facts: RulesetFacts): Read<RulesetDeclaration> {
  const why = inexpressible(facts);
  if (why !== undefined) return { why };
  const parameters = (type: string) => facts.rules.find((rule) => rule.type === type)?.parameters;
  const forbids = facts.rules.flatMap(({ type }) => forbidden[type] ?? []).sort();
  const pulls = parameters("pull_request");
  const checks = parameters("required_status_checks");
  return {
    says: present<RulesetDeclaration>({
      name: facts.name,
      target: unless("branch", facts.target as "branch" | "tag"),
      enforcement: unless("active", facts.enforcement as "active" | "disabled" | "evaluate"),
      include: unless(["~DEFAULT_BRANCH"], [...facts.include]),
      exclude: filled([...facts.exclude]),
      bypass: filled((facts.bypass ?? []).map(bypassOf)),
      forbids: filled(forbids),
      pullRequest: pulls && pullRequestOf(pulls),
      checks: checks && checksOf(checks),
    }),
  };
}

/** In the words of a person who looks at the ruleset's page; undefined: all of it can be said. */
function inexpressible({ target, enforcement, bypass, include, rules }: RulesetFacts): string | undefined {
  if (target !== "branch" && target !== "tag") return `it is for ${target}, not for branches or tags`;
  if (!["active", "disabled", "evaluate"].includes(enforcement)) return `it is enforced as ${enforcement}`;
  if (bypass === undefined) return "this token isn't shown who may pass it by";
  if (include.length === 0) return "it names no branches or tags";
  const stranger = bypass.find(
    ({ type, id, mode }) =>
      !["Integration", "RepositoryRole", "Team", "OrganizationAdmin"].includes(type) ||
      !["always", "pull_request"].includes(mode) ||
      (id === null && type !== "OrganizationAdmin"),
  );
  if (stranger !== undefined) return `it lets a ${stranger.type} pass it by (${stranger.mode})`;
  const other = rules.find(({ type, parameters }) => !isSayable(type, parameters));
  return (
    other && `its rule ${other.type} can't be declared${isKnown(other.type) ? " with these options" : ""}`
  );
}

function isKnown(type: string): boolean {
  return type in forbidden || type === "pull_request" || type === "required_status_checks";
}

/** What each rule's options are called that a declaration has a word for. */
const understood: Readonly<Record<string, readonly string[]>> = {
  pull_request: [
    ...["required_approving_review_count", "require_code_owner_review", "dismiss_stale_reviews_on_push"],
    ...["require_last_push_approval", "required_review_thread_resolution"],
  ],
  required_status_checks: ["strict_required_status_checks_policy", "required_status_checks"],
};

/** An option without a word for it does no harm as long as it is off. */
function isSayable(type: string, parameters: Parameters): boolean {
  if (!isKnown(type)) return false;
  return Object.entries(parameters).every(
    ([name, value]) => understood[type]?.includes(name) || isNeutral(name, value),
  );
}

function isNeutral(name: string, value: unknown): boolean {
  if (name === "allowed_merge_methods") return Array.isArray(value) && value.length === 3;
  return (
    value === false || value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  );
}

function bypassOf({ type, id, mode }: NonNullable<RulesetFacts["bypass"]>[number]): Bypass {
  return present<Bypass>({
    type: type as Bypass["type"],
    id: id ?? 1,
    mode: unless("always", mode as "always" | "pull_request"),
  });
}

function pullRequestOf(parameters: Parameters): NonNullable<RulesetDeclaration["pullRequest"]> {
  const on = (name: string) => unless(false, parameters[name] === true);
  return present({
    requiredReviews: unless(0, Number(parameters["required_approving_review_count"] ?? 0)),
    codeOwners: on("require_code_owner_review"),
    dismissStale: on("dismiss_stale_reviews_on_push"),
    lastPushApproval: on("require_last_push_approval"),
    conversations: on("required_review_thread_resolution"),
  });
}

function checksOf(parameters: Parameters): NonNullable<RulesetDeclaration["checks"]> {
  const listed = parameters["required_status_checks"] as readonly {
    context: string;
    integration_id?: number | null;
  }[];
  const required = listed.map(({ context, integration_id: app }) =>
    present<{ name: string; app?: number }>({ name: context, app: app ?? undefined }),
  );
  return present({
    upToDate: unless(false, parameters["strict_required_status_checks_policy"] === true),
    required: required.sort((one, other) => (one.name < other.name ? -1 : 1)),
  });
}

export function readProtection(facts: ProtectionFacts): Read<ProtectionDeclaration> {
  if (facts.actors.length > 0) return { why: `it names ${facts.actors.join(", ")}, by person, team or app` };
  const { requiredReviews, checks } = facts;
  const on = (value: boolean) => unless(false, value);
  return {
    says: present<ProtectionDeclaration>({
      pattern: facts.pattern,
      reviews:
        requiredReviews === undefined
          ? undefined
          : present({
              required: unless(1, requiredReviews),
              codeOwners: on(facts.codeOwners),
              dismissStale: on(facts.dismissStale),
              lastPushApproval: on(facts.lastPushApproval),
            }),
      checks: checks && present({ upToDate: on(facts.upToDate), required: [...checks].sort() }),
      admins: on(facts.admins),
      linearHistory: on(facts.linearHistory),
      signatures: on(facts.signatures),
      conversations: on(facts.conversations),
      forcePushes: on(facts.forcePushes),
      deletions: on(facts.deletions),
      locked: on(facts.locked),
    }),
  };
}
