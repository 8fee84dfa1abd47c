/** What each operation asks of a token and of its account; one table. */
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";
import type { Owner, Permission, Repository } from "../state/tables";
import { installationOf, reaches } from "./apps";
import { ApiError, notAccessible, notFound } from "./errors";

/** What an operation within a repository needs. */
interface Need {
  /** A permission of fine-grained tokens, under the name that GitHub's API gives it. */
  readonly permission: string;
  /** Another one that does as well. */
  readonly or?: string;
  readonly level: "read" | "write";
  /** The least role in the repository. */
  readonly role: Permission;
}

const roles: readonly Permission[] = ["pull", "triage", "push", "maintain", "admin"];

/** Whether a role includes another. */
export function atLeast(has: Permission, needed: Permission): boolean {
  return roles.indexOf(has) >= roles.indexOf(needed);
}

const contents: Line = [need("contents", "read"), need("contents", "write", "push")];
const environments: Line = [need("environments", "read", "push"), need("environments", "write", "push")];
const administration: Line = [
  need("administration", "read", "admin"),
  need("administration", "write", "admin"),
];

type Line = readonly [read: Need, write: Need];

/**
 * First match counts. GitHub lists them at https://docs.github.com/rest/authentication/
 * permissions-required-for-fine-grained-personal-access-tokens.
 */
