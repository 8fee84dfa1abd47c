/**
 * Requests to GitHub Packages: within the limits, read again where that may help, with every answer as a type, and
 * without the token in any message.
 */
import { PlatformError } from "../core/errors";
import type { AnswerCache, KeptAnswer } from "./answer-cache";
import type { GitHubLimits, Method } from "./github-limits";
import { createRedactor } from "./redaction";

export interface CallOptions {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  readonly token: string;
  readonly owner: string;
  readonly name: string;
  readonly fetch?: typeof fetch;
  /** Answers of former runs: what has not changed costs nothing of the hourly limit. @default none */
  readonly answers?: AnswerCache;
}

/** What became of a deletion or a restoration that was sent once. */
export type Deed =
  | { readonly outcome: "done" }
  /** 404: nothing there to do it to, or no right to do it; a read tells them apart. */
  | { readonly outcome: "not-found" }
  /** Refused for good, with GitHub's words. */
  | { readonly outcome: "refused"; readonly words: string }
  /** 401 or 403: the token may not. */
  | { readonly outcome: "denied"; readonly words: string }
  /** Not done because of a rate limit; pause so many milliseconds. */
  | { readonly outcome: "limited"; readonly pause: number }
  /** Done or not: the answer was lost, or GitHub failed. */
  | { readonly outcome: "unsure"; readonly why: string };

const attempts = 5;
/** A refusal that asks for a longer pause, in milliseconds, is not waited for: an hour is the longest limit. */
const longestPause = 3_700_000;

type Answer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Headers;
      readonly json: unknown;
      readonly text: string;
    }
  | { readonly kind: "lost"; readonly why: string };

/** Requests of one package, within the limits. */
export class PackageCalls {
  count = 0;
  /** Refusals for a limit since the last success: the pause grows with them. */
  private refusals = 0;
  private readonly redactor = createRedactor();
  private readonly base: URL;
  private readonly fetch: typeof fetch;

  constructor(
    private readonly options: CallOptions,
    private readonly limits: GitHubLimits,
  ) {
    const { githubUrl, token } = options;
    this.redactor.add(token);
    this.base = new URL(githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
    this.fetch = options.fetch ?? fetch;
  }

  /** A read, tried again where that may help; undefined: 404. */
  async read(path: string): Promise<{ readonly json: unknown; readonly headers: Headers } | undefined> {
    let why = "";
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = await this.send("GET", path);
      if (answer.kind === "lost") why = answer.why;
      else if (answer.status === 200) return answer;
      else if (answer.status === 404) return undefined;
      else if (isLimit(answer)) {
        const pause = this.pauseAfter(answer);
        if (pause > longestPause) break;
        why = "rate limit";
        await this.limits.wait(pause, "GitHub asks to wait");
        continue;
      } else if (answer.status < 500) throw this.denied(answer.status, wordsOf(answer));
      else why = `status ${answer.status}`;
      if (attempt < attempts) await this.limits.wait(backoff(attempt), `GitHub fails (${why})`);
    }
    throw this.failed(why);
  }

  async deed(method: "DELETE" | "POST", path: string): Promise<Deed> {
    const answer = await this.send(method, path);
    if (answer.kind === "lost") return { outcome: "unsure", why: answer.why };
    const { status } = answer;
    if (status < 300) return { outcome: "done" };
    if (isLimit(answer)) return { outcome: "limited", pause: this.pauseAfter(answer) };
    if (status === 404) return { outcome: "not-found" };
    if (status === 401 || status === 403)
      return { outcome: "denied", words: this.redactor.redact(wordsOf(answer)) };
    if (status >= 500 || status === 408) return { outcome: "unsure", why: `status ${status}` };
    return { outcome: "refused", words: this.redactor.redact(wordsOf(answer)) };
  }

  private async send(method: Method, path: string): Promise<Answer> {
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
          authorization: `Bearer ${this.options.token}`,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
          "user-agent": "ghcr-platform",
          ...(kept === undefined ? {} : { "if-none-match": kept.etag }),
        },
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      this.limits.answered(response.headers);
      if (response.status < 300 || response.status === 304) this.refusals = 0;
      const { status, headers } = response;
      if (status === 304 && kept !== undefined) return unchanged(headers, kept);
      const json = parsed(text);
      // A body that breaks off is an answer that was lost.
      if (status === 200 && json === undefined) return { kind: "lost", why: "an answer that is no JSON" };
      const etag = headers.get("etag");
      if (method === "GET" && status === 200 && etag !== null)
        answers?.put(url.href, { etag, link: headers.get("link"), text });
      return { kind: "answer", status, headers, json, text };
    } catch (error) {
      if (!isNetworkFailure(error)) throw error;
      return { kind: "lost", why: this.redactor.redact(reasonOf(error)) };
    }
  }

  private pauseAfter({ headers }: Answer & { kind: "answer" }): number {
    return this.limits.pauseAfter(headers, ++this.refusals);
  }

  private denied(status: number, words: string): PlatformError {
    return new PlatformError({
      code: "github-denied",
      where: `${this.options.owner}/${this.options.name}`,
      problem: `GitHub refuses to show it (${status}: ${this.redactor.redact(words)})`,
      fix: "use a classic token or a workflow's GITHUB_TOKEN with read:packages; fine-grained tokens don't do",
    });
  }

  private failed(why: string): PlatformError {
    const limited = why === "rate limit";
    return new PlatformError({
      code: limited ? "github-limited" : "github-unreachable",
      where: this.base.host,
      problem: limited ? "GitHub's rate limit doesn't end" : `GitHub's API doesn't answer (${why})`,
      fix: "run it again later; everything that was done is recorded",
    });
  }
}

/** What GitHub says is still so. */
function unchanged(said: Headers, { link, text }: KeptAnswer): Answer {
  const headers = new Headers(said);
  if (link !== null) headers.set("link", link);
  return { kind: "answer", status: 200, headers, json: parsed(text), text };
}

/** 429, or a 403 that a limit is the reason for; any other 403 is about rights. */
function isLimit({ status, headers, text }: Answer & { kind: "answer" }): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0" ||
    /rate.limit|abuse/i.test(text)
  );
}

/** From half a second, doubled each time. */
export function backoff(attempt: number): number {
  return 500 * 2 ** (attempt - 1);
}

function wordsOf({ json, text }: Answer & { kind: "answer" }): string {
  const message =
    typeof json === "object" && json !== null ? (json as { message?: unknown }).message : undefined;
  return (typeof message === "string" ? message : text.trim().replace(/\s+/g, " ")).slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNetworkFailure(error: unknown): boolean {
  // fetch: TypeError with a cause, or "terminated"; AbortSignal.timeout: TimeoutError.
  return error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : message;
}
