/**
 * Who may do what with a package:
 * https://docs.github.com/packages/learn-github-packages/about-permissions-for-github-packages
 */
import type { Actor } from "../handlers/call";
import { atLeast, roleIn } from "../pipeline/permissions";
import type { ReadonlyState } from "../state/state";
import type { Grant, Owner, Package } from "../state/tables";

export type PackageRole = "read" | "write" | "admin";
export type PackageRight = "read" | "write" | "delete";

const roles: readonly PackageRole[] = ["read", "write", "admin"];

/** What an account may do, tokens aside; undefined: not even see it. */
export function packageRole(
  account: Owner | undefined,
  found: Package,
  state: ReadonlyState,
): PackageRole | undefined {
  const visible = found.visibility === "public" ? "read" : undefined;
  if (account === undefined) return visible;
  const login = account.login.toLowerCase();
  const owner = state.ownerById(found.ownerId);
  if (owner?.id === account.id || owner?.members[login] === "admin" || found.creator === login)
    return "admin";
  const linked = found.repositoryId === null ? undefined : state.get("repositories", found.repositoryId);
  const inherited = linked === undefined ? undefined : roleIn(account, linked, state);
  if (inherited === undefined) return visible;
  if (inherited === "admin") return "admin";
  if (atLeast(inherited, "push")) return "write";
  // A public repository gives everyone the pull role, and nobody a private package.
  return linked?.visibility === "public" && !belongs(account, owner, linked.collaborators) ? visible : "read";
}

function belongs(
  account: Owner,
  owner: Owner | undefined,
  collaborators: Readonly<Record<string, unknown>>,
): boolean {
  const login = account.login.toLowerCase();
  return owner?.members[login] !== undefined || collaborators[login] !== undefined;
}

export function reaches(has: PackageRole | undefined, needed: PackageRole): boolean {
  return has !== undefined && roles.indexOf(has) >= roles.indexOf(needed);
}

/**
 * Whether a token has the right. `write:packages` includes `read:packages`; `delete:packages` works beside a
 * right to read only. A fine-grained grant stands for GITHUB_TOKEN and Apps, whose `packages: write` deletes too.
 */
export function grants(grant: Grant, right: PackageRight): boolean {
  if (grant.kind === "fine-grained") {
    const level = grant.permissions["packages"];
    return level === "write" || (level === "read" && right === "read");
  }
  const { scopes } = grant;
  const reads = scopes.includes("read:packages") || scopes.includes("write:packages");
  if (right === "read") return reads;
  if (right === "write") return scopes.includes("write:packages");
  return reads && scopes.includes("delete:packages");
}

/** Whether the account may make packages of the owner's: its own, or its organization's. */
export function mayCreate(actor: Actor, owner: Owner): boolean {
  const { account } = actor;
  return owner.id === account.id || owner.members[account.login.toLowerCase()] !== undefined;
}
