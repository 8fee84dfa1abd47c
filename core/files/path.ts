/** Paths of files in a repository, as git's trees and GitHub's API take them. */
import type { Fault } from "../errors";

/** Characters that a file system, a shell line or a log would take for something else. */
const unfit = /[\p{Cc}\\"]/u;
const longest = 400;

/** From the repository's top, parts with a slash between them: `.github/workflows/container-publish.yml`. */
export function filePathFault(where: string, path: string): Fault | undefined {
  const parts = path.split("/");
  const bad =
    path.length > longest ||
    unfit.test(path) ||
    parts.some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git");
  if (!bad) return undefined;
  return {
    code: "invalid-file-path",
    where,
    problem:
      "must be a path from the repository's top: no empty part, no `.`, `..` or `.git`, no control character, " +
      `quote or backslash, at most ${longest} characters`,
    got: path,
    fix: "write it like .github/workflows/container-publish.yml",
  };
}
