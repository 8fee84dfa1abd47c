/** Rate limits for each token: headers on every answer; refusals only where the caller asks for a limit. */
import { ApiError } from "./errors";

const window = 3600;
const standardLimit = 5000;

interface Count {
  used: number;
  /** Unix seconds. */
  reset: number;
}

export class RateLimits {
  readonly #counts = new Map<string, Count>();

  /** @param limit requests an hour after which a token is refused; undefined: it never is */
  constructor(private readonly limit: number | undefined) {}

  /**
   * Counts a request and gives the headers for its answer. The reset lies always in the future, by the sandbox's
   * clock and by the machine's: clients wait until then by their own clock, and at a time that has passed they
   * ask again without end.
   * @throws ApiError 403 past the limit
   */
  count(token: string, now: Date, machineNow: Date): Record<string, string> {
    const seconds = Math.floor(Math.max(now.getTime(), machineNow.getTime()) / 1000);
    let count = this.#counts.get(token);
    if (count === undefined || count.reset <= seconds) {
      count = { used: 0, reset: seconds + window };
      this.#counts.set(token, count);
    }
    count.used += 1;
    const limit = this.limit ?? standardLimit;
    const refused = this.limit !== undefined && count.used > limit;
    // A client that reads 0 stops by itself: where nothing is refused, one request is always left.
    const remaining = Math.max(limit - count.used, this.limit === undefined ? 1 : 0);
    const headers = {
      "X-RateLimit-Limit": String(limit),
      "X-RateLimit-Remaining": String(remaining),
      "X-RateLimit-Used": String(limit - remaining),
      "X-RateLimit-Reset": String(count.reset),
      "X-RateLimit-Resource": "core",
    };
    if (refused) throw new ApiError(403, `API rate limit exceeded for ${token}.`, { headers });
    return headers;
  }
}
