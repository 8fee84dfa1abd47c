/** GitHub's own names: logins of owners, names of repositories. GitHub compares both without regard to case. */
import type { Fault } from "../errors";
import { checked } from "./checked";

declare const brand: unique symbol;

/** Login of an organization or a user as GitHub writes it, e.g. `albeorla`; image names hold it in lower case. */
export type OwnerLogin = string & { readonly [brand]: "OwnerLogin" };

/** Name of a repository below its owner, e.g. `ghcr-platform`. */
export type RepositoryName = string & { readonly [brand]: "RepositoryName" };

/** `<owner>/<name>`, as GitHub's `full_name` and the variable `GITHUB_REPOSITORY` have it. */
export type RepositoryFullName = string & { readonly [brand]: "RepositoryFullName" };

/**
 * The sign-up page's words: "may only contain alphanumeric characters or single hyphens, and cannot begin or end
 * with a hyphen", at most 39 characters.
 */
const loginGrammar = /^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;
/** Characters in the longest login. */
export const longestLogin = 39;
/** The new-repository page's words: "ASCII letters, digits, and the characters ., -, and _", at most 100. */
const repositoryGrammar = /^[A-Za-z0-9._-]{1,100}$/;

/** @throws PlatformError `invalid-owner` */
export function parseOwnerLogin(where: string, login: string): OwnerLogin {
  return checked(login, ownerFault(where, login));
}

export function ownerFault(where: string, login: string): Fault | undefined {
  if (login.length <= longestLogin && loginGrammar.test(login)) return undefined;
  return {
    code: "invalid-owner",
    where,
    problem: `must be a GitHub login: letters, digits and single hyphens between them, at most ${longestLogin} characters`,
    got: login,
    fix: "write the organization's or user's login as in its address on github.com",
  };
}

/** @throws PlatformError `invalid-repository-name` */
export function parseRepositoryName(where: string, name: string): RepositoryName {
  return checked(name, repositoryNameFault(where, name));
}

export function repositoryNameFault(where: string, name: string): Fault | undefined {
  if (isRepositoryName(name)) return undefined;
  return {
    code: "invalid-repository-name",
    where,
    problem: "must be 1 to 100 letters, digits, . _ - and not end in .git",
    got: name,
    fix: "write the repository's name without its owner",
  };
}

/** @throws PlatformError `invalid-repository-full-name` */
export function parseRepositoryFullName(where: string, text: string): RepositoryFullName {
  return checked(text, repositoryFullNameFault(where, text));
}

export function repositoryFullNameFault(where: string, text: string): Fault | undefined {
  const [owner = "", name = "", ...more] = text.split("/");
  if (more.length === 0 && ownerFault(where, owner) === undefined && isRepositoryName(name)) return undefined;
  return {
    code: "invalid-repository-full-name",
    where,
    problem: "must be <owner>/<name> of a repository on GitHub",
    got: text,
    fix: "write it like albeorla/ghcr-platform, without https://github.com/ and without .git",
  };
}

/** The two names that a full name is made of. */
export function repositoryParts(fullName: RepositoryFullName): {
  readonly owner: OwnerLogin;
  readonly name: RepositoryName;
} {
  const slash = fullName.indexOf("/");
  return {
    owner: fullName.slice(0, slash) as OwnerLogin,
    name: fullName.slice(slash + 1) as RepositoryName,
  };
}

/** Whether two full names are one repository's: GitHub ignores case in them. */
export function sameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** `.` and `..` are folders, and git takes `.git` off the end of an address. */
function isRepositoryName(name: string): boolean {
  return repositoryGrammar.test(name) && !/^\.{1,2}$|\.git$/i.test(name);
}
