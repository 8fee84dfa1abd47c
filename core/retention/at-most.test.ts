import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultPolicy, plan, planAtMost, type Inventory, type Plan, type PlannedVersion } from ".";
import { now, policies, registries } from "./testing/arbitrary";
import { daysAgo, deletedNames, digestOf, inventoryOf, lettingGo, today } from "./testing/examples";

/** As if no pull request had been closed before its tag moved last: builds end before that, or shortly after. */
function closedAfterTheirTags(inventory: Inventory): Inventory {
  const moved = new Map(
    inventory.versions.flatMap(({ tags, updatedAt }) => tags.map((tag) => [tag, updatedAt] as const)),
  );
  const later = (one: string, other: string) => (Date.parse(one) > Date.parse(other) ? one : other);
  return {
    ...inventory,
    pullRequests:
      inventory.pullRequests?.map(({ number, closedAt }) => ({
        number,
        closedAt: closedAt === null ? null : later(closedAt, moved.get(`pr-${number}`) ?? closedAt),
      })) ?? null,
  };
}

const digestIn = ({ digest }: PlannedVersion) => digest;

/** Kept, and not for something that only stays because GitHub would refuse to delete the last one. */
function isKept({ versions }: Plan, version: PlannedVersion): boolean {
  let end: PlannedVersion | undefined = version;
  while (end?.reason.kind === "belongs") {
    const { to }: { to: string } = end.reason;
    end = versions.find(({ digest }) => digest === to);
  }
  return end?.action === "keep";
}

describe("what a policy could free at most", () => {
  it("covers all that goes once it is known who needs what", () => {
    fc.assert(
      fc.property(registries({ faulty: true }), policies, (given, policy) => {
        const inventory = closedAfterTheirTags(given);
        const most = planAtMost(inventory, policy, now);
        const stays = new Set(most.versions.filter((version) => isKept(most, version)).map(digestIn));
        for (const { digest } of plan(inventory, policy, now).deletions)
          assert.ok(!stays.has(digest), digest);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is told where nothing is known of promotions, digests in use and pull requests", () => {
    const unknown = { promotions: null, inUse: null, pullRequests: null };
    const package_ = inventoryOf(
      {
        kept: { tags: ["sha-0000001"], age: 3 },
        closed: { tags: ["pr-7"], age: 8 },
        open: { tags: ["pr-8"], age: 6 },
      },
      unknown,
    );
    assert.deepEqual(deletedNames(plan(package_, defaultPolicy(), today)), []);
    assert.deepEqual(deletedNames(planAtMost(package_, defaultPolicy(), today)), ["closed"]);
    assert.equal(deletedNames(planAtMost(package_, defaultPolicy({ pullRequestDays: 3 }), today)).length, 2);
  });

  it("doesn't count what runs by an environment's own tag", () => {
    const package_ = inventoryOf({
      old: { tags: ["sha-0000001"] },
      runs: { tags: ["production", "sha-0000002"] },
    });
    assert.deepEqual(deletedNames(planAtMost(package_, lettingGo(), today)), ["old"]);
  });

  it("looks away from what is known: it is an upper bound, not a plan", () => {
    const inUse = [{ digest: digestOf("old"), by: "a cluster" }];
    const promotions = [{ environment: "production", from: null, to: digestOf("older"), at: daysAgo(1) }];
    const package_ = inventoryOf(
      { old: { tags: ["sha-0000001"] }, older: { tags: ["sha-0000002"] }, new: { tags: ["latest"], age: 0 } },
      { inUse, promotions },
    );
    assert.deepEqual(deletedNames(plan(package_, lettingGo(), today)), []);
    assert.equal(deletedNames(planAtMost(package_, lettingGo(), today)).length, 2);
  });
});
