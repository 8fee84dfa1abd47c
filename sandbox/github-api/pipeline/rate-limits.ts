/** Rate limits for each token: headers on every answer; refusals only where the caller asks for a limit. */
import { ApiError } from "./errors";

const window = 3600;
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

export class RateLimits {
  readonly #counts = new Map<string, Count>();

  /** @param limit requests an hour after which a token is refused; undefined: it never is */
  constructor(private readonly limit: number | undefined) {}

  /**
   * Counts a request. The reset lies always in the future, by the sandbox's clock and by the machine's: clients
   * wait until then by their own clock, and at a time that has passed they ask again without end.
   */
  count(token: string, now: Date, machineNow: Date): RateLimit {
    const seconds = Math.floor(Math.max(now.getTime(), machineNow.getTime()) / 1000);
    let count = this.#counts.get(token);
    if (count === undefined || count.reset <= seconds) {
      count = { used: 0, reset: seconds + window };
      this.#counts.set(token, count);
    }
    count.used += 1;
    const limit = this.limit ?? standardLimit;
    // A client that reads 0 stops by itself: where nothing is refused, one request is always left.
    const remaining = Math.max(limit - count.used, this.limit === undefined ? 1 : 0);
    return { limit, remaining, used: count.used, reset: count.reset };
  }

  /** @throws ApiError 403 past the limit */
  refuse(token: string, { used, limit }: RateLimit): void {
    if (this.limit !== undefined && used > limit)
      throw new ApiError(403, `API rate limit exceeded for ${token}.`);
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
