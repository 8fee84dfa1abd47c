/** Which pull requests are open and when the others were closed: only those that are asked for, in few requests. */
import { z } from "zod";
import { timeSchema, type PullRequest } from "../core/retention";

/** A read of GitHub's REST API; undefined: 404. */
export type Read = (path: string) => Promise<{ readonly json: unknown } | undefined>;

const pageSize = 100;

const schema = z
  .looseObject({ number: z.int().positive(), closed_at: timeSchema.nullable() })
  .transform(({ number, closed_at: closedAt }): PullRequest => ({ number, closedAt }));

/**
 * Pages from the newest on bring 100 at once, and a number by itself costs one request; before each page it is asked
 * anew which way may cost fewer (issues take numbers too, so pages may go further back). What GitHub doesn't know is
 * left out.
 * @param repository `<owner>/<name>`
 * @param numbers those that are asked for
 */
export async function readPullRequests(
  read: Read,
  repository: string,
  numbers: readonly number[],
): Promise<readonly PullRequest[]> {
  const missing = new Set(numbers);
  const found: PullRequest[] = [];
  const take = (pull: PullRequest): void => {
    if (missing.delete(pull.number)) found.push(pull);
  };
  // Until the first page is there, nobody knows how far back the numbers lie.
  let lowest: number | undefined;
  for (let page = 1; missing.size > 1; page++) {
    const pagesToGo = lowest === undefined ? 0 : (lowest - Math.min(...missing)) / pageSize;
    if (missing.size <= pagesToGo || page > numbers.length) break;
    const query = `state=all&sort=created&direction=desc&per_page=${pageSize}&page=${page}`;
    const pulls = z.array(schema).parse((await read(`repos/${repository}/pulls?${query}`))?.json ?? []);
    pulls.forEach(take);
    if (pulls.length < pageSize) {
      // The last page: what it lacks is no pull request.
      missing.clear();
      break;
    }
    lowest = Math.min(...pulls.map(({ number }) => number));
  }
  for (const number of [...missing]) {
    const answer = await read(`repos/${repository}/pulls/${number}`);
    if (answer !== undefined) take(schema.parse(answer.json));
  }
  return found.sort((one, other) => one.number - other.number);
}
