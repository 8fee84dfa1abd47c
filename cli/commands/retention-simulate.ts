import { Command, InvalidArgumentError, Option } from "commander";
import { gigabyteMonths, includedStorage, storageCost, type GitHubPlan, type Tariff } from "../../core/cost";
import {
  endOf,
  historyTimeline,
  noGrowth,
  parseInventory,
  parsePolicy,
  parsePushHistory,
  repeatedPushes,
  simulate,
  spanOf,
  type SimulatedMonth,
  type Timeline,
} from "../../core/retention";
import type { Io } from "../io";
import { readJsonFile } from "../json-file";
import { UsageError } from "../request";
import { bytesText, textTable } from "../text-table";
import { timeOf } from "../time";

interface Options {
  readonly inventory?: string;
  readonly history?: string;
  readonly policy: string;
  readonly now: string;
  readonly months?: number;
  readonly every: number;
  /** Days of pushes that are repeated; `none`. */
  readonly growth: number | "none";
  readonly releaseBrake?: true;
  readonly pricePerGbMonth?: number;
  readonly githubPlan: GitHubPlan;
  readonly json?: true;
}

/** `ghcr retention simulate`: what a policy comes to over months. Asks nobody and deletes nothing. */
export function retentionSimulateCommand(io: Io): Command {
  const plans = Object.keys(includedStorage);
  return new Command("simulate")
    .description("Say month by month what would be stored under a policy. Asks nobody, deletes nothing.")
    .option("--inventory <file>", "inventory that the months begin with")
    .option("--history <file>", "push history instead; it begins with nothing at its first push")
    .requiredOption("--policy <file>", "retention policy")
    .option("--now <time>", "with --inventory: the first day, RFC 3339, or `now`", "now")
    .option("--months <number>", "calendar months (default: 6; of a history: up to its last push)", count)
    .option("--every <days>", "days between two runs of retention", count, 7)
    .option(
      "--growth <assumption>",
      "none, or repeat:<days>: pushes go on as in the last so many days",
      growth,
      "none",
    )
    .option("--release-brake", "suppose that a person lets through what the brake stops")
    .option("--price-per-gb-month <usd>", "also print what the months would cost at this price", price)
    .addOption(
      new Option("--github-plan <plan>", "plan whose included storage the cost leaves out")
        .choices(plans)
        .default("free"),
    )
    .option("--json", "print the months as JSON")
    .addHelpText("after", help)
    .action((options: Options) => {
      const { timeline, from, months } = readTimeline(options);
      const policy = parsePolicy(readJsonFile("--policy", options.policy), options.policy);
      const releaseBrake = options.releaseBrake === true;
      const simulation = simulate(timeline, policy, { from, months, everyDays: options.every, releaseBrake });
      const tariff = tariffOf(options);
      const rows = simulation.months.map((month) => ({ ...month, ...moneyOf(month, tariff) }));
      if (options.json === true) {
        const assumed = { growth: options.growth, everyDays: options.every, releaseBrake };
        io.print(
          JSON.stringify({
            package: packageName(timeline),
            assumed,
            months: rows,
            held: simulation.held,
            billing,
          }),
        );
        return;
      }
      for (const line of lines(rows, simulation.held, timeline, options)) io.print(line);
    });
}

