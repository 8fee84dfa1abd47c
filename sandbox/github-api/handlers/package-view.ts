/** Packages and their versions as answers show them (`package`, `package-version`). No sizes, no downloads. */
import { versionsOf } from "../packages/lookup";
import { roleIn } from "../pipeline/permissions";
import type { ReadonlyState } from "../state/state";
import type { Owner, Package, PackageVersion } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { minimalRepository } from "./repository-view";
import type { Urls } from "./urls";

export interface PackageView {
  readonly found: Package;
  readonly owner: Owner;
  readonly state: ReadonlyState;
  readonly urls: Urls;
  /** Who looks: a linked repository that they can't see is left out. */
  readonly viewer: Owner;
}

export function packageBody({ found, owner, state, urls, viewer }: PackageView): Json {
  const repository = found.repositoryId === null ? undefined : state.get("repositories", found.repositoryId);
  const role = repository === undefined ? undefined : roleIn(viewer, repository, state);
  return {
    id: found.id,
    name: found.name,
    package_type: "container",
    owner: simpleUser(owner, urls),
    version_count: versionsOf(found, state).length,
    visibility: found.visibility,
    url: urls.api(...apiPath(owner, found)),
    created_at: found.createdAt,
    updated_at: found.updatedAt,
    ...(repository === undefined || role === undefined
      ? {}
      : { repository: minimalRepository(repository, owner, urls, role) }),
    html_url: pageOf(owner, found, urls),
  };
}

export function versionBody(version: PackageVersion, { found, owner, urls }: PackageView): Json {
  return {
    id: version.id,
    name: version.digest,
    url: urls.api(...apiPath(owner, found), "versions", version.id),
    package_html_url: pageOf(owner, found, urls),
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    ...(version.deletedAt === null ? {} : { deleted_at: version.deletedAt }),
    html_url: `${pageOf(owner, found, urls)}/${version.id}`,
    metadata: { package_type: "container", container: { tags: version.tags } },
  };
}

function apiPath(owner: Owner, found: Package): string[] {
  return [kindOf(owner), owner.login, "packages", "container", encodeURIComponent(found.name)];
}

function pageOf(owner: Owner, found: Package, urls: Urls): string {
  return urls.html(kindOf(owner), owner.login, "packages", "container", encodeURIComponent(found.name));
}

function kindOf(owner: Owner): string {
  return owner.type === "Organization" ? "orgs" : "users";
}
