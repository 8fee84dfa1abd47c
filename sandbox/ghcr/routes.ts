/** What an address of the registry means: distribution specification 1.1, "Endpoints". */

export interface Route {
  readonly kind: "base" | "token" | "manifest" | "blob" | "upload" | "tags" | "referrers";
  /** With its owner; "" where the address names none. */
  readonly repository: string;
  /** Tag, digest or upload; "" where the address names none. */
  readonly reference: string;
}

const part = /[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/.source;
const name = `${part}(?:/${part})*`;
const tagOrDigest = /[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]+/.source;

const patterns: readonly (readonly [Route["kind"], RegExp])[] = [
  ["base", /^\/v2\/?$/],
  ["token", /^\/token$/],
  ["upload", new RegExp(`^/v2/(${name})/blobs/uploads/([A-Za-z0-9_=-]*)$`)],
  ["blob", new RegExp(`^/v2/(${name})/blobs/(${tagOrDigest})$`)],
  ["manifest", new RegExp(`^/v2/(${name})/manifests/(${tagOrDigest})$`)],
  ["tags", new RegExp(`^/v2/(${name})/tags/list$`)],
  ["referrers", new RegExp(`^/v2/(${name})/referrers/(${tagOrDigest})$`)],
];

/** @param path without the query, as it came: names hold nothing that would have to be escaped, digests a colon */
export function routeOf(path: string): Route | undefined {
  const plain = path.replace(/%3a/gi, ":");
  for (const [kind, pattern] of patterns) {
    const found = pattern.exec(plain);
    if (found !== null) return { kind, repository: found[1] ?? "", reference: found[2] ?? "" };
  }
  return undefined;
}

/** What the request needs a token for. */
export function actionOf(method: string, { kind }: Route): "pull" | "push" {
  const reads = method === "GET" || method === "HEAD" || method === "DELETE";
  return reads && kind !== "upload" ? "pull" : "push";
}
