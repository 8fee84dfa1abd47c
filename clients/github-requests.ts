/**
 * Requests to GitHub's REST API: sent within its limits, asked again where that may help, and every answer without the
 * token in its words.
 */
import { PlatformError } from "../core/errors";
import { parseJson } from "../core/json";
import type { AnswerCache, KeptAnswer } from "./answer-cache";
import type { GitHubLimits, Method } from "./github-limits";
import { createRedactor } from "./redaction";

export interface RequestOptions {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  /** One that ends, as an installation's does after an hour, is asked for before each request. */
  readonly token: string | (() => Promise<string>);
  readonly fetch?: typeof fetch;
  /** Answers of former runs: what has not changed costs nothing of the hourly limit. @default none */
  readonly answers?: AnswerCache;
  /** What a person does where GitHub doesn't answer. */
  readonly whenLost: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where it is no JSON. */
  readonly json: unknown;
  /** What it says, for people; the token isn't in it. */
  readonly words: string;
  /** Whether a limit is the reason for it; any other 403 is about rights. */
  readonly limited: boolean;
}

/** No answer came, or not all of it: whether it was done nobody knows. */
export interface Lost {
  readonly lost: string;
}

/** A request is sent so often in all, where that may help. */
export const attempts = 5;
/** An hour is the longest limit; a refusal that asks for a longer pause, in milliseconds, is not waited for. */
const longestPause = 3_700_000;

export class GitHubRequests {
  /** How many were sent. */
  count = 0;
  readonly base: URL;
  /** Refusals for a limit since the last success: the pause grows with them. */
  private refusals = 0;
  private readonly redactor = createRedactor();
  private readonly fetch: typeof fetch;

  constructor(
    private readonly options: RequestOptions,
    private readonly limits: GitHubLimits,
  ) {
    const { githubUrl } = options;
    this.base = new URL(githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
    this.fetch = options.fetch ?? fetch;
  }

  /** Sends it once, when the limits let it. */
  async send(method: Method, path: string, body?: unknown): Promise<Answer | Lost> {
    const token = await this.token();
    await this.limits.ready([method]);
    this.limits.sent(method);
    this.count++;
    const url = new URL(path, this.base);
    const { answers } = this.options;
    const kept = method === "GET" ? answers?.get(url.href) : undefined;
    try {
      const response = await this.fetch(url, {
        method,
        headers: {
          ...githubHeaders(token, body),
          ...(kept === undefined ? {} : { "if-none-match": kept.etag }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      const { status, headers } = response;
      this.limits.answered(headers);
      if (status < 300 || status === 304) this.refusals = 0;
      if (status === 304 && kept !== undefined) return unchanged(headers, kept);
      const json = parseJson(text);
      // A body that breaks off is an answer that was lost.
      if (response.ok && status !== 204 && json === undefined) return { lost: "an answer that is no JSON" };
      const etag = headers.get("etag");
      if (method === "GET" && status === 200 && etag !== null)
        answers?.put(url.href, { etag, link: headers.get("link"), text });
      const words = this.redactor.redact(wordsOf(json, text)).slice(0, 300);
      return { status, headers, json, words, limited: isLimit(response, text) };
    } catch (error) {
      if (!isNetworkFailure(error)) throw error;
      return { lost: this.redactor.redact(reasonOf(error)) };
    }
  }

  /**
   * Sends it until there is an answer below 500 that no limit is the reason for.
   * @param repeatable whether it may be sent again where it may have been done
   * @throws PlatformError `github-limited` and `github-unreachable`
   */
  async settled(send: () => Promise<Answer | Lost>, repeatable: boolean): Promise<Answer> {
    let why = "";
    let limited = false;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = await send();
      limited = "limited" in answer && answer.limited;
      if ("status" in answer && !limited && answer.status < 500) return answer;
      why = "lost" in answer ? answer.lost : `status ${answer.status}`;
      const pause = "limited" in answer && limited ? this.pauseAfter(answer) : backoff(attempt);
      if (attempt === attempts || pause > longestPause || !(limited || repeatable)) break;
      await this.limits.wait(pause, limited ? "GitHub asks to wait" : `GitHub fails (${why})`);
    }
    throw new PlatformError({
      code: limited ? "github-limited" : "github-unreachable",
      where: this.base.host,
      problem: limited ? "GitHub's rate limit doesn't end" : `GitHub's API doesn't answer (${why})`,
      fix: this.options.whenLost,
    });
  }

  /** How long to wait after an answer that a limit is the reason for, in milliseconds. */
  pauseAfter({ headers }: Answer): number {
    return this.limits.pauseAfter(headers, ++this.refusals);
  }

  private async token(): Promise<string> {
    const { token } = this.options;
    const text = typeof token === "string" ? token : await token();
    this.redactor.add(text);
    return text;
  }
}

/** What every request to GitHub's REST API carries. */
export function githubHeaders(token: string, body: unknown): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "ghcr-platform",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
}

/** From half a second, doubled each time. */
export function backoff(attempt: number): number {
  return 500 * 2 ** (attempt - 1);
}

/** What GitHub says is still so. */
function unchanged(said: Headers, { link, text }: KeptAnswer): Answer {
  const headers = new Headers(said);
  if (link !== null) headers.set("link", link);
  return { status: 200, headers, json: parseJson(text), words: "", limited: false };
}

/** 429, or a 403 that a limit is the reason for. */
function isLimit({ status, headers }: Response, text: string): boolean {
  if (status !== 403) return status === 429;
  return (
    headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0" ||
    /rate.limit|abuse/i.test(text)
  );
}

function wordsOf(json: unknown, text: string): string {
  const message = (json as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : text.trim().replace(/\s+/g, " ");
}

function isNetworkFailure(error: unknown): error is Error {
  // fetch: TypeError with a cause, or "terminated"; AbortSignal.timeout: TimeoutError.
  return error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
}

function reasonOf({ cause, message }: Error & { cause?: unknown }): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : message;
}
