/**
 * Requests to GitHub's REST API with answers as JSON: within its limits, page by page, tried again where that can't
 * do a thing twice, and without the token in any message.
 */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import { GitHubLimits, realClock, type Clock, type Method } from "./github-limits";
import { createRedactor } from "./redaction";

export interface GitHubCallsOptions {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  /** One that ends, as an installation's does after an hour, is asked for before each request. */
  readonly token: string | (() => Promise<string>);
  /** Pause between two changes, in milliseconds; GitHub asks for 1000. @default 0 */
  readonly writeDelayMs?: number;
  readonly clock?: Clock;
  readonly onWait?: (milliseconds: number, why: string) => void;
  readonly fetch?: typeof fetch;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
  readonly words: string;
}

/** A change that GitHub would not make: what it answered, in its words, without the token. */
export interface Refusal {
  readonly status: number;
  readonly words: string;
}

const attempts = 4;
/** An hour is the longest limit; a refusal that asks for a longer pause, in milliseconds, is not waited for. */
const longestPause = 3_700_000;

/** All methods throw PlatformError `github-denied`, `github-refused`, `github-limited` and `github-unreachable`. */
export class GitHubCalls {
  private readonly redactor = createRedactor();
  private readonly base: URL;
  private readonly limits: GitHubLimits;
  private readonly fetch: typeof fetch;
  /** When the next change may be sent, in milliseconds since 1970. */
  private nextWrite = 0;

  constructor(private readonly options: GitHubCallsOptions) {
    const { githubUrl, clock = realClock, onWait } = options;
    this.base = new URL(githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
    this.limits = new GitHubLimits(clock, onWait);
    this.fetch = options.fetch ?? fetch;
  }

  /** Undefined: 404, or another status that means that there is nothing. */
  async read<T>(
    path: string,
    schema: z.ZodType<T>,
    absent: readonly number[] = [404],
  ): Promise<T | undefined> {
    const answer = await this.ask("GET", path);
    if (absent.includes(answer.status)) return undefined;
    return schema.parse(this.accepted("GET", path, answer).json);
  }

  /**
   * Every item of a list, which may have any number of pages.
   * @param key where an answer holds its items; undefined: it is the list
   * @throws PlatformError also for 404
   */
  async all<T>(path: string, item: z.ZodType<T>, key?: string): Promise<readonly T[]> {
    const items: T[] = [];
    let next: string | undefined = `${path}${path.includes("?") ? "&" : "?"}per_page=100`;
    while (next !== undefined) {
      const answer: Answer = await this.ask("GET", next);
      const { json } = this.accepted("GET", path, answer);
      const page = key === undefined ? json : (json as Readonly<Record<string, unknown>>)[key];
      items.push(...z.array(item).parse(page));
      next = this.following(answer.headers.get("link"));
    }
    return items;
  }

  /** Sends a change; one that makes something new is sent once, unless GitHub says that it wasn't done. */
  async write<T>(method: "POST" | "PATCH", path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(this.accepted(method, path, await this.ask(method, path, body)).json);
  }

  /** Deletes what is there; what is gone already is no error. */
  async remove(path: string): Promise<void> {
    const answer = await this.ask("DELETE", path);
    if (answer.status !== 404) this.accepted("DELETE", path, answer);
  }

  /** Makes a git object, whose name is its content: making it twice leaves nothing behind that shows. */
  async store<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(this.accepted("POST", path, await this.ask("POST", path, body, true)).json);
  }

  /** As `write`, where being refused (409 or 422) is an answer too. */
  async attempt<T>(
    method: "POST" | "PATCH",
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
  ): Promise<{ readonly done: T } | { readonly refused: Refusal }> {
    const answer = await this.ask(method, path, body);
    if (answer.status === 409 || answer.status === 422)
      return { refused: { status: answer.status, words: answer.words } };
    return { done: schema.parse(this.accepted(method, path, answer).json) };
  }

