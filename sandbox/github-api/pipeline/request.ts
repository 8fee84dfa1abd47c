/** A request as it came in, read whole. */
import type { IncomingMessage } from "node:http";
import { splitPrefix } from "./normalise";

export interface Request {
  readonly method: string;
  /** Raw, without GHES's prefix and without the query. */
  readonly path: string;
  readonly prefix: "/api/v3" | "";
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What goes out. */
export interface Response {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Bytes after which the connection breaks off, by an ordered fault. */
  readonly truncate?: number;
}

/** More than any document of GitHub's API; git's own transport does not come this way. */
const bodyLimit = 64 * 1024 * 1024;

export async function readRequest(message: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error("the request's body is too large");
    chunks.push(chunk);
  }
  const [rawPath = "/", ...query] = (message.url ?? "/").split("?");
  return {
    method: message.method ?? "GET",
    ...splitPrefix(rawPath),
    query: new URLSearchParams(query.join("?")),
    headers: message.headers,
    body: Buffer.concat(chunks),
  };
}
