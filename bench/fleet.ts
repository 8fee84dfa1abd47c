/**
 * What a fleet costs as it grows: `make bench-fleet`. Real engine, real GitHub plugin, the stand-in for GitHub.
 *
 * A service is one with a repository of its own. For each size: the first preview of everything in the stacks that
 * docs/fleet.md advises, one after the other, and, beside it in the same run, in one stack: as the platform runs the
 * engine and as the engine comes; a first `up` and one that changes nothing; and the preview of a change to one service.
 * Wall time depends on what else the machine does; processor time of the whole process tree is the figure to compare.
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

async function measureSize(services: number, options: Options): Promise<Row> {
  const indexes = Array.from({ length: services }, (_, index) => index);
  const world = await startFleet(indexes, false);
  try {
    const one = await stackOf(world, "whole", indexes);
    const whole = await measure("whole", world, () => must(one, "preview", []));
    const plain = options.plain
      ? await measure("plain", world, () => must(one, "preview", [], undefined, asItComes))
      : undefined;
    const stacks = await groupStacks(world, indexes);
    const preview =
      stacks.groups.length === 1
        ? whole
        : await measure("preview", world, async () => {
            for (const stack of [...stacks.groups, stacks.platform]) await must(stack, "preview", []);
          });
    return {
      ...{ services, preview, whole },
      ...(plain && { plain }),
      ...(options.up ? await updates(world, indexes, stacks.groups.slice(options.lastGroup ? -1 : 0)) : {}),
    };
  } finally {
    await world.stop();
  }
}

/** Takes back, for one run, what `core/engine` and program.cjs set. */
const asItComes = {
  PULUMI_SKIP_CHECKPOINTS: "false",
  NODE_OPTIONS: "",
  PULUMI_NODEJS_TRANSPILE_ONLY: "false",
  GHCR_DEBUG_LINES: "true",
};

interface Stacks {
  readonly groups: readonly SandboxStack[];
  /** Declares the platform's repository and no service. */
  readonly platform: SandboxStack;
}

async function groupStacks(world: World, indexes: readonly number[]): Promise<Stacks> {
  for (const index of indexes) world.write(declarationFile(index), declaration(index, true));
  world.git("add", "-A");
  world.git("commit", "--quiet", "-m", "Put services into groups");
  const groups: SandboxStack[] = [];
  for (const group of new Set(indexes.map(groupOf))) {
    const own = indexes.filter((index) => groupOf(index) === group);
    groups.push(await stackOf(world, group, own, { group }));
  }
  return { groups, platform: await stackOf(world, "platform", []) };
}

async function updates(
  world: World,
  indexes: readonly number[],
  stacks: readonly SandboxStack[],
): Promise<Pick<Row, "up" | "again" | "change">> {
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
  const names_ = { stack: stack.name, project: "ghcr-platform", group: groupOf(last) };
  const changed = changedPreview(world.program, fleet, "HEAD", names_);
  if (changed === undefined) throw new Error("the change reaches everything");
  const changes: Measured[] = [];
  for (let each = 0; each < 3; each++) {
    changes.push(
      await measure("change", world, async () => succeed(stack, await stack.previewChange(changed))),
    );
  }
  // A few seconds: the middle one of three.
  const [, change] = changes.sort((one, other) => one.cpuSeconds - other.cpuSeconds);
  return { up, again, ...(change && { change }) };
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
  const rows: Row[] = [];
  for (const size of options.sizes.split(",").map(Number)) {
    const row = await measureSize(size, options);
    print(row);
    rows.push(row);
  }
  console.log(result(rows));
}

void main();
