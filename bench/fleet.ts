/**
 * What a fleet costs as it grows: `make bench-fleet`. Real engine, real GitHub plugin, the stand-in for GitHub.
 *
 * A service is one with a repository of its own. For each size: the preview of everything that is still to be made, in
 * the stacks that docs/fleet.md advises, one after the other, and, beside it in the same run, in one stack: as the
 * platform runs the engine and as the engine comes; a first `up` and one that changes nothing; and the preview of a change
 * to one service. Wall time depends on what else the machine does; processor time of the whole process tree is the figure
 * to compare.
 */
import { cpus, loadavg } from "node:os";
import { Command } from "commander";
import { changedPreview } from "../sandbox/changed-preview";
import { resolveFleet } from "../core/fleet";
import type { EngineRun, SandboxStack } from "../sandbox/stack";
import { loadFleet } from "../services";
import { declaration, declarationFile, groupOf, stackOf, startFleet } from "../tests/engine/fleet-world";
import type { World } from "../tests/engine/world";
import { watchChildren, type Usage } from "./process-tree";
import { join } from "node:path";

interface Measured extends Usage {
  readonly wallSeconds: number;
  /** To the stand-in for GitHub. */
  readonly requests: number;
}

interface Row {
  readonly services: number;
  /** In groups, where there are more services than a group takes. */
  readonly preview: Measured;
  /** In one stack. */
  readonly whole: Measured;
  /** In one stack, as the engine comes. */
  readonly plain?: Measured;
  readonly up?: Measured;
  readonly again?: Measured;
  readonly change?: Measured;
}

async function measure(what: string, world: World, work: () => Promise<void>): Promise<Measured> {
  await world.github("DELETE", "_sandbox/journal");
  const stop = watchChildren("pulumi");
  const started = performance.now();
  await work();
  const wallSeconds = (performance.now() - started) / 1_000;
  const usage = stop();
  const journal = (await (await world.github("GET", "_sandbox/journal")).json()) as unknown[];
  const measured = { ...usage, wallSeconds, requests: journal.length };
  console.error(`    ${lineOf(what, measured)}, load ${loadavg()[0]?.toFixed(1)}`);
  return measured;
}

async function must(stack: SandboxStack, ...run: Parameters<SandboxStack["run"]>): Promise<void> {
  succeed(stack, await stack.run(...run));
}

function succeed({ name }: SandboxStack, { code, output }: EngineRun): void {
  if (code !== 0) throw new Error(`the engine failed on ${name}:\n${output.slice(-3_000)}`);
}

interface Options {
  readonly sizes: string;
  readonly up: boolean;
  readonly plain: boolean;
  readonly lastGroup?: true;
}

/** A fleet of one size, with the sandbox that it is in. */
interface Site {
  readonly services: number;
  readonly indexes: readonly number[];
  readonly world: World;
  /** With every service, while none is in a group. */
  readonly whole: SandboxStack;
}

async function openSite(services: number): Promise<Site> {
  const indexes = Array.from({ length: services }, (_, index) => index);
  const world = await startFleet(indexes, false);
  // Work is measured, not waiting: an hour's 5,000 requests would run out. bench/fleet-limits.ts has GitHub's limits.
  await world.github("POST", "_sandbox/limits", { requestsPerHour: 1_000_000 });
  return { services, indexes, world, whole: await stackOf(world, "whole", indexes) };
}

/**
 * A machine is not as fast at one time as at another, and the largest size takes most of an hour. So what sizes are
 * compared by is measured for all of them one after the other, several times, and the fastest of each counts.
 */
async function measureSites(sites: readonly Site[], options: Options): Promise<readonly Row[]> {
  const begun = await inTurn(sites, async (site) => {
    const { services, world } = site;
    console.error(`${services} services, in one stack`);
    const whole = await measure("whole", world, () => must(site.whole, "preview", []));
    const asCome = () => must(site.whole, "preview", [], undefined, asItComes);
    const plain = options.plain ? await measure("plain", world, asCome) : undefined;
    return { site, row: { services, whole, ...(plain && { plain }) }, stacks: await advisedStacks(site) };
  });
  const previews = await fastest(2, begun, "preview", async ({ stacks }) => {
    for (const stack of stacks) await must(stack, "preview", []);
  });
  if (!options.up) return begun.map(({ row }, index) => ({ ...row, preview: previews[index] ?? row.whole }));
  const updated = await inTurn(begun, async ({ site, row }) => {
    console.error(`${site.services} services, updates`);
    return { site, row, ...(await updates(site, options)) };
  });
  const changes = await fastest(3, updated, "change", ({ preview }) => preview());
  return updated.map(({ row, up, again }, index) => {
    const [preview = row.whole, change] = [previews[index], changes[index]];
    return { ...row, preview, up, again, ...(change && { change }) };
  });
}

/** Of so many rounds over all sizes the fastest of each size, by processor time. */
async function fastest<T extends { readonly site: Site }>(
  times: number,
  each: readonly T[],
  what: string,
  work: (of: T) => Promise<void>,
): Promise<readonly Measured[]> {
  const rounds: (readonly Measured[])[] = [];
  for (let round = 1; round <= times; round++) {
    console.error(`round ${round} of ${times}`);
    rounds.push(await inTurn(each, (of) => measure(what, of.site.world, () => work(of))));
  }
  return each.map((_of, index) => {
    const measured = rounds.flatMap((round) => round[index] ?? []);
    return measured.reduce((best, other) => (other.cpuSeconds < best.cpuSeconds ? other : best));
  });
}

