/** Classic branch protection as GraphQL shows and takes it. Kept and shown; rulesets alone are enforced. */
import { GraphQLError } from "graphql";
import { ownerOf } from "../handlers/repository-view";
import { nodeId } from "../handlers/urls";
import { roleIn } from "../pipeline/permissions";
import { drop, put, type Event, type Protection, type Repository } from "../state/tables";
import type { ReadonlyState } from "../state/state";
import type { Ids } from "../state/store";
import type { Actor } from "../handlers/call";

export interface Context {
  readonly state: ReadonlyState;
  readonly ids: Ids;
  readonly actor: Actor;
  commit(events: readonly Event[]): Promise<void>;
}

type Values = Readonly<Record<string, unknown>>;
type Page = { readonly first?: number | null; readonly after?: string | null };

/** What a rule is until it is told otherwise. */
const standard: Protection["settings"] = {
  ...{
    allowsDeletions: false,
    allowsForcePushes: false,
    blocksCreations: false,
    dismissesStaleReviews: false,
  },
  ...{
    isAdminEnforced: false,
    lockAllowsFetchAndMerge: false,
    lockBranch: false,
    requireLastPushApproval: false,
  },
  ...{ requiredApprovingReviewCount: null, requiresApprovingReviews: false, requiresCodeOwnerReviews: false },
  ...{ requiresCommitSignatures: false, requiresConversationResolution: false, requiresLinearHistory: false },
  ...{ requiresStatusChecks: false, requiresStrictStatusChecks: false, restrictsPushes: false },
  restrictsReviewDismissals: false,
};

/** Which input names the actors of which connection. */
const allowances = {
  bypassForcePushAllowances: "bypassForcePushActorIds",
  bypassPullRequestAllowances: "bypassPullRequestActorIds",
  pushAllowances: "pushActorIds",
  reviewDismissalAllowances: "reviewDismissalActorIds",
} as const;

export function repositoryNode(repository: Repository, { state, actor }: Context) {
  const owner = ownerOf(repository, state);
  const rules = () => state.list("protections").filter((one) => one.repositoryId === repository.id);
  return {
    __typename: "Repository",
    id: nodeId("R", repository.id),
    name: repository.name,
    nameWithOwner: `${owner.login}/${repository.name}`,
    isArchived: repository.archived,
    // To whoever may not administer it, GitHub shows none.
    branchProtectionRules: (page: Page, context: Context) =>
      connection(
        roleIn(actor.account, repository, state) === "admin"
          ? rules().map((one) => ruleNode(one, context))
          : [],
        page,
      ),
  };
}

export function ruleNode(rule: Protection, context: Context): Values {
  const repository = context.state.get("repositories", rule.repositoryId);
  if (repository === undefined) throw new Error(`protection ${rule.id} has no repository`);
  const actors = Object.entries(allowances).map(([field, input]) => [
    field,
    (page: Page) =>
      connection(
        (rule.actors[input] ?? []).map((id) => ({
          id: `${nodeId("BPR", rule.id)}_${id}`,
          actor: actorNode(id, context),
        })),
        page,
      ),
  ]);
  return {
    __typename: "BranchProtectionRule",
    id: nodeId("BPR", rule.id),
    databaseId: rule.id,
    pattern: rule.pattern,
    ...rule.settings,
    requiredStatusCheckContexts: rule.requiredStatusCheckContexts,
    repository: () => repositoryNode(repository, context),
    ...Object.fromEntries(actors),
  };
}

export async function createRule(input: Values, context: Context): Promise<Values> {
  const repository = administered(repositoryById(String(input["repositoryId"]), context), context);
  const pattern = String(input["pattern"]);
  const taken = context.state
    .list("protections")
    .some((one) => one.repositoryId === repository.id && one.pattern === pattern);
  if (taken) throw failure("UNPROCESSABLE", "Name already protected");
  const blank: Protection = {
    ...{ id: context.ids.next(), repositoryId: repository.id, pattern },
    ...{ settings: standard, requiredStatusCheckContexts: [], actors: {} },
  };
  return stored(changed(blank, input), input, context);
}

export async function updateRule(input: Values, context: Context): Promise<Values> {
  const rule = ruleById(String(input["branchProtectionRuleId"]), context);
  return stored(changed(rule, input), input, context);
}

