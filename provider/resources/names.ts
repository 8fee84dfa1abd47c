/** The two inputs that say which package a resource is about. */
import { PlatformError } from "../../core/errors";
import { imageNameFault, ownerFault } from "../../core/names";
import { textField, type Fields } from "../inputs";
import type { PackageName } from "../package-reader";
import { containsUnknown, type Properties } from "../wire";

/** Changing either is another package. */
export const nameFields = {
  owner: textField(ownerFault, { kept: lower }),
  name: textField(nameFault),
} satisfies Fields;

/** Undefined while they are not known. */
export function packageNameOf({ owner, name }: Properties): PackageName | undefined {
  if (containsUnknown([owner, name])) return undefined;
  return { owner: String(owner), name: String(name) };
}

export function idOf({ owner, name }: PackageName): string {
  return `${owner}/${name}`;
}

/**
 * `<owner>/<name>`, which a person may have given to `pulumi import`.
 * @throws PlatformError
 */
export function packageNameIn(id: string): PackageName {
  const slash = id.indexOf("/");
  const found = { owner: id.slice(0, Math.max(slash, 0)).toLowerCase(), name: id.slice(slash + 1) };
  const fault = ownerFault("id", found.owner) ?? nameFault("id", found.name);
  if (fault === undefined) return found;
  throw new PlatformError({
    code: "invalid-id",
    where: "id",
    problem: "must be <owner>/<package>",
    got: id,
    fix: "write it like albeorla/todost",
  });
}

function nameFault(where: string, name: string) {
  const fault = imageNameFault(where, `ghcr.io/owner/${name}`);
  if (fault === undefined) return undefined;
  const problem = "must be the name of a container package: lower case, without its owner and without a tag";
  return { ...fault, problem, got: name, fix: "write it like todost" };
}

function lower(value: unknown): unknown {
  // GitHub doesn't tell logins apart by case, and the registry knows them in lower case alone.
  return typeof value === "string" ? value.toLowerCase() : value;
}
