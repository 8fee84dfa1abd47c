/**
 * How long a retention plan takes and how much memory, for packages of 1,000, 10,000 and 100,000 versions, beside the
 * planner that one writes first, in the same run: `make bench-retention`.
 *
 * Every measurement is a process of its own that makes one plan, as the `ghcr` command does: nothing is warm. The
 * program is compiled first, since what users run is. Memory is the process's greatest resident size, with Node
 * itself and the inventory. Of several runs the fastest counts: whatever else the machine does only slows them.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { defaultPolicy, parseInventory, plan } from "../core/retention";
import { now, packageOf } from "./retention-package";
import { countRequests, goalFor, type CountedRequests, type Requests } from "./retention-requests";
import { plainPlan } from "./retention-plain";

const planners = ["ours", "plain", "ours from a file"] as const;
type Planner = (typeof planners)[number];

interface Measured {
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly deletions: number;
  /** Over what is deleted and how many bytes that frees. */
  readonly answer: string;
}

const sizes = [1_000, 10_000, 100_000];
const runs = 5;
/** Versions that are new in a warm run. */
const fresh = 10;
/** As cli/ghcr and setup/main.cjs start the command; `--expose-gc` keeps the making of the package out of its plan. */
const nodeFlags = ["--max-semi-space-size=16", "--expose-gc"];

const [mode, planner, size, file] = process.argv.slice(2);
if (mode === "--measure") console.log(JSON.stringify(measure(planner as Planner, Number(size), file ?? "")));
else void main();

async function main(): Promise<void> {
  const started = Date.now();
  console.log("Compiling …");
  const program = compile();
  console.log(
    `Planning, ${runs} times each, the fastest counts (node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)})\n`,
  );
  const rows = sizes.map((versions) => {
    const inventory = join(dirname(program), `${versions}.json`);
    writeFileSync(inventory, JSON.stringify(packageOf(versions)));
    const [ours, plain, fromFile] = planners.map((each) => fastest(program, each, versions, inventory));
    if (ours === undefined || plain === undefined || fromFile === undefined) throw new Error("not measured");
    if (ours.answer !== plain.answer) throw new Error(`${versions} versions: the two planners differ`);
    printRow(versions, ours, plain, fromFile);
    return { versions, ours, plain, fromFile };
  });
  rmSync(join(program, "../.."), { recursive: true, force: true });
  console.log(
    `\nBoth planners delete the same and free the same bytes. ${((Date.now() - started) / 1_000).toFixed(0)} s in all.`,
  );
  const counted: CountedRequests[] = [];
  for (const versions of sizes) {
    const requests = await countRequests(versions, fresh);
    printRequests(requests);
    counted.push(requests);
  }
  const largest = rows.at(-1);
  const asked = counted.at(-1);
  if (largest === undefined || asked === undefined) throw new Error("no size was measured");
  const { ours, plain, fromFile } = largest;
  console.log(
    JSON.stringify({
      bench: "retention",
      versions: largest.versions,
      plan_seconds: goal(ours.milliseconds / 1_000, 0.5),
      plan_megabytes: goal(ours.megabytes, 300),
      time_of_plain: goal(ours.milliseconds / plain.milliseconds, 1),
      memory_of_plain: goal(ours.megabytes / plain.megabytes, 1),
      growth_10k_to_100k: goal(ours.milliseconds / (rows.at(-2)?.ours.milliseconds ?? NaN), 12),
      cold_requests: atMost(asked.cold, goalFor(asked.versions, asked.versions)),
      warm_requests: atMost(asked.warm, goalFor(asked.versions + fresh, fresh)),
      warm_requests_of_plain: round(total(asked.warm) / total(asked.plain)),
      from_file_seconds: round(fromFile.milliseconds / 1_000),
      from_file_megabytes: round(fromFile.megabytes),
    }),
  );
}

function total({ list, manifests }: Requests): number {
  return list + manifests;
}

function atMost(is: Requests, most: Requests): { value: number; goal: string; holds: boolean } {
  const holds = is.list <= most.list && is.manifests <= most.manifests;
  return { value: total(is), goal: `<= ${most.list} + ${most.manifests}`, holds };
}

function printRequests({ versions, cold, warm, plain }: CountedRequests): void {
  const cell = ({ list, manifests }: Requests): string => `${list} + ${manifests}`;
  console.log(
    `${String(versions).padStart(7)} versions, requests for the list and for manifests: cold ${cell(cold)} | ` +
      `warm with ${fresh} new ${cell(warm)} | plain, every time ${cell(plain)}`,
  );
}

function goal(value: number, below: number): { value: number; goal: string; holds: boolean } {
  return { value: round(value), goal: `< ${below}`, holds: value < below };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function printRow(versions: number, ours: Measured, plain: Measured, fromFile: Measured): void {
  const cell = ({ milliseconds, megabytes }: Measured): string =>
    `${milliseconds.toFixed(0).padStart(5)} ms ${megabytes.toFixed(0).padStart(4)} MB`;
  console.log(
    [
      `${String(versions).padStart(7)} versions, ${String(ours.deletions).padStart(6)} deletions`,
      `plan ${cell(ours)}`,
      `plain ${cell(plain)}`,
      `ratio ${(ours.milliseconds / plain.milliseconds).toFixed(2)} time, ${(ours.megabytes / plain.megabytes).toFixed(2)} memory`,
      `with reading and checking the file ${cell(fromFile)}`,
    ].join(" | "),
  );
}

function fastest(program: string, planner: Planner, versions: number, file: string): Measured {
  const measured = Array.from({ length: runs }, () => {
    const args = [...nodeFlags, program, "--measure", planner, String(versions), file];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Measured;
  });
  return measured.reduce((best, each) => (each.milliseconds < best.milliseconds ? each : best));
}

/** One plan in this process. */
function measure(planner: Planner, versions: number, file: string): Measured {
  const made = planner === "ours from a file" ? undefined : packageOf(versions);
  const policy = defaultPolicy();
  (globalThis as { gc?: () => void }).gc?.();
  const start = performance.now();
  const inventory = made ?? parseInventory(JSON.parse(readFileSync(file, "utf8")), file);
  const { deleted, freed } =
    planner === "plain" ? plainPlan(inventory, now) : summary(plan(inventory, policy, now));
  const milliseconds = performance.now() - start;
  const answer = createHash("sha256").update(JSON.stringify([[...deleted].sort(), freed]));
  return {
    milliseconds,
    megabytes: process.resourceUsage().maxRSS / 1_024,
    deletions: [...deleted].length,
    answer: answer.digest("hex"),
  };
}

function summary({ deletions, summary: { freed } }: ReturnType<typeof plan>): {
  deleted: Iterable<string>;
  freed: number;
} {
  return { deleted: deletions.map(({ digest }) => digest), freed };
}

/** Compiles this file and what it imports; returns the path of the program. */
function compile(): string {
  const root = resolve(__dirname, "..");
  const outDir = join(root, ".sandbox", "bench-retention");
  const options = ["--noEmit", "false", "--noCheck", "--outDir", outDir, "--rootDir", root];
  const settings = ["--module", "nodenext", "--target", "es2023", "--skipLibCheck", "--types", "node"];
  execFileSync(
    process.execPath,
    [require.resolve("typescript/bin/tsc"), ...options, ...settings, join(root, "bench", "retention.ts")],
    { cwd: root, stdio: "inherit" },
  );
  return join(outDir, "bench", "retention.js");
}
