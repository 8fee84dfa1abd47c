/** Tags of what developers push from their own machines. */
import { longestLogin } from "../names";

/**
 * `dev-<who>-<7>`: who pushed, in small letters, and the commit. Accents go (`José` is `jose`), each run of other
 * characters than letters, digits, `_`, `.` and `-` becomes a hyphen, none is left at an end, and what is longer
 * than a GitHub login may be is cut. Undefined where nothing is left of the name.
 */
export function developmentTag(who: string, sha: string): string | undefined {
  const name = trimmed(
    who
      .normalize("NFKD")
      .replace(/\p{Mark}/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9_.-]+/g, "-"),
  );
  const cut = trimmed(name.slice(0, longestLogin));
  return cut === "" ? undefined : `dev-${cut}-${sha.slice(0, 7)}`;
}

function trimmed(name: string): string {
  return name.replace(/^[-.]+/, "").replace(/(?<![-.])[-.]+$/, "");
}