const table: readonly (readonly [operations: RegExp, ...needs: Line])[] = [
  [/^actions\/.*environment-(secret|public-key|variable)/, ...environments],
  [/^actions\/.*(secret|public-key)/, need("secrets", "read", "push"), need("secrets", "write", "push")],
  [
    /^actions\/.*variable/,
    need("actions_variables", "read", "push"),
    need("actions_variables", "write", "push"),
  ],
  [/^actions\//, ...administration],
  [/^pulls\/merge$/, ...contents],
  // GitHub lists both for comments, since they may be on either.
  [
    /^issues\/.*comment/,
    { ...need("issues", "read"), or: "pull_requests" },
    { ...need("issues", "write"), or: "pull_requests" },
  ],
  [/^issues\//, need("issues", "read"), need("issues", "write")],
  [/^repos\/list-pull-requests-associated/, need("pull_requests", "read"), need("pull_requests", "write")],
  [/^pulls\//, need("pull_requests", "read"), need("pull_requests", "write", "push")],
  [
    /^repos\/(list|create|get)-deployment(s|-status(es)?)?$/,
    need("deployments", "read"),
    need("deployments", "write", "push"),
  ],
  [/^repos\/.*status/, need("statuses", "read"), need("statuses", "write", "push")],
  [
    /^repos\/get-branch-(rules|protection)$/,
    need("metadata", "read"),
    need("administration", "write", "admin"),
  ],
  [/^repos\/.*(environment|branch-polic)/, need("actions", "read"), need("administration", "write", "admin")],
  [/^git\/|^repos\/.*(branch|commit|content|readme|-file$)/, ...contents],
  [/^repos\/(list-collaborators|check-collaborator)$/, need("metadata", "read", "push"), administration[1]],
  [
    /^repos\/.*(vulnerability-alerts|automated-security|deploy-keys|webhooks|invitation|list-teams)/,
    ...administration,
  ],
  [/./, need("metadata", "read"), administration[1]],
];

function need(permission: string, level: "read" | "write", role: Permission = "pull"): Need {
  return { permission, level, role };
}

/** What an operation within a repository needs, by its method: a read, or else a write. */
export function needOf(operationId: string, method: string): Need {
  for (const [pattern, read, write] of table) {
    if (pattern.test(operationId)) return method === "GET" ? read : write;
  }
  throw new Error("the last line of the table matches everything");
}

/** What an account may do with a repository, tokens aside; undefined: not even see it. */
export function roleIn(
  account: Owner | undefined,
  repository: Repository,
  state: ReadonlyState,
): Permission | undefined {
  const owner = state.ownerById(repository.ownerId);
  const login = account?.login.toLowerCase();
  if (account !== undefined && login !== undefined && owner !== undefined) {
    if (owner.id === account.id || owner.members[login] === "admin") return "admin";
    const collaborator = repository.collaborators[login];
    if (collaborator !== undefined) return collaborator;
    if (owner.members[login] === "member") return "pull";
    const installation = installationOf(account, owner, state);
    if (installation !== undefined && reaches(installation, repository.id)) return "admin";
  }
  return repository.visibility === "public" ? "pull" : undefined;
}

/**
 * @returns the account's role, when the token lets it do the operation
 * @throws ApiError 404 for what the token may not see, 403 for what it may see and not do
 */
export function authorise(
  actor: Actor | undefined,
  operation: { readonly id: string; readonly method: string },
  repository: Repository,
  state: ReadonlyState,
): Permission {
  const role = roleIn(actor?.account, repository, state);
  if (role === undefined) throw notFound();
  const asked = needOf(operation.id, operation.method);
  if (actor === undefined) {
    if (asked.level === "write" || asked.role !== "pull") throw new ApiError(401, "Requires authentication");
    return role;
  }
  checkToken(actor, operation.id, asked, repository);
  if (!atLeast(role, asked.role)) {
    throw new ApiError(
      403,
      `Must have ${asked.role} ${asked.role === "admin" ? "rights" : "access"} to Repository.`,
    );
  }
  return role;
}

function checkToken(actor: Actor, operationId: string, asked: Need, repository: Repository): void {
  const open = repository.visibility === "public" && asked.level === "read" && asked.role === "pull";
  if (actor.grant.kind === "fine-grained") {
    const { permissions } = actor.grant;
    if (open || asked.permission === "metadata") return;
    const held = [asked.permission, ...(asked.or === undefined ? [] : [asked.or])];
    if (held.some((name) => holds(permissions[name], asked.level))) return;
    throw notAccessible(actor, { "X-Accepted-GitHub-Permissions": `${asked.permission}=${asked.level}` });
  }
  const { scopes } = actor.grant;
  // What a classic token's scopes don't reach is as if it weren't there.
  if (
    !open &&
    !scopes.includes("repo") &&
    !(repository.visibility === "public" && scopes.includes("public_repo"))
  ) {
    throw notFound();
  }
  if (operationId === "repos/delete" && !scopes.includes("delete_repo")) {
    throw new ApiError(403, "Must have admin rights to Repository.", {
      headers: { "X-Accepted-OAuth-Scopes": "delete_repo" },
    });
  }
}

function holds(has: "read" | "write" | undefined, needed: "read" | "write"): boolean {
  return has === "write" || has === needed;
}

/** @throws ApiError when the token may not make a repository for the owner */
export function authoriseCreation(actor: Actor | undefined, owner: Owner, state: ReadonlyState): void {
  if (actor === undefined) throw new ApiError(401, "Requires authentication");
  if (actor.grant.kind === "fine-grained") {
    // Of a user account no app may make one: the endpoint is not among those for installation tokens.
    const own = actor.grant.app === true && owner.id === actor.account.id;
    if (own || !holds(actor.grant.permissions["administration"], "write")) {
      throw notAccessible(actor, { "X-Accepted-GitHub-Permissions": "administration=write" });
    }
  } else if (!actor.grant.scopes.some((scope) => scope === "repo" || scope === "public_repo")) {
    throw notFound();
  }
  const mayCreate =
    owner.id === actor.account.id ||
    owner.members[actor.account.login.toLowerCase()] !== undefined ||
    installationOf(actor.account, owner, state)?.suspendedAt === null;
  if (!mayCreate) {
    throw new ApiError(403, "You need admin access to the organization before adding a repository to it.");
  }
}

/** A file below `.github/workflows` needs a right of its own: https://docs.github.com/apps/oauth-apps (scopes). */
export function mayWriteWorkflows(actor: Actor): boolean {
  return actor.grant.kind === "classic"
    ? actor.grant.scopes.includes("workflow")
    : actor.grant.permissions["workflows"] === "write";
}

/**
 * GitHub answers a classic token as if the file's place weren't there, which misleads; so does this.
 * @throws ApiError 404 or 403 where the path is a workflow's, and the token may not write those
 */
export function refuseWorkflows(actor: Actor, path: string): void {
  if (!path.startsWith(".github/workflows/") || mayWriteWorkflows(actor)) return;
  if (actor.grant.kind === "classic") throw notFound();
  throw notAccessible(actor, { "X-Accepted-GitHub-Permissions": "contents=write,workflows=write" });
}
