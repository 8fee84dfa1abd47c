/**
 * ETags, and the answer to a client that has the body already. The formula is the one that the provider's newer
 * client assumes (github.com/bored-engineer/github-conditional-http-transport, hash.go): SHA-256 over each value
 * of the headers that `Vary` names, each followed by a colon, then the body.
 */
import { createHash } from "node:crypto";
import type { Request, Response } from "./request";

const varying = ["accept", "authorization", "cookie"] as const;

export function withEtag(request: Request, response: Response): Response {
  if (response.status >= 300 || response.body === "") return response;
  const hash = createHash("sha256");
  for (const name of varying) {
    const value = request.headers[name];
    if (value !== undefined) hash.update(`${value}:`);
  }
  const etag = `"${hash.update(response.body).digest("hex")}"`;
  const headers = { ...response.headers, ETag: etag, Vary: "Accept, Authorization, Cookie" };
  const unchanged = request.method === "GET" && matches(request.headers["if-none-match"], etag);
  return unchanged ? { status: 304, headers: withoutBody(headers), body: "" } : { ...response, headers };
}

function matches(asked: string | undefined, etag: string): boolean {
  const known = (asked ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return known.includes(etag) || known.includes("*");
}

function withoutBody({ "Content-Type": _, ...headers }: Record<string, string>): Record<string, string> {
  return headers;
}
