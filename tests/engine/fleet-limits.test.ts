import assert from "node:assert/strict";
import type { SandboxStack } from "../../sandbox/stack";
import { ghcrUp, stackOf, startFleet } from "./fleet-world";
import type { World } from "./world";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: { readonly name?: string };
}

/** The plugin as production has it: one request after the other, and as much faster as the minutes are shorter. */
const pace = { githubWriteDelayMs: 8, githubRetryDelayMs: 50, githubParallelRequests: false };

/**
 * GitHub's limits as they are but for their size, at which a service meets what hundreds meet, on a clock that runs
 * fast. `make fleet-limits` brings 300 services up under their real size.
 */
describe("a fleet under GitHub's limits", () => {
  let world: World;
  let stack: SandboxStack;
  let forecast = Number.NaN;
  before(async () => {
    world = await startFleet([0], false);
    stack = await stackOf(world, "fleet", [0], pace);
    await world.github("DELETE", "_sandbox/journal");
  });
  after(() => world.stop());

  it("says beforehand what it will ask of GitHub, and changes nothing", async () => {
    const { code, out, err } = await ghcrUp(world, stack, ["--dry-run", "--json"]);
    assert.equal(code, 0, err);
    const { dryRun, changes, requests, writes } = JSON.parse(out) as Record<string, number | boolean>;
    assert.equal(dryRun, true);
    assert.ok(Number(changes) > 10 && Number(requests) > Number(writes), out);
    assert.deepEqual(
      (await asked()).filter(({ method }) => method !== "GET"),
      [],
    );
    const missing = await ghcrUp(world, stack, ["--previewed", "no-such.jsonl"]);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /--previewed: the file can't be read \(ENOENT\)/);
  });

  it("stops where the hour is used up, with the time until it starts anew and the command that goes on", async () => {
    // Nobody waits for this hour, which must not be over on a slow machine before it is used up.
    await limits({ requestsPerHour: 25, speed: 6 });
    // The plugin reads off an answer that nothing is left. With a request on its way by then it would be refused,
    // and wait.
    const oneByOne = await stackOf(world, "fleet", [0], pace, { PULUMI_PARALLEL: "1" });
    const { code, err } = await ghcrUp(world, oneByOne, ["--no-wait"]);
    assert.equal(code, 1, err);
    const [, asks] = /GitHub is asked about (\d+) times for it, \d+ of them to write/.exec(err) ?? [];
    forecast = Number(asks);
    assert.match(err, /\d+ of 25 requests are left until [\d:]{8} UTC \(in \d+ min\)/);
    assert.match(
      err,
      /the 25 requests of this hour are used up; [1-9]\d* of \d+ changes are made and in the state/,
    );
    assert.match(err, /go on at [\d:]{8} UTC \(in \d+ min\) with: ghcr up --stack fleet --yes/);
    // What is on GitHub is in the state: the plugin counts what it began, whatever it was refused after.
    const made = (await asked()).filter(
      ({ method, path, status }) => isRepository(method, path) && status === 201,
    );
    assert.equal(made.length, 1);
    assert.equal((await stack.resourceCounts())["Repository"], 2);
  });

  it("goes on with the same command, waits out every limit that it meets, and is whole then", async () => {
    await limits({ requestsPerHour: 20, contentPerHour: 6, speed: 120 });
    const { code, out, err } = await ghcrUp(world, stack);
    assert.equal(code, 0, err);
    assert.match(out, /fleet is up: [1-9]\d* changes on GitHub/);
    assert.match(err, /of 20 requests are left until|requests of this hour are used up; going on/);
    await limits({});
    const { stdout } = await stack.run("preview", ["--json"]);
    const { changeSummary } = JSON.parse(stdout) as { changeSummary: Record<string, number> };
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("makes nothing twice, and asks about as often as it said", async () => {
    const journal = (await asked()).filter(({ path }) => /^\/(repos|orgs)\//.test(path));
    const made = journal
      // A commit that was made and never came onto the branch is nothing: it is made again.
      .filter(({ method, path, status }) => method === "POST" && status === 201 && !path.includes("/git/"))
      .map(({ path, body }) => `${path} ${body?.name}`);
    assert.deepEqual([...new Set(made)], made);
    const answered = journal.filter(({ status }) => status !== 403).length;
    assert.ok(answered > forecast * 0.6 && answered < forecast * 1.4, `${answered} of ${forecast}`);
  });

  async function limits(body: unknown): Promise<void> {
    assert.ok((await world.github("POST", "_sandbox/limits", body)).ok);
  }

  async function asked(): Promise<readonly Asked[]> {
    return (await (await world.github("GET", "_sandbox/journal")).json()) as Asked[];
  }
}).timeout(300_000);

function isRepository(method: string, path: string): boolean {
  return method === "POST" && path.endsWith("/orgs/albeorla/repos");
}