  /** An answer below 500 that no limit is the reason for. */
  private async ask(method: Method, path: string, body?: unknown, repeatable = false): Promise<Answer> {
    let why = "";
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = await this.send(method, path, body);
      if (typeof answer === "string") why = answer;
      else if (isLimit(answer)) {
        const pause = this.limits.pauseAfter(answer.headers, attempt);
        why = "rate limit";
        if (pause > longestPause) break;
        await this.limits.wait(pause, "GitHub asks to wait");
        continue;
      } else if (answer.status < 500) return answer;
      else why = `status ${answer.status}`;
      if (method === "POST" && !repeatable) break;
      if (attempt < attempts) await this.limits.wait(500 * 2 ** (attempt - 1), `GitHub fails (${why})`);
    }
    const limited = why === "rate limit";
    throw new PlatformError({
      code: limited ? "github-limited" : "github-unreachable",
      where: this.base.host,
      problem: limited ? "GitHub's rate limit doesn't end" : `GitHub's API doesn't answer (${why})`,
      fix: "run it again later: what is there already is found and not made twice",
    });
  }

  /** What was answered; a text where no answer came. */
  private async send(method: Method, path: string, body: unknown): Promise<Answer | string> {
    const token = await this.token();
    if (method !== "GET") await this.turn();
    await this.limits.ready([method]);
    this.limits.sent(method);
    try {
      const response = await this.fetch(new URL(path, this.base), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/vnd.github+json",
          "content-type": "application/json",
          "x-github-api-version": "2022-11-28",
          "user-agent": "ghcr-platform",
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      this.limits.answered(response.headers);
      const json = parsed(text);
      if (response.ok && response.status !== 204 && json === undefined) return "an answer that is no JSON";
      const { status, headers } = response;
      return { status, headers, json, words: this.redactor.redact(wordsOf(json, text)) };
    } catch (error) {
      if (!(error instanceof TypeError) && (error as Error).name !== "TimeoutError") throw error;
      const { cause, message } = error as Error & { cause?: { code?: unknown } };
      return this.redactor.redact(typeof cause?.code === "string" ? cause.code : message);
    }
  }

  private async token(): Promise<string> {
    const { token } = this.options;
    const text = typeof token === "string" ? token : await token();
    this.redactor.add(text);
    return text;
  }

  /** Waits until this change's turn has come. */
  private async turn(): Promise<void> {
    const { writeDelayMs = 0, clock = realClock } = this.options;
    const wait = Math.max(0, this.nextWrite - clock.now());
    this.nextWrite = clock.now() + wait + writeDelayMs;
    if (wait > 0) await clock.pause(wait);
  }

  /** The path of the next page, on the same server only: the token goes nowhere else. */
  private following(link: string | null): string | undefined {
    const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
    if (next === undefined) return undefined;
    const url = new URL(next, this.base);
    return url.origin === this.base.origin ? url.href : undefined;
  }

  /** @throws PlatformError for what is no success */
  private accepted(method: Method, path: string, answer: Answer): Answer {
    if (answer.status < 300) return answer;
    const { status, words } = answer;
    const denied = status === 401 || status === 403 || status === 404;
    throw new PlatformError({
      code: denied ? "github-denied" : "github-refused",
      where: `${method} ${new URL(path, this.base).pathname}`,
      problem: `GitHub refuses (${status}: ${words})`,
      fix: denied
        ? "check that it is there, and that the token has the right for it"
        : "mend what GitHub names; this is a defect of the platform if you gave nothing of it",
    });
  }
}

/** 429, or a 403 that a limit is the reason for; any other 403 is about rights. */
function isLimit({ status, headers, words }: Answer): boolean {
  if (status !== 403) return status === 429;
  return (
    headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0" ||
    /rate.limit|abuse/i.test(words)
  );
}

function wordsOf(json: unknown, text: string): string {
  const message = (json as { message?: unknown } | null | undefined)?.message;
  return (typeof message === "string" ? message : text.trim().replace(/\s+/g, " ")).slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
