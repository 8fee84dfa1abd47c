/** What an accepted manifest makes of a package: GitHub has a version for each, whoever pushed it and why. */
import { roleIn, atLeast } from "../pipeline/permissions";
import type { ReadonlyState } from "../state/state";
import type { Ids } from "../state/store";
import { put, type Event, type Owner, type Package, type PackageVersion } from "../state/tables";
import { packageNamed, versionsOf } from "./lookup";

export interface AcceptedManifest {
  readonly owner: Owner;
  readonly name: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Undefined for a manifest that was pushed by its digest. */
  readonly tag: string | undefined;
  /** The value of `org.opencontainers.image.source`, where the image has one. */
  readonly source: string | undefined;
  readonly pushedBy: Owner;
}

/**
 * A package where there was none, private; a version where the digest had none; the tag, which whatever had it
 * before loses, and stays behind untagged. Pushing again what is there changes nothing.
 */
export function pushEvents(pushed: AcceptedManifest, state: ReadonlyState, ids: Ids, now: string): Event[] {
  const known = packageNamed(pushed.owner, pushed.name, state);
  const found = known ?? newPackage(pushed, ids, now);
  const versions = known === undefined ? [] : versionsOf(known, state);
  const events = [
    ...versionEvents(pushed, found, versions, ids, now),
    ...versions
      .filter(
        (one) => pushed.tag !== undefined && one.digest !== pushed.digest && one.tags.includes(pushed.tag),
      )
      .map((one) => putVersion({ ...one, tags: without(one.tags, pushed.tag), updatedAt: now })),
  ];
  const repositoryId = found.repositoryId ?? sourceRepository(pushed, state);
  const linked = repositoryId !== found.repositoryId;
  if (known !== undefined && events.length === 0 && !linked) return [];
  return [put("packages", found.id, { ...found, repositoryId, updatedAt: now }), ...events];
}

export function putVersion(version: PackageVersion): Event {
  return put("packageVersions", `${version.packageId}/${version.id}`, version);
}

function newPackage({ owner, name, pushedBy }: AcceptedManifest, ids: Ids, now: string): Package {
  return {
    id: ids.next(),
    ownerId: owner.id,
    name: name.toLowerCase(),
    visibility: "private",
    repositoryId: null,
    creator: pushedBy.login.toLowerCase(),
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
}

function versionEvents(
  { digest, mediaType, tag }: AcceptedManifest,
  found: Package,
  versions: readonly PackageVersion[],
  ids: Ids,
  now: string,
): Event[] {
  const tags = tag === undefined ? [] : [tag];
  const known = versions.find((one) => one.digest === digest);
  if (known === undefined) {
    const times = { createdAt: now, updatedAt: now, deletedAt: null };
    return [putVersion({ id: ids.next(), packageId: found.id, digest, mediaType, tags, ...times })];
  }
  if (tag === undefined || known.tags.includes(tag)) return [];
  return [putVersion({ ...known, tags: [...known.tags, tag], updatedAt: now })];
}

function without(tags: readonly string[], tag: string | undefined): string[] {
  return tags.filter((one) => one !== tag);
}

/**
 * https://docs.github.com/packages/learn-github-packages/connecting-a-repository-to-a-package: a repository of
 * the package's owner, to which whoever pushes may write.
 */
function sourceRepository(
  { source, owner, pushedBy }: AcceptedManifest,
  state: ReadonlyState,
): number | null {
  if (source === undefined || !URL.canParse(source)) return null;
  const [login = "", name = "", ...more] = new URL(source).pathname.split("/").filter((part) => part !== "");
  if (more.length > 0 || login.toLowerCase() !== owner.login.toLowerCase()) return null;
  const repository = state.repository(login, name.replace(/\.git$/, ""));
  const role = repository === undefined ? undefined : roleIn(pushedBy, repository, state);
  return repository !== undefined && role !== undefined && atLeast(role, "push") ? repository.id : null;
}
