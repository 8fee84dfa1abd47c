/** Finding packages and their versions in the state. */
import type { ReadonlyState } from "../state/state";
import type { Owner, Package, PackageVersion } from "../state/tables";

/** The package that has the name now; deleted ones have given it up. */
export function packageNamed(owner: Owner, name: string, state: ReadonlyState): Package | undefined {
  const wanted = name.toLowerCase();
  return state
    .list("packages")
    .find((one) => one.ownerId === owner.id && one.name === wanted && one.deletedAt === null);
}

/** Newest first, as GitHub lists them. */
export function versionsOf(
  { id }: Package,
  state: ReadonlyState,
  which: "active" | "deleted" = "active",
): PackageVersion[] {
  return state
    .list("packageVersions", `${id}/`)
    .filter((one) => (one.deletedAt === null) === (which === "active"))
    .sort((a, b) => b.id - a.id);
}

/** @param reference a tag or a digest */
export function versionAt(
  found: Package,
  reference: string,
  state: ReadonlyState,
): PackageVersion | undefined {
  const fits = reference.includes(":")
    ? (one: PackageVersion): boolean => one.digest === reference
    : (one: PackageVersion): boolean => one.tags.includes(reference);
  return versionsOf(found, state).find(fits);
}

export function downloadsOf(version: PackageVersion, state: ReadonlyState): number {
  return state.get("packageDownloads", `${version.packageId}/${version.digest}`)?.count ?? 0;
}
