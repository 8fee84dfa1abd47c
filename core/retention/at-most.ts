/** What a policy could free at most: for those who know a package and nothing of who needs it. */
import type { Inventory } from "./inventory";
import type { Plan } from "./plan-file";
import { plan } from "./plan";
import type { Policy } from "./policy";
import { pullRequestOf } from "./protect";

/**
 * The plan as if nothing had been promoted, no digest were in use, and every pull request had been closed when its
 * tag last moved. For looking at, never for applying: `plan` itself keeps everything while those are not known.
 * Whatever they turn out to be, `plan` deletes nothing that is kept here, other than with a last image, which GitHub
 * would not delete: that may then be another one.
 */
export function planAtMost(inventory: Inventory, policy: Policy, now: Date): Plan {
  const pullRequests = inventory.versions.flatMap(({ tags, updatedAt }) =>
    tags.flatMap((tag) => {
      const number = pullRequestOf(tag);
      return number === undefined ? [] : [{ number, closedAt: updatedAt }];
    }),
  );
  return plan({ ...inventory, pullRequests, promotions: [], inUse: [] }, policy, now);
}
