/**
 * Rate limits for each token: headers on every answer; refusals only where the caller asks for a limit.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import { ApiError } from "./errors";

const window = 3600;
/** Of the secondary limit, in seconds. */
const pointsWindow = 60;
const standardLimit = 5000;

interface Count {
  used: number;
  /** Unix seconds. */
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
}

export class RateLimits {
  readonly #counts = new Map<string, Count>();
  readonly #points = new Map<string, Count>();

  constructor(private limits: Limits) {}

  /** Changes what is refused from now on; what was used is forgotten. */
  set(limits: Limits): void {
    this.limits = limits;
    this.#counts.clear();
    this.#points.clear();
  }

  /**
   * Counts a request. The reset lies always in the future, by the sandbox's clock and by the machine's: clients
   * wait until then by their own clock, and at a time that has passed they ask again without end.
   */
  count(token: string, now: Date, machineNow: Date): RateLimit {
    const { used, reset } = counted(this.#counts, token, 1, window, later(now, machineNow));
    const { requestsPerHour } = this.limits;
    const limit = requestsPerHour ?? standardLimit;
    // A client that reads 0 stops by itself: where nothing is refused, one request is always left.
    const remaining = Math.max(limit - used, requestsPerHour === undefined ? 1 : 0);
    return { limit, remaining, used, reset };
  }

  /** @throws ApiError 403 past the limit */
  refuse(token: string, { used, limit }: RateLimit): void {
    if (this.limits.requestsPerHour !== undefined && used > limit)
      throw new ApiError(403, `API rate limit exceeded for ${token}.`);
  }

  /**
   * Takes a request's points, also where it is refused.
   * @throws ApiError 403 with Retry-After past the secondary limit
   */
  spend(token: string, method: string, now: Date, machineNow: Date): void {
    const { pointsPerMinute } = this.limits;
    if (pointsPerMinute === undefined) return;
    const points = method === "GET" || method === "HEAD" || method === "OPTIONS" ? 1 : 5;
    const seconds = later(now, machineNow);
    const { used, reset } = counted(this.#points, token, points, pointsWindow, seconds);
    if (used <= pointsPerMinute) return;
    throw new ApiError(
      403,
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
      { headers: { "Retry-After": String(reset - seconds) } },
    );
  }
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

/** Unix seconds. */
function later(now: Date, machineNow: Date): number {
  return Math.floor(Math.max(now.getTime(), machineNow.getTime()) / 1000);
}

function counted(
  counts: Map<string, Count>,
  token: string,
  cost: number,
  length: number,
  seconds: number,
): Count {
  let count = counts.get(token);
  if (count === undefined || count.reset <= seconds) {
    count = { used: 0, reset: seconds + length };
    counts.set(token, count);
  }
  count.used += cost;
  return count;
}
