/** What goes out, and ghcr.io's refusals in the form of the distribution specification 1.1, "Error codes". */
import type { Readable } from "node:stream";

export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | Readable;
  /** The manifest that was read, where one was: it counts as a download. */
  readonly downloaded?: string;
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Outcome {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { "content-type": "application/json", ...headers, "content-length": String(body.length) },
    body,
  };
}

export function refusal(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Outcome {
  return json(status, { errors: [{ code, message }] }, headers);
}

export const denied = (message = "denied"): Outcome => refusal(403, "DENIED", message);
export const unsupported = (): Outcome => refusal(405, "UNSUPPORTED", "The operation is unsupported.");
export const manifestUnknown = (message = "manifest unknown"): Outcome =>
  refusal(404, "MANIFEST_UNKNOWN", message);

/** As for every address that ghcr.io doesn't have, among them the referrers API's. */
export function noSuchPage(): Outcome {
  const body = Buffer.from("404 page not found\n");
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) };
  return { status: 404, headers, body };
}
