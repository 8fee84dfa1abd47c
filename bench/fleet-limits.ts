/**
 * A first update of a fleet under GitHub's limits: `make fleet-limits`. Real engine and plugins with production's pace,
 * the stand-in for GitHub with the limits that GitHub documents (5,000 requests an hour; 80 and 500 writes a minute and
 * an hour, every write counted as content, which is the worst case), on a clock that runs 20 times as fast: half an hour. The run
 * prints what `ghcr up` prints and ends with one line of JSON.
 */
import { loadavg } from "node:os";
import { Command } from "commander";
import { ghcrUp, groupOf, stackOf, startFleet } from "../tests/engine/fleet-world";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

async function main(): Promise<void> {
  const { services, speed } = new Command("bench/fleet-limits.ts")
    .description("Bring a fleet up under GitHub's limits")
    .option("--services <number>", "how many", "300")
    .option("--speed <factor>", "so many times as fast pass the limits' minutes and hours", "20")
    .parse()
    .opts<{ services: string; speed: string }>();
  const factor = Number(speed);
  const indexes = Array.from({ length: Number(services) }, (_, index) => index);
  const world = await startFleet(indexes, true);
  try {
    const limits = { requestsPerHour: 5_000, contentPerMinute: 80, contentPerHour: 500, speed: factor };
    await world.github("POST", "_sandbox/limits", limits);
    await world.github("DELETE", "_sandbox/journal");
    const begun = performance.now();
    const totals = { changes: 0, rounds: 0, foretold: 0 };
    for (const group of [...new Set(indexes.map(groupOf))]) {
      const own = indexes.filter((index) => groupOf(index) === group);
      const pace = {
        githubWriteDelayMs: Math.ceil(1_000 / factor),
        githubRetryDelayMs: Math.ceil(1_000 / factor),
        githubParallelRequests: false,
      };
      const stack = await stackOf(world, group, own, { group, ...pace });
      console.error(`${group}, ${Math.round((performance.now() - begun) / 1_000)} s after the start`);
      const run = await ghcrUp(world, stack, ["--json"], (text) => process.stderr.write(text));
      if (run.code !== 0) throw new Error(`${group} failed:\n${run.err.slice(-3_000)}`);
      const { changes, rounds } = JSON.parse(run.out) as { changes: number; rounds: number };
      totals.changes += changes;
      totals.rounds += rounds;
      totals.foretold += Number(/asked about (\d+) times/.exec(run.err)?.[1]);
    }
    const seconds = (performance.now() - begun) / 1_000;
    const journal = (await (await world.github("GET", "_sandbox/journal")).json()) as Asked[];
    const api = journal.filter(({ path }) => /^\/(repos|repositories|orgs|users)\//.test(path));
    const made = api.filter(
      ({ method, path, status }) => method === "POST" && path.endsWith("/repos") && status === 201,
    );
    console.log(
      JSON.stringify({
        bench: "fleet-limits",
        services: indexes.length,
        changes: totals.changes,
        repositories: made.length,
        rounds: totals.rounds,
        requests: api.length,
        requests_foretold: totals.foretold,
        writes: api.filter(({ method }) => method !== "GET").length,
        refused_by_a_limit: api.filter(({ status }) => status === 403).length,
        seconds: Math.round(seconds),
        hours_at_githubs_clock: Math.round((seconds * factor) / 360) / 10,
        load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      }),
    );
  } finally {
    await world.stop();
  }
}

void main();
