import assert from "node:assert/strict";
import { Trial, useTrial } from "../trial";
import { Faults } from "./faults";

describe("the points limit", () => {
  it("refuses with Retry-After past what it was set to: a read takes 1 point, a write 5", async () => {
    const trial = new Trial();
    let now = Date.parse("2026-01-01T00:00:00Z");
    await trial.start({ pointsLimit: 12, clock: () => new Date(now) });
    const remove = () => trial.fetch("/repos/acme/nothing", { method: "DELETE" });
    const read = () => trial.fetch("/meta");
    for (const expected of [404, 404]) assert.equal((await remove()).status, expected);
    assert.equal((await read()).status, 200);
    assert.equal((await read()).status, 200);
    now += 20_000;
    const refused = await read();
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [403, "40"]);
    assert.match(await refused.text(), /secondary rate limit/);
    now += 40_000;
    assert.equal((await read()).status, 200);
    await trial.end();
  });

  it("is off unless it is asked for, and can be set and lifted while the stand-in runs", async () => {
    const trial = new Trial();
    await trial.start();
    const limits = (body: unknown) =>
      trial.fetch("/_sandbox/limits", { method: "POST", body: JSON.stringify(body) });
    const refusals = async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => trial.fetch("/meta")));
      return answers.filter(({ status }) => status === 403).length;
    };
    assert.equal(await refusals(), 0);
    await limits({ pointsPerMinute: 4 });
    assert.equal(await refusals(), 2);
    await limits({ requestsPerHour: 5 });
    assert.equal(await refusals(), 1);
    await limits({});
    assert.equal(await refusals(), 0);
    assert.equal((await limits({ requestsPerHour: 0 })).status, 422);
    await trial.end();
  });
});

describe("a fault", () => {
  const trial = useTrial();

  it("may cut the answer short: right headers, too few bytes", async () => {
    trial.github.orderFaults({ match: { path: "^/meta$" }, truncate: 10 });
    const answer = await trial.fetch("/meta");
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text(), /terminated/);
    trial.github.orderFaults({ match: { path: "^/meta$" }, truncate: 100_000 });
    await assert.rejects((await trial.fetch("/meta")).text(), /terminated/);
    assert.equal((await trial.fetch("/meta")).status, 200);
  });

  it("hits by chance where a rate is given, the same requests for the same seed", () => {
    const hits = (seed: number, rate: number): string => {
      const faults = new Faults();
      faults.order([{ match: {}, status: 500, times: 1000, rate, seed }]);
      return Array.from({ length: 200 }, () => (faults.take("GET", "/", undefined) ? "x" : ".")).join("");
    };
    const count = (text: string): number => [...text].filter((one) => one === "x").length;
    assert.equal(hits(7, 0.25), hits(7, 0.25));
    assert.notEqual(hits(7, 0.25), hits(8, 0.25));
    assert.ok(count(hits(7, 0.25)) > 25 && count(hits(7, 0.25)) < 75);
    assert.equal(count(hits(7, 1)), 200);
  });

  it("is taken at the control with all of that, and told", async () => {
    const order = [{ match: { path: "^/never$" }, truncate: 5, stale: 2, rate: 0.5, seed: 3, times: 2 }];
    const ordered = await trial.fetch("/_sandbox/faults", { method: "POST", body: JSON.stringify(order) });
    assert.deepEqual(await ordered.json(), order);
    await trial.fetch("/_sandbox/faults", { method: "DELETE" });
  });
});
