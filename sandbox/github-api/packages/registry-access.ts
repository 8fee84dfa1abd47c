/** What a request to the registry may do, as ghcr.io decides it: by token, account and visibility. */
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";
import type { Owner, Package } from "../state/tables";
import { grants, mayCreate, packageRole, reaches } from "./access";
import { packageNamed } from "./lookup";

export interface RegistryAccess {
  readonly exists: boolean;
  readonly pull: boolean;
  readonly push: boolean;
  /** ghcr.io's words where a push is refused. */
  readonly denial: string;
}

/** `acme/app/worker` is the package `app/worker` of acme; undefined for what names no owner or no package. */
export function ownerAndName(
  repository: string,
  state: ReadonlyState,
): { readonly owner: Owner; readonly name: string } | undefined {
  const slash = repository.indexOf("/");
  const owner = state.owner(repository.slice(0, Math.max(slash, 0)));
  const name = repository.slice(slash + 1);
  return owner === undefined || name === "" ? undefined : { owner, name };
}

/** What isn't there may be read, as missing, by who could make it; everyone else can't tell it from the hidden. */
export function registryAccess(
  actor: Actor | undefined,
  repository: string,
  state: ReadonlyState,
): RegistryAccess {
  const at = ownerAndName(repository, state);
  const found = at === undefined ? undefined : packageNamed(at.owner, at.name, state);
  const exists = found !== undefined;
  if (at === undefined || actor === undefined) {
    const pull = found?.visibility === "public";
    return { exists, pull, push: false, denial: "requested access to the resource is denied" };
  }
  const may = (right: "read" | "write"): boolean =>
    grants(actor.grant, right) && mayUse(actor, at.owner, found, right, state);
  return {
    exists,
    pull: found?.visibility === "public" || may("read"),
    push: may("write"),
    denial: grants(actor.grant, "write")
      ? `permission_denied: ${exists ? "write_package" : "create_package"}`
      : "permission_denied: The token provided does not match expected scopes.",
  };
}

function mayUse(
  actor: Actor,
  owner: Owner,
  found: Package | undefined,
  right: "read" | "write",
  state: ReadonlyState,
): boolean {
  if (found === undefined) return mayCreate(actor, owner);
  return reaches(packageRole(actor.account, found, state), right);
}
