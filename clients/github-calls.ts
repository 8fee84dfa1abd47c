/**
 * Requests to GitHub's REST API with answers as JSON: within its limits, page by page, tried again where that can't
 * do a thing twice, and without the token in any message.
 */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import { GitHubLimits, realClock, type Clock, type Method } from "./github-limits";
import { GitHubRequests, type Answer, type RequestOptions } from "./github-requests";

export interface GitHubCallsOptions extends Pick<RequestOptions, "githubUrl" | "token" | "fetch"> {
  /** Pause between two changes, in milliseconds; GitHub asks for 1000. @default 0 */
  readonly writeDelayMs?: number;
  readonly clock?: Clock;
  readonly onWait?: (milliseconds: number, why: string) => void;
}

/** A change that GitHub would not make: what it answered, in its words, without the token. */
export interface Refusal {
  readonly status: number;
  readonly words: string;
}

/** All methods throw PlatformError `github-denied`, `github-refused`, `github-limited` and `github-unreachable`. */
export class GitHubCalls {
  private readonly requests: GitHubRequests;
  /** When the next change may be sent, in milliseconds since 1970. */
  private nextWrite = 0;

  constructor(private readonly options: GitHubCallsOptions) {
    const { clock = realClock, onWait } = options;
    const whenLost = "run it again later: what is there already is found and not made twice";
    this.requests = new GitHubRequests({ ...options, whenLost }, new GitHubLimits(clock, onWait));
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
  private ask(method: Method, path: string, body?: unknown, repeatable = method !== "POST"): Promise<Answer> {
    return this.requests.settled(async () => {
      if (method !== "GET") await this.turn();
      return this.requests.send(method, path, body);
    }, repeatable);
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
    const url = new URL(next, this.requests.base);
    return url.origin === this.requests.base.origin ? url.href : undefined;
  }

  /** @throws PlatformError for what is no success */
  private accepted(method: Method, path: string, answer: Answer): Answer {
    if (answer.status < 300) return answer;
    const { status, words } = answer;
    const denied = status === 401 || status === 403 || status === 404;
    throw new PlatformError({
      code: denied ? "github-denied" : "github-refused",
      where: `${method} ${new URL(path, this.requests.base).pathname}`,
      problem: `GitHub refuses (${status}: ${words})`,
      fix: denied
        ? "check that it is there, and that the token has the right for it"
        : "mend what GitHub names; this is a defect of the platform if you gave nothing of it",
    });
  }
}