async function inTurn<T, R>(
  each: readonly T[],
  work: (value: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (const [index, value] of each.entries()) results.push(await work(value, index));
  return results;
}

/** Takes back, for one run, what `core/engine` and program.cjs set. */
const asItComes = {
  PULUMI_SKIP_CHECKPOINTS: "false",
  NODE_OPTIONS: "",
  PULUMI_NODEJS_TRANSPILE_ONLY: "false",
  GHCR_DEBUG_LINES: "true",
};

/** The platform's own stack comes last; a fleet of one group is in one stack. */
async function advisedStacks(site: Site): Promise<readonly SandboxStack[]> {
  const { world, indexes, whole } = site;
  if (new Set(indexes.map(groupOf)).size === 1) return [whole];
  return [...(await groupStacks(site)), await stackOf(world, "platform", [])];
}

async function groupStacks({ world, indexes }: Site): Promise<readonly SandboxStack[]> {
  for (const index of indexes) world.write(declarationFile(index), declaration(index, true));
  world.git("add", "-A");
  world.git("commit", "--quiet", "--allow-empty", "-m", "Put services into groups");
  return inTurn([...new Set(indexes.map(groupOf))], (group) => {
    const own = indexes.filter((index) => groupOf(index) === group);
    return stackOf(world, group, own, { group });
  });
}

/** Also gives what previews a change to the last service. */
async function updates(site: Site, options: Options) {
  const { world, indexes } = site;
  const stacks = (await groupStacks(site)).slice(options.lastGroup ? -1 : 0);
  const all = async (): Promise<void> => {
    for (const stack of stacks) {
      await must(stack, "up", ["--yes", "--skip-preview", "--suppress-progress"]);
      console.error(`    ${stack.name}: ${JSON.stringify(await stack.lastChanges())}`);
    }
  };
  const up = await measure("up", world, all);
  const again = await measure("again", world, all);

  const last = indexes.at(-1) ?? 0;
  world.write(declarationFile(last), declaration(last, true, "Changed"));
  const stack = stacks.at(-1);
  if (stack === undefined) throw new Error("no group");
  const fleet = resolveFleet(loadFleet(join(world.program, "services")));
  const names = { stack: stack.name, project: "ghcr-platform", group: groupOf(last) };
  const changed = changedPreview(world.program, fleet, "HEAD", names);
  if (changed === undefined) throw new Error("the change reaches everything");
  return { up, again, preview: async () => succeed(stack, await stack.previewChange(changed)) };
}

function goal(value: number, text: string, holds: boolean) {
  return { value: Math.round(value * 1_000) / 1_000, goal: text, holds };
}

/** Processor seconds that each further service costs between two sizes. */
function marginal(small: Row, large: Row): number {
  return (large.preview.cpuSeconds - small.preview.cpuSeconds) / (large.services - small.services);
}

function result(rows: readonly Row[]): string {
  const largest = rows.at(-1);
  const [one, before, middle] = [rows[0], rows.at(-3), rows.at(-2)];
  if (largest === undefined || one === undefined) throw new Error("no size was measured");
  const figures: Record<string, unknown> = {
    bench: "fleet",
    services: largest.services,
    preview_cpu_seconds: Math.round(largest.preview.cpuSeconds * 10) / 10,
    memory_megabytes: goal(largest.preview.peakMegabytes, "< 1500", largest.preview.peakMegabytes < 1_500),
  };
  if (largest.plain !== undefined) {
    const ratio = largest.plain.wallSeconds / largest.preview.wallSeconds;
    figures["plain_over_preview_wall"] = goal(ratio, ">= 10", ratio >= 10);
    figures["plain_over_whole_stack_wall"] =
      Math.round((largest.plain.wallSeconds / largest.whole.wallSeconds) * 10) / 10;
    figures["plain_over_preview_cpu"] =
      Math.round((largest.plain.cpuSeconds / largest.preview.cpuSeconds) * 10) / 10;
  }
  if (before !== undefined && middle !== undefined && rows.length > 2) {
    const ratio = marginal(middle, largest) / marginal(before, middle);
    figures["marginal_service_growth"] = goal(ratio, "<= 1.3", ratio <= 1.3);
  }
  if (largest.change !== undefined && one.change !== undefined) {
    const ratio = largest.change.cpuSeconds / one.change.cpuSeconds;
    figures["changed_one_over_fleet_of_one_cpu"] = goal(ratio, "<= 1.3", ratio <= 1.3);
  }
  return JSON.stringify(figures);
}

function print(row: Row): void {
  console.log(`${row.services} services`);
  for (const [name, measured] of Object.entries(row)) {
    if (typeof measured !== "object") continue;
    console.log(`  ${lineOf(name, measured as Measured)}`);
  }
}

function lineOf(name: string, { wallSeconds, cpuSeconds, peakMegabytes, requests }: Measured): string {
  return (
    `${name.padEnd(8)} ${wallSeconds.toFixed(1).padStart(7)} s wall ${cpuSeconds.toFixed(1).padStart(7)} s CPU ` +
    `${peakMegabytes.toFixed(0).padStart(6)} MB ${String(requests).padStart(6)} requests`
  );
}

async function main(): Promise<void> {
  const options = new Command("bench/fleet.ts")
    .description("What a fleet costs as it grows")
    .option("--sizes <list>", "numbers of services", "1,10,100,300")
    .option("--no-up", "measure previews alone")
    .option("--no-plain", "leave out the engine as it comes")
    .option("--last-group", "update the last group alone; the others take as long")
    .parse()
    .opts<Options>();
  console.log(`node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
  const sites: Site[] = [];
  try {
    for (const size of options.sizes.split(",").map(Number)) sites.push(await openSite(size));
    const rows = await measureSites(sites, options);
    for (const row of rows) print(row);
    console.log(result(rows));
  } finally {
    for (const { world } of sites) await world.stop();
  }
}

void main();
