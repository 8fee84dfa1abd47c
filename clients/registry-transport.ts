/**
 * HTTP to one registry: sign-in, retries, timeouts, redirects and bounded bodies, for `registry.ts`.
 * Plain http goes to this machine only; nothing that was not asked for is sent with credentials.
 */
import pRetry from "p-retry";
import { isLoopbackHost } from "../core/names";
import { createRedactor } from "./redaction";
import { createSignIn, type Actions } from "./registry-auth";
import type { Credentials } from "./credentials";
import { denied, RegistryError, unreachable } from "./registry-error";

export interface TransportOptions {
  /** Asked at most once, when the registry wants a sign-in. */
  readonly credentials?: () => Promise<Credentials | undefined> | Credentials | undefined;
  /** Signs in for writing at once, where it is known that something will be written. @default false */
  readonly pushes?: boolean;
  /** How often a call is tried again after 429, 5xx and network failures. Default 4. */
  readonly retries?: number;
  /** Pause before the first retry in milliseconds, doubled each time. Default 300. */
  readonly retryPauseMs?: number;
  /** Longest a single attempt may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** Waits for as many milliseconds as the registry asks for. Default: the real time. */
  readonly pause?: (ms: number) => Promise<void>;
}

export interface Call {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly repository: string;
  /** Path and query below the registry's address, e.g. `/v2/albeorla/todost/tags/list?n=100`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Longest body that is read, in bytes. */
  readonly limit: number;
  /** Longest a single attempt may take, in milliseconds. Default: the transport's. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export interface Transport {
  /**
   * The answer with a status below 300.
   * @throws RegistryError for any other; PlatformError `registry-denied` and `registry-unreachable`
   */
  send(call: Call): Promise<Answer>;
}

const MAX_REDIRECTS = 3;
/** A registry that asks for a longer pause than this, in milliseconds, is not waited for. */
const MAX_RETRY_AFTER_MS = 60_000;
const RETRIED_STATUS = new Set([408, 429, 500, 502, 503, 504]);
/** Nobody listens there, or nobody is there: asking again makes a person wait for the same answer. */
const FINAL_NETWORK_CODES = new Set(["ECONNREFUSED", "ENOTFOUND", "ERR_TLS_CERT_ALTNAME_INVALID"]);

/** @param host registry host with its port, e.g. `ghcr.io` or `127.0.0.1:18481` */
export function createTransport(host: string, options: TransportOptions): Transport {
  const base = new URL(`${isLoopbackHost(host) ? "http" : "https"}://${host}`);
  const redactor = createRedactor();
  const http = createHttp(redactor.redact, options);
  const signIn = createSignIn({ redactor, credentials: options.credentials, http });

  const actionsOf = ({ method }: Call): Actions =>
    options.pushes === true ? "pull,push" : actionsFor(method);

  async function authorized(call: Call): Promise<Answer> {
    const actions = actionsOf(call);
    const url = new URL(call.path, base);
    const request = { ...call, url };
    const first = await http(request, signIn.known(call.repository, actions));
    if (first.status !== 401) return first;
    const header = await signIn.answer(first.headers.get("www-authenticate"), call.repository, actions);
    return header === undefined ? first : http(request, header);
  }

  return {
    async send(call) {
      const request = `${call.method} ${call.path.split("?")[0]}`;
      const answer = await authorized(call).catch((error: unknown) => {
        throw isNetworkFailure(error) ? unreachable(host, networkReason(error), error) : error;
      });
      if (answer.status < 300) return answer;
      const actions = actionsOf(call);
      if (answer.status === 401 || answer.status === 403) {
        throw denied(host, call.repository, actions, await signIn.hasCredentials());
      }
      throw registryError(request, answer, redactor.redact);
    },
  };
}

/** What a call needs a token for; only uploads are posted and given up here. */
function actionsFor(method: Call["method"]): Actions {
  return method === "GET" || method === "HEAD" ? "pull" : "pull,push";
}

/** One request with retries and redirects, without sign-in. The answer may have any status. */
export type Http = (
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
    readonly limit: number;
    readonly timeoutMs?: number;
  },
  authorization: string | undefined,
) => Promise<Answer>;