export async function deleteRule(input: Values, context: Context): Promise<Values> {
  const rule = ruleById(String(input["branchProtectionRuleId"]), context);
  await context.commit([drop("protections", rule.id)]);
  return { clientMutationId: input["clientMutationId"] };
}

/** A repository or a rule by its global id, where the actor may see it. */
export function nodeById(id: string, context: Context): Values {
  const { kind, number } = partsOf(id);
  if (kind === "R") return repositoryNode(repositoryById(id, context), context);
  const rule = kind === "BPR" ? context.state.get("protections", number) : undefined;
  if (rule === undefined) throw unknownNode(id);
  administered(repositoryById(nodeId("R", rule.repositoryId), context), context);
  return ruleNode(rule, context);
}

async function stored(rule: Protection, input: Values, context: Context): Promise<Values> {
  await context.commit([put("protections", rule.id, rule)]);
  return { branchProtectionRule: ruleNode(rule, context), clientMutationId: input["clientMutationId"] };
}

/** What the input names replaces what was; null and what it leaves out stay. */
function changed(rule: Protection, input: Values): Protection {
  const named = (name: string) => input[name] !== undefined && input[name] !== null;
  const settings = Object.keys(standard)
    .filter(named)
    .map((name) => [name, input[name]]);
  const actors = Object.values(allowances)
    .filter(named)
    .map((name) => [name, input[name]]);
  return {
    ...rule,
    ...(named("pattern") ? { pattern: String(input["pattern"]) } : {}),
    ...(named("requiredStatusCheckContexts")
      ? { requiredStatusCheckContexts: input["requiredStatusCheckContexts"] as readonly string[] }
      : {}),
    settings: { ...rule.settings, ...(Object.fromEntries(settings) as Protection["settings"]) },
    actors: { ...rule.actors, ...(Object.fromEntries(actors) as Protection["actors"]) },
  };
}

function ruleById(id: string, context: Context): Protection {
  const { kind, number } = partsOf(id);
  const rule = kind === "BPR" ? context.state.get("protections", number) : undefined;
  if (rule === undefined) throw unknownNode(id);
  administered(repositoryById(nodeId("R", rule.repositoryId), context), context);
  return rule;
}

function repositoryById(id: string, { state, actor }: Context): Repository {
  const { kind, number } = partsOf(id);
  const repository = kind === "R" ? state.get("repositories", number) : undefined;
  if (repository === undefined || roleIn(actor.account, repository, state) === undefined)
    throw unknownNode(id);
  return repository;
}

/** Classic tokens need the scope `repo`, fine-grained ones Administration. */
function administered(repository: Repository, { state, actor: { account, grant } }: Context): Repository {
  const allowed =
    grant.kind === "classic"
      ? grant.scopes.includes("repo")
      : grant.permissions["administration"] === "write";
  if (!allowed || roleIn(account, repository, state) !== "admin") {
    throw failure("FORBIDDEN", `${account.login} does not have permission to administer this repository`);
  }
  return repository;
}

function actorNode(id: string, { state }: Context): Values {
  const { kind, number } = partsOf(id);
  const team = kind === "T" ? state.get("teams", number) : undefined;
  if (team !== undefined) {
    const combinedSlug = `${team.organization}/${team.slug}`;
    return { __typename: "Team", id, databaseId: team.id, name: team.name, slug: team.slug, combinedSlug };
  }
  const user = state.ownerById(Number(number));
  if (user === undefined) throw unknownNode(id);
  return { __typename: "User", id, databaseId: user.id, name: user.name, login: user.login };
}

/** One page; a cursor is the number of those before it. */
function connection(all: readonly unknown[], { first, after }: Page) {
  const start = after === null || after === undefined ? 0 : Number(after);
  const nodes = all.slice(start, start + (first ?? 100));
  const end = start + nodes.length;
  return {
    nodes,
    totalCount: all.length,
    pageInfo: {
      ...{ hasNextPage: end < all.length, hasPreviousPage: start > 0 },
      ...{
        startCursor: nodes.length === 0 ? null : String(start),
        endCursor: nodes.length === 0 ? null : String(end),
      },
    },
  };
}

function partsOf(id: string): { readonly kind: string; readonly number: string } {
  const [kind = "", encoded = ""] = id.split("_");
  return { kind, number: Buffer.from(encoded, "base64url").toString() };
}

function unknownNode(id: string): GraphQLError {
  return failure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}