function readTimeline(options: Options): { timeline: Timeline; from: Date; months: number } {
  const { inventory, history, growth } = options;
  if ((inventory === undefined) === (history === undefined)) {
    throw new UsageError({
      code: "invalid-input",
      where: "--inventory, --history",
      problem: inventory === undefined ? "one of the two is needed" : "only one of the two can be simulated",
      fix: "give an inventory of what is there, or a history of pushes",
    });
  }
  if (inventory !== undefined) {
    const from = timeOf("--now", options.now);
    const months = options.months ?? 6;
    const timeline = noGrowth(parseInventory(readJsonFile("--inventory", inventory), inventory));
    return { timeline: grown(timeline, growth, from.getTime(), endOf({ from, months })), from, months };
  }
  const file = history as string;
  const pushes = parsePushHistory(readJsonFile("--history", file), file);
  const { first, last } = spanOf(pushes);
  const [from, to] = [new Date(first), new Date(last)];
  const spanned =
    (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth() + 1;
  const months = options.months ?? spanned;
  return { timeline: grown(historyTimeline(pushes), growth, last, endOf({ from, months })), from, months };
}

function grown(timeline: Timeline, growth: Options["growth"], from: number, until: number): Timeline {
  return growth === "none" ? timeline : repeatedPushes(timeline, growth, { from, until });
}

interface Money {
  readonly gigabyteMonths: number;
  /** US dollars; absent: no price was given. */
  readonly cost?: number;
}

function moneyOf({ byteHours, month }: SimulatedMonth, tariff: Tariff | undefined): Money {
  const used = gigabyteMonths(byteHours, month);
  return { gigabyteMonths: used, ...(tariff === undefined ? {} : { cost: storageCost(used, tariff) }) };
}

function tariffOf({ pricePerGbMonth, githubPlan }: Options): Tariff | undefined {
  if (pricePerGbMonth === undefined) return undefined;
  return { pricePerGigabyteMonth: pricePerGbMonth, included: includedStorage[githubPlan] };
}

function lines(
  rows: readonly (SimulatedMonth & Money)[],
  held: readonly string[],
  timeline: Timeline,
  { every, growth, githubPlan, pricePerGbMonth, releaseBrake }: Options,
): string[] {
  const priced = pricePerGbMonth !== undefined;
  const head = ["MONTH", "PUSHED", "DELETED", "FREED", "VERSIONS", "STORED", "PEAK", "GB-MONTHS"];
  const table = rows.map((row) => [
    ...[row.month, String(row.pushed), String(row.deleted), bytesText(row.freed), String(row.versions)],
    ...[bytesText(row.bytes), bytesText(row.peak), row.gigabyteMonths.toFixed(3)],
    ...(priced ? [`$${(row.cost ?? 0).toFixed(2)}`] : []),
  ]);
  const braked = rows.reduce((sum, row) => sum + row.braked, 0);
  const assumed =
    growth === "none"
      ? "assumed: nothing is pushed but what is given"
      : `assumed: pushes go on as in the last ${growth} days`;
  return [
    `${packageName(timeline)}, retention every ${every} days; ${assumed}`,
    "",
    ...textTable([priced ? [...head, "WOULD COST"] : head, ...table], [1, 2, 3, 4, 5, 6, 7, 8]),
    "",
    ...held.map((why) => `nothing may go: ${why}`),
    ...(braked === 0
      ? []
      : [`${braked} runs were stopped by the brake (--release-brake supposes that a person agrees)`]),
    ...(releaseBrake === true ? ["runs that the brake would stop are let through, as a person may"] : []),
    ...(priced
      ? [
          `at $${pricePerGbMonth} a GB-month, without the ${includedStorage[githubPlan]} GB of plan ${githubPlan}`,
        ]
      : []),
    billing,
  ];
}

const billing =
  "GitHub bills nothing for container images for now (GitHub Docs, 2026-11), and public packages are free";

function packageName({ start }: Timeline): string {
  return `${start.package.owner}/${start.package.name}`;
}

function count(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1 to 9999.");
}

function growth(text: string): Options["growth"] {
  if (text === "none") return text;
  const days = /^repeat:(.*)$/.exec(text)?.[1];
  if (days === undefined) throw new InvalidArgumentError("It must be none or repeat:<days>.");
  return count(days);
}

function price(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be an amount in US dollars, like 0.25.");
}

const help = `
--growth repeat:30 supposes that what was pushed in the last 30 days is pushed again in each 30 days that follow, with
layers of its own as large, and that open pull requests close 30 days later. It is an assumption, not a forecast.

Example:
  ghcr retention simulate --inventory inventory.json --policy policy.json --growth repeat:30 --months 6

Exit codes: 0 simulated; 1 an error; 2 wrong usage.`;
