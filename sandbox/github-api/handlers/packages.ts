/** Container packages: the same eight operations for organizations, users and the signed-in user. */
import { grants, packageRole, reaches, type PackageRight } from "../packages/access";
import { downloadsOf, packageNamed, versionsOf } from "../packages/lookup";
import { putVersion } from "../packages/pushes";
import { ApiError, notFound } from "../pipeline/errors";
import { put, type Owner, type Package, type PackageVersion } from "../state/tables";
import { noContent, param, text, type Call, type Handler, type Handlers, type Reply } from "./call";
import { signedIn } from "./owners";
import { packageBody, versionBody, type PackageView } from "./package-view";

/** How long what was deleted can be restored: docs.github.com, "Deleting and restoring a package". */
const restorableMs = 30 * 24 * 60 * 60 * 1000;
/** A public version with more of them can't be deleted. */
const deletableDownloads = 5000;

/** GitHub's words; its description doesn't mention these answers. */
const refusals = {
  lastTagged: "You cannot delete the last tagged version of a package. You must delete the package instead.",
  lastVersion: "You cannot delete the last version of a package. You must delete the package instead.",
  downloaded:
    "Publicly visible package versions with more than 5000 downloads cannot be deleted. " +
    "Contact GitHub support for further assistance.",
} as const;

export const packageHandlers: Handlers = {
  ...handlersOf(organizationOf, {
    "list-packages-for-organization": list,
    "get-package-for-organization": get,
    "delete-package-for-org": remove,
    "restore-package-for-org": restore,
    "get-all-package-versions-for-package-owned-by-org": listVersions,
    "get-package-version-for-organization": getVersion,
    "delete-package-version-for-org": removeVersion,
    "restore-package-version-for-org": restoreVersion,
  }),
  ...handlersOf(userOf, {
    "list-packages-for-user": list,
    "get-package-for-user": get,
    "delete-package-for-user": remove,
    "restore-package-for-user": restore,
    "get-all-package-versions-for-package-owned-by-user": listVersions,
    "get-package-version-for-user": getVersion,
    "delete-package-version-for-user": removeVersion,
    "restore-package-version-for-user": restoreVersion,
  }),
  ...handlersOf(signedIn, {
    "list-packages-for-authenticated-user": list,
    "get-package-for-authenticated-user": get,
    "delete-package-for-authenticated-user": remove,
    "restore-package-for-authenticated-user": restore,
    "get-all-package-versions-for-package-owned-by-authenticated-user": listVersions,
    "get-package-version-for-authenticated-user": getVersion,
    "delete-package-version-for-authenticated-user": removeVersion,
    "restore-package-version-for-authenticated-user": restoreVersion,
  }),
};

type OwnedHandler = (call: Call, owner: Owner) => Reply;

function handlersOf(
  ownerOf: (call: Call) => Owner,
  operations: Readonly<Record<string, OwnedHandler>>,
): Handlers {
  const entries = Object.entries(operations).map(([name, handler]): [string, Handler] => [
    `packages/${name}`,
    (call) => {
      signedIn(call);
      return handler(call, ownerOf(call));
    },
  ]);
  return Object.fromEntries(entries);
}

function organizationOf(call: Call): Owner {
  const owner = call.state.owner(param(call, "org"));
  if (owner?.type !== "Organization") throw notFound();
  return owner;
}

function userOf(call: Call): Owner {
  const owner = call.state.owner(param(call, "username"));
  if (owner?.type !== "User") throw notFound();
  return owner;
}

function list(call: Call, owner: Owner): Reply {
  if (!holds(call, "read"))
    throw new ApiError(403, "You need at least read:packages scope to list packages.");
  const visibility = text(call.query, "visibility");
  const items = call.state
    .list("packages")
    .filter((one) => one.ownerId === owner.id && one.deletedAt === null)
    .filter((one) => visibility === undefined || one.visibility === visibility)
    .filter((one) => packageRole(signedIn(call), one, call.state) !== undefined);
  // Of the other types, which are kept in other registries, there are none here.
  const asked = call.query["package_type"] === "container" ? items : [];
  return { status: 200, list: { items: asked.map((one) => packageBody(viewOf(call, owner, one))) } };
}

function get(call: Call, owner: Owner): Reply {
  return { status: 200, body: packageBody(viewOf(call, owner, permitted(call, owner, "read"))) };
}

function remove(call: Call, owner: Owner): Reply {
  const found = permitted(call, owner, "delete");
  for (const version of versionsOf(found, call.state)) refuseDownloaded(found, version, call);
  return { ...noContent, events: [put("packages", found.id, { ...found, deletedAt: call.now })] };
}

