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

describe("the content limits", () => {
  const limits = { contentPerMinute: 3, contentPerHour: 5 };
  const started = async (now: () => number) => {
    const trial = new Trial();
    await trial.start({ clock: () => new Date(now()) });
    const set = (body: unknown) =>
      trial.fetch("/_sandbox/limits", { method: "POST", body: JSON.stringify(body) });
    const write = async (method = "POST") => {
      const answer = await trial.fetch("/repos/acme/nothing/issues", { method, body: "{}" });
      return answer.headers.get("retry-after") ?? answer.status;
    };
    return { trial, set, write };
  };

  it("refuse what writes, a deletion left out, past so many a minute and an hour", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const { trial, set, write } = await started(() => now);
    await set(limits);
    assert.deepEqual([await write(), await write(), await write(), await write()], [404, 404, 404, "60"]);
    assert.equal(await write("DELETE"), 404);
    assert.equal((await trial.fetch("/meta")).status, 200);
    now += 60_000;
    assert.deepEqual([await write(), await write()], [404, 404]);
    assert.equal(await write(), "3540");
    const refused = await trial.fetch("/repos/acme/nothing/issues", { method: "POST", body: "{}" });
    const { documentation_url } = (await refused.json()) as { documentation_url: string };
    // What the GitHub provider knows a secondary limit by.
    assert.match(documentation_url, /secondary-rate-limits$/);
    await trial.end();
  });

  it("start anew sooner where their clock is told to run fast, and never ask for less than a second", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const { trial, set, write } = await started(() => now);
    await set({ ...limits, speed: 120 });
    assert.deepEqual([await write(), await write(), await write(), await write()], [404, 404, 404, "1"]);
    now += 500;
    assert.equal(await write(), 404);
    now += 500;
    assert.deepEqual([await write(), await write()], [404, "29"]);
    now += 29_000;
    assert.equal(await write(), 404);
    await trial.end();
  });
});

describe("the hour's limit", () => {
  it("is not used up by looking at it, nor by what has not changed", async () => {
    const trial = new Trial();
    await trial.start({ rateLimit: 4 });
    const left = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await trial.fetch(path, { headers });
      return [answer.status, Number(answer.headers.get("x-ratelimit-remaining"))] as const;
    };
    assert.deepEqual(await left("/rate_limit"), [200, 4]);
    assert.deepEqual(await left("/meta"), [200, 3]);
    const etag = (await trial.fetch("/meta")).headers.get("etag") ?? "";
    assert.deepEqual(await left("/meta", { "if-none-match": etag }), [304, 2]);
    assert.deepEqual(await left("/meta", { "if-none-match": etag }), [304, 2]);
    assert.deepEqual(await left("/meta"), [200, 1]);
    assert.deepEqual(await left("/meta"), [200, 0]);
    assert.deepEqual(await left("/meta"), [403, 0]);
    assert.deepEqual(await left("/rate_limit"), [200, 0]);
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