function createHttp(redact: (text: string) => string, options: TransportOptions): Http {
  const { retries = 4, retryPauseMs = 300, timeoutMs = 30_000, userAgent = "ghcr-platform" } = options;
  const pause = options.pause ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const worthwhile = (error: unknown) =>
    error instanceof TryAgain ? error.pauseMs <= MAX_RETRY_AFTER_MS : isPassing(error);

  return (request, authorization) =>
    pRetry(
      async () => {
        const answer = await attempt(request, authorization);
        if (RETRIED_STATUS.has(answer.status)) throw new TryAgain(answer);
        return answer;
      },
      {
        retries,
        minTimeout: retryPauseMs,
        shouldRetry: worthwhile,
        // Also called for a failure that is not tried again.
        onFailedAttempt: async (error) => {
          if (error.retriesLeft > 0 && error instanceof TryAgain && worthwhile(error))
            await pause(error.pauseMs);
        },
      },
    ).catch((error: unknown) => {
      // Out of retries: the registry's last answer says more than a count of attempts.
      if (error instanceof TryAgain) return error.answer;
      throw error;
    });

  async function attempt(...[request, authorization]: Parameters<Http>): Promise<Answer> {
    const signal = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
    let url = request.url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const sameOrigin = url.origin === request.url.origin;
      const response = await fetch(url, {
        method: request.method,
        headers: {
          "user-agent": userAgent,
          ...request.headers,
          // A blob's storage is another host with a signature in its address; our token is none of its business.
          ...(authorization !== undefined && sameOrigin ? { authorization } : {}),
        },
        ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
        redirect: "manual",
        signal,
      });
      const location = response.headers.get("location");
      if (
        location === null ||
        ![301, 302, 303, 307, 308].includes(response.status) ||
        request.method === "PUT" ||
        request.method === "POST"
      ) {
        const bytes = await readBody(response, request.limit, redact(describe(request)));
        return { status: response.status, headers: response.headers, bytes };
      }
      await response.body?.cancel();
      url = new URL(location, url);
      requireSafe(url, describe(request));
    }
    throw new RegistryError(describe(request), 0, "TOO_MANY_REDIRECTS", `more than ${MAX_REDIRECTS}`);
  }
}

/** @throws RegistryError for an address to which nothing may be sent in the clear */
export function requireSafe(url: URL, request: string): void {
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.host))) return;
  throw new RegistryError(request, 0, "INSECURE_ADDRESS", `refers to ${url.protocol}//${url.host}`);
}

class TryAgain extends Error {
  readonly pauseMs: number;

  constructor(readonly answer: Answer) {
    super(`status ${answer.status}`);
    this.pauseMs = retryAfterMs(answer.headers.get("retry-after"), Date.now());
  }
}

async function readBody(response: Response, limit: number, request: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return new Uint8Array();
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit) throw new RegistryError(request, 0, "BODY_TOO_LARGE", `more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const at = /^\d+$/.test(header.trim()) ? now + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

function registryError(request: string, answer: Answer, redact: (text: string) => string): RegistryError {
  const { code, message } = firstError(answer.bytes);
  return new RegistryError(request, answer.status, code ?? "UNKNOWN", redact(message).slice(0, 300));
}

/** `{"errors": [{"code", "message"}]}`, or the start of whatever else a proxy on the way says. */
function firstError(bytes: Uint8Array): { code?: string; message: string } {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    const [error] = (JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] }).errors ?? [];
    if (typeof error?.code === "string") return { code: error.code, message: String(error.message ?? "") };
  } catch {
    // Not JSON.
  }
  return { message: text.trim().replace(/\s+/g, " ") };
}

function describe(request: { readonly method: string; readonly url: URL }): string {
  return `${request.method} ${request.url.pathname}`;
}

/** A failure of the network that another attempt may not meet. */
function isPassing(error: unknown): boolean {
  return isNetworkFailure(error) && !FINAL_NETWORK_CODES.has(networkReason(error));
}

function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof RegistryError) return false;
  // fetch: TypeError with a cause that has a code; a body that breaks off: TypeError "terminated".
  return error.name === "TimeoutError" || (error instanceof TypeError && networkReason(error) !== "");
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.name === "TimeoutError") return "no answer in time";
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
  if (typeof cause?.code === "string") return cause.code;
  return error.message === "terminated" || error.message === "fetch failed" ? error.message : "";
}
