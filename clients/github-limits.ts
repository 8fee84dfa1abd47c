/**
 * GitHub's limits kept by construction: a call waits until it fits, instead of being sent and refused.
 *
 * GitHub Docs, "Rate limits for the REST API": an hourly number of requests that the answers' headers tell, and 900
 * points a minute, where a read costs 1 and a write 5. After a refusal: `Retry-After`, else the hour's reset where
 * nothing remains, else a minute, longer each time.
 */
import type { Hour } from "../core/engine";
import { PlatformError } from "../core/errors";

/** Time as a client sees it, so that tests needn't wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * A clock for whoever can go without an answer: pauses longer than this are refused, and all of them end with the
 * signal.
 */
export function impatientClock(longestMs: number, signal: AbortSignal, clock: Clock = realClock): Clock {
  return {
    now: () => clock.now(),
    async pause(milliseconds) {
      if (milliseconds > longestMs || signal.aborted) throw noPatience(milliseconds);
      await new Promise<void>((resolve, reject) => {
        const stop = () => reject(noPatience(milliseconds));
        signal.addEventListener("abort", stop, { once: true });
        clock.pause(milliseconds).then(() => {
          signal.removeEventListener("abort", stop);
          resolve();
        }, reject);
      });
    },
  };
}

function noPatience(milliseconds: number): PlatformError {
  return new PlatformError({
    code: "github-limited",
    where: "GitHub's API",
    problem: `asks to wait ${Math.ceil(milliseconds / 1_000)} s`,
    fix: "run it again later",
  });
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

const window = 60_000;
const pointsPerWindow = 900;
/** The clocks of GitHub and of this machine may differ by so much, in milliseconds. */
const margin = 1_000;

export function pointsOf(methods: readonly Method[]): number {
  return methods.reduce((sum, method) => sum + (method === "GET" ? 1 : 5), 0);
}

export class GitHubLimits {
  private spent: { readonly at: number; readonly points: number }[] = [];
  /** Undefined: GitHub hasn't said, or the hour is over. */
  private hour: Hour | undefined;

  constructor(
    private readonly clock: Clock,
    /** Told before every wait that is longer than a second. */
    private readonly onWait: (milliseconds: number, why: string) => void = () => {},
  ) {}

  /** Waits until all of these calls fit, so that none of them waits if they are sent next, one after the other. */
  async ready(methods: readonly Method[]): Promise<void> {
    for (;;) {
      const wait = Math.max(this.untilPoints(pointsOf(methods)), this.untilHour(methods.length));
      if (wait === 0) return;
      await this.wait(wait, "GitHub's rate limit");
    }
  }

  async wait(milliseconds: number, why: string): Promise<void> {
    if (milliseconds >= 1_000) this.onWait(milliseconds, why);
    await this.clock.pause(milliseconds);
  }

  sent(method: Method): void {
    this.spent.push({ at: this.clock.now(), points: pointsOf([method]) });
    if (this.hour !== undefined)
      this.hour = { ...this.hour, remaining: Math.max(0, this.hour.remaining - 1) };
  }

  answered(headers: Headers): void {
    const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) =>
      wholeNumber(headers.get(`x-ratelimit-${name}`)),
    );
    if (limit === undefined || remaining === undefined || reset === undefined) return;
    this.hour = { limit, remaining, resetsAt: reset * 1_000 };
  }

  /**
   * How long to wait after a refusal, in milliseconds, at least a second.
   * @param attempt how many refusals there were in a row, from 1
   */
  pauseAfter(headers: Headers, attempt: number): number {
    const asked = retryAfter(headers.get("retry-after"), this.clock.now());
    if (asked !== undefined) return Math.max(1_000, asked);
    const reset = wholeNumber(headers.get("x-ratelimit-reset"));
    if (headers.get("x-ratelimit-remaining") === "0" && reset !== undefined)
      return Math.max(1_000, reset * 1_000 - this.clock.now() + margin);
    return window * 2 ** Math.min(attempt - 1, 4);
  }

  /** How long so many rounds of these calls take at least, in milliseconds, as far as the limits decide. */
  expect(rounds: number, methods: readonly Method[]): number {
    const perWindow = Math.floor(pointsPerWindow / pointsOf(methods));
    const byPoints = Math.floor(Math.max(0, rounds - 1) / perWindow) * window;
    const hour = this.currentHour();
    if (hour === undefined) return byPoints;
    const beyond = rounds * methods.length - hour.remaining;
    if (beyond <= 0) return byPoints;
    const moreHours = Math.ceil(beyond / Math.max(1, hour.limit)) - 1;
    return Math.max(byPoints, hour.resetsAt - this.clock.now() + moreHours * 3_600_000);
  }

  private currentHour(): Hour | undefined {
    if (this.hour !== undefined && this.hour.resetsAt + margin <= this.clock.now()) this.hour = undefined;
    return this.hour;
  }

  private untilHour(requests: number): number {
    const hour = this.currentHour();
    if (hour === undefined || hour.remaining >= Math.min(requests, hour.limit)) return 0;
    return hour.resetsAt + margin - this.clock.now();
  }

  private untilPoints(points: number): number {
    const now = this.clock.now();
    this.spent = this.spent.filter(({ at }) => at > now - window - margin);
    let excess = this.spent.reduce((sum, each) => sum + each.points, points) - pointsPerWindow;
    for (const each of this.spent) {
      if (excess <= 0) return 0;
      excess -= each.points;
      if (excess <= 0) return each.at + window + margin - now;
    }
    return 0;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now; undefined: absent or neither. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const at = /^\s*\d+\s*$/.test(header) ? now + Number(header) * 1_000 : Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