/** Its versions come back with it, as they were; a name that is taken again is not given back. */
function restore(call: Call, owner: Owner): Reply {
  const name = param(call, "package_name").toLowerCase();
  const deleted = call.state
    .list("packages")
    .filter((one) => one.ownerId === owner.id && one.name === name && isRestorable(one, call))
    .at(-1);
  const taken = packageNamed(owner, name, call.state) !== undefined;
  if (deleted === undefined || taken || !may(call, deleted, "restore")) throw packageNotFound();
  return { ...noContent, events: [put("packages", deleted.id, { ...deleted, deletedAt: null })] };
}

function listVersions(call: Call, owner: Owner): Reply {
  const found = permitted(call, owner, "read");
  const which = call.query["state"] === "deleted" ? "deleted" : "active";
  // The deleted are listed to who may restore them, for as long as they may.
  if (which === "deleted" && !reaches(packageRole(signedIn(call), found, call.state), "admin")) {
    throw packageNotFound();
  }
  const versions = versionsOf(found, call.state, which);
  const shown = which === "active" ? versions : versions.filter((one) => isRestorable(one, call));
  return { status: 200, list: { items: shown.map((one) => versionBody(one, viewOf(call, owner, found))) } };
}

function getVersion(call: Call, owner: Owner): Reply {
  const found = permitted(call, owner, "read");
  return { status: 200, body: versionBody(versionIn(call, found), viewOf(call, owner, found)) };
}

function removeVersion(call: Call, owner: Owner): Reply {
  const found = permitted(call, owner, "delete");
  const version = versionIn(call, found);
  refuseDownloaded(found, version, call);
  const others = versionsOf(found, call.state).filter((one) => one.id !== version.id);
  if (others.length === 0 && version.tags.length === 0) throw new ApiError(400, refusals.lastVersion);
  if (version.tags.length > 0 && others.every((one) => one.tags.length === 0)) {
    throw new ApiError(400, refusals.lastTagged);
  }
  const events = [
    putVersion({ ...version, deletedAt: call.now }),
    put("packages", found.id, { ...found, updatedAt: call.now }),
  ];
  return { ...noContent, events };
}

/** Tags that nothing else has taken meanwhile come back; a digest that was pushed again has its version. */
function restoreVersion(call: Call, owner: Owner): Reply {
  const found = permitted(call, owner, "restore");
  const id = Number(param(call, "package_version_id"));
  const active = versionsOf(found, call.state);
  const version = versionsOf(found, call.state, "deleted").find((one) => one.id === id);
  const again = active.some((one) => one.digest === version?.digest);
  if (version === undefined || again || !isRestorable(version, call)) throw packageNotFound();
  const taken = new Set(active.flatMap((one) => one.tags));
  const tags = version.tags.filter((tag) => !taken.has(tag));
  const events = [
    putVersion({ ...version, tags, deletedAt: null, updatedAt: call.now }),
    put("packages", found.id, { ...found, updatedAt: call.now }),
  ];
  return { ...noContent, events };
}

/** What is missing and what is not allowed look the same: a client has to ask again with GET to tell. */
function packageNotFound(): ApiError {
  return notFound("Package not found.");
}

/** @throws ApiError 404 */
function permitted(call: Call, owner: Owner, deed: Deed): Package {
  const found =
    param(call, "package_type") === "container"
      ? packageNamed(owner, param(call, "package_name"), call.state)
      : undefined;
  if (found === undefined || !may(call, found, deed)) throw packageNotFound();
  return found;
}

/** To restore takes `write:packages`, to delete `delete:packages`, and both an administrator of the package. */
type Deed = "read" | "delete" | "restore";

function may(call: Call, found: Package, deed: Deed): boolean {
  const role = packageRole(signedIn(call), found, call.state);
  return (
    holds(call, deed === "restore" ? "write" : deed) && reaches(role, deed === "read" ? "read" : "admin")
  );
}

function holds(call: Call, right: PackageRight): boolean {
  return call.actor !== undefined && grants(call.actor.grant, right);
}

function versionIn(call: Call, found: Package): PackageVersion {
  const id = Number(param(call, "package_version_id"));
  const version = versionsOf(found, call.state).find((one) => one.id === id);
  if (version === undefined) throw packageNotFound();
  return version;
}

function refuseDownloaded(found: Package, version: PackageVersion, call: Call): void {
  if (found.visibility === "public" && downloadsOf(version, call.state) > deletableDownloads) {
    throw new ApiError(400, refusals.downloaded);
  }
}

function isRestorable({ deletedAt }: { readonly deletedAt: string | null }, { now }: Call): boolean {
  return deletedAt !== null && Date.parse(now) - Date.parse(deletedAt) <= restorableMs;
}

function viewOf(call: Call, owner: Owner, found: Package): PackageView {
  return { found, owner, state: call.state, urls: call.urls, viewer: signedIn(call) };
}
