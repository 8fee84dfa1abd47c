import assert from "node:assert/strict";
import fc from "fast-check";
import { contentPerHour, forecast, needOf, type Hour, type Pace } from "./index";

const repository = "github:index/repository:Repository";
const hourMs = 3_600_000;
const slow: Pace = { writeDelayMs: 1_000, parallelRequests: false };
const hourOf = (remaining: number, inMs = 60_000): Hour => ({ limit: 5_000, remaining, resetsAt: inMs });

describe("what an update asks of GitHub", () => {
  it("is nothing for what stays, for components, and for what is not on GitHub", () => {
    const steps = [
      { operation: "same", type: repository },
      { operation: "read", type: repository },
      { operation: "create", type: "ghcr-platform:index:ContainerService" },
      { operation: "create", type: "docker-build:index:Image" },
      { operation: "create", type: "pulumi:providers:github" },
    ];
    assert.deepEqual(needOf(steps), { changes: 0, requests: 0, writes: 0 });
  });

  it("grows with every resource, also of a type that nobody counted", () => {
    const one = needOf([{ operation: "create", type: repository }]);
    assert.ok(one.requests > one.writes && one.writes > 0);
    const two = needOf([
      { operation: "create", type: repository },
      { operation: "update", type: "github:index/unheard:Unheard" },
    ]);
    assert.equal(two.changes, 2);
    assert.ok(two.requests > one.requests && two.writes > one.writes);
  });
});

describe("how long GitHub's limits let an update take", () => {
  it("is what the plugin's pauses add up to where the hour has enough left", () => {
    const { atLeast, atMost } = forecast({ changes: 10, requests: 40, writes: 10 }, hourOf(4_000), 0, slow);
    assert.equal(atLeast, 40 * 150 + 10 * 1_000);
    assert.equal(atMost, atLeast);
  });

  it("lasts until the hour starts anew where it hasn't, and hours more for what one hour can't take", () => {
    const need = { changes: 1, requests: 101, writes: 1 };
    assert.equal(forecast(need, hourOf(100), 0, slow).atLeast, 60_000);
    const large = { changes: 1, requests: 5_200, writes: 1 };
    assert.equal(forecast(large, hourOf(100), 0, slow).atLeast, 60_000 + hourMs);
  });

  it("may be hours longer if GitHub counts every write as content", () => {
    const need = { changes: 1_300, requests: 4_000, writes: 2 * contentPerHour + 1 };
    const { atLeast, atMost } = forecast(need, hourOf(5_000), 0, { writeDelayMs: 0, parallelRequests: true });
    assert.ok(atLeast < hourMs / 10);
    assert.equal(atMost, 2 * hourMs);
  });

  it("never gets shorter with more to do, nor with less left", () => {
    const count = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 0, max: 5_000 }), count, (requests, more, left, less) => {
        const need = { changes: 1, requests, writes: Math.floor(requests / 3) };
        const larger = { ...need, requests: requests + more, writes: need.writes + Math.floor(more / 3) };
        const base = forecast(need, hourOf(left), 0, slow);
        for (const other of [
          forecast(larger, hourOf(left), 0, slow),
          forecast(need, hourOf(Math.max(0, left - less)), 0, slow),
        ]) {
          assert.ok(other.atLeast >= base.atLeast && other.atMost >= base.atMost);
        }
        assert.ok(base.atMost >= base.atLeast);
      }),
    );
  });
});
