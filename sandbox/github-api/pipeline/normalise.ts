/** One spelling for every path: without GHES's prefix, and with names where a client used ids. */
import type { ReadonlyState } from "../state/state";

/** `/api/v3`, as clients of a GitHub Enterprise Server send it, or nothing. */
export function splitPrefix(path: string): { readonly prefix: "/api/v3" | ""; readonly path: string } {
  if (path === "/api/v3") return { prefix: "/api/v3", path: "/" };
  return path.startsWith("/api/v3/") ? { prefix: "/api/v3", path: path.slice(7) } : { prefix: "", path };
}

/**
 * Paths by id, which GitHub serves and its description leaves out, as the documented path by name. An id that
 * leads nowhere stays as it is, and matches no route.
 */
export function idsToNames(path: string, state: ReadonlyState): string {
  const repository = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
  if (repository !== null) {
    const found = state.get("repositories", repository[1] as string);
    const owner = found === undefined ? undefined : state.ownerById(found.ownerId);
    if (found === undefined || owner === undefined) return path;
    return `/repos/${owner.login}/${found.name}${repository[2] ?? ""}`;
  }
  const team = /^\/organizations\/(\d+)\/team\/(\d+)(\/.*)?$/.exec(path);
  const found = team === null ? undefined : state.get("teams", team[2] as string);
  return team === null || found === undefined
    ? path
    : `/orgs/${found.organization}/teams/${found.slug}${team[3] ?? ""}`;
}
