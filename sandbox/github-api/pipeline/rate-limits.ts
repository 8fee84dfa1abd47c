/**
 * Rate limits for each token: headers on every answer; refusals only where the caller asks for a limit.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import { ApiError } from "./errors";

const hour = 3600;
const minute = 60;
const standardLimit = 5000;
const secondaryLimits =
  "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";

interface Count {
  used: number;
  /** Unix seconds, with a fraction. */
  reset: number;
}

/** As `GET /rate_limit` shows it. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly used: number;
  /** Unix seconds. */
  readonly reset: number;
}

/** What is refused; whatever is left out never is. */
export interface Limits {
  /** GitHub's primary limit: 5,000; 1,000 for GITHUB_TOKEN. */
  readonly requestsPerHour?: number | undefined;
  /** A secondary limit: GitHub's is 900, of which a read takes 1 and a write 5. */
  readonly pointsPerMinute?: number | undefined;
  /**
   * Secondary limits of requests that create content: GitHub's are 80 and 500. GitHub doesn't say which requests
   * those are; here they are all POST, PUT and PATCH requests, which is the most that they can be.
   */
  readonly contentPerMinute?: number | undefined;
  readonly contentPerHour?: number | undefined;
  /**
   * So many times as fast do these limits' minutes and hours pass, so that a client that really waits needn't wait
   * as long: at 60 an hour's limit starts anew every minute. Retry-After is in whole real seconds. @default 1
   */
  readonly speed?: number | undefined;
}

/** One limit's counts by token. */
class Window {
  readonly #counts = new Map<string, Count>();

  constructor(private readonly length: number) {}

  take(token: string, cost: number, seconds: number): Count {
    let count = this.#counts.get(token);
    if (count === undefined || count.reset <= seconds) {
      count = { used: 0, reset: seconds + this.length };
      this.#counts.set(token, count);
    }
    count.used += cost;
    return count;
  }
}

export class RateLimits {
  #requests = new Window(hour);
  #points = new Window(minute);
  #contentMinute = new Window(minute);
  #contentHour = new Window(hour);

  constructor(private limits: Limits) {
    this.set(limits);
  }

  /** Changes what is refused from now on; what was used is forgotten. */
  set(limits: Limits): void {
    const { speed = 1 } = limits;
    this.limits = limits;
    this.#requests = new Window(hour / speed);
    this.#points = new Window(minute / speed);
    this.#contentMinute = new Window(minute / speed);
    this.#contentHour = new Window(hour / speed);
  }

  /**
   * Counts a request, or looks without counting one. The reset lies always in the future, by the sandbox's clock and
   * by the machine's: clients wait until then by their own clock, and at a time that has passed they ask again
   * without end.
   */
  count(token: string, now: Date, machineNow: Date, cost: 0 | 1 | -1 = 1): RateLimit {
    const { used, reset } = this.#requests.take(token, cost, later(now, machineNow));
    const { requestsPerHour } = this.limits;
    const limit = requestsPerHour ?? standardLimit;
    // A client that reads 0 stops by itself: where nothing is refused, one request is always left.
    const remaining = Math.max(limit - used, requestsPerHour === undefined ? 1 : 0);
    return { limit, remaining, used, reset: Math.ceil(reset) };
  }

  /** @throws ApiError 403 past the limit */
  refuse(token: string, { used, limit }: RateLimit): void {
    if (this.limits.requestsPerHour !== undefined && used > limit)
      throw new ApiError(403, `API rate limit exceeded for ${token}.`);
  }

  /**
   * Takes what a request costs of the secondary limits, also where it is refused.
   * @throws ApiError 403 with Retry-After past one of them
   */
  spend(token: string, method: string, now: Date, machineNow: Date): void {
    const { pointsPerMinute, contentPerMinute, contentPerHour } = this.limits;
    const seconds = later(now, machineNow);
    const reads = method === "GET" || method === "HEAD" || method === "OPTIONS";
    hold(pointsPerMinute, this.#points.take(token, reads ? 1 : 5, seconds), seconds);
    if (reads || method === "DELETE") return;
    hold(contentPerMinute, this.#contentMinute.take(token, 1, seconds), seconds);
    hold(contentPerHour, this.#contentHour.take(token, 1, seconds), seconds);
  }
}

function hold(limit: number | undefined, { used, reset }: Count, seconds: number): void {
  if (limit === undefined || used <= limit) return;
  throw new ApiError(
    403,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    {
      headers: { "Retry-After": String(Math.max(1, Math.ceil(reset - seconds))) },
      documentationUrl: secondaryLimits,
    },
  );
}

export function rateLimitHeaders({ limit, remaining, used, reset }: RateLimit): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": String(remaining),
    "X-RateLimit-Used": String(used),
    "X-RateLimit-Reset": String(reset),
    "X-RateLimit-Resource": "core",
  };
}

/** Unix seconds, with a fraction. */
function later(now: Date, machineNow: Date): number {
  return Math.max(now.getTime(), machineNow.getTime()) / 1000;
}
