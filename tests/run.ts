/**
 * Runs every runner one after the other and ends with one line, `N passed, N failed`, over all of them. A runner
 * that dies, or whose counts can't be read, counts as one failure: silence is no success.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { PlatformError } from "../core/errors";
import { terminalProgress } from "../sandbox/progress";
import { ensureDebianPackages, resolveToolchain } from "../sandbox/toolchain";
import { failureList, mochaFailures } from "./failures";

interface Runner {
  readonly name: string;
  /** How long it usually takes on two cores. */
  readonly typical: string;
  readonly command: readonly string[];
  /** Reads the counts from what it printed; undefined where there are none to be read. */
  readonly counts: (output: string) => Counts | undefined;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const root = join(__dirname, "..");
const node = process.execPath;
const bin = (name: string, file: string) => join(root, "node_modules", name, file);
const mocha = bin("mocha", "bin/mocha.js");

/** Every service, and what a new one begins with. */
const withSources = ["services", "starters"].flatMap((parent) =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`),
);

const runners: readonly Runner[] = [
  check("types", "15 s", [node, bin("typescript", "bin/tsc"), "--noEmit"]),
  ...withSources
    .filter(has("tsconfig.json"))
    .map((folder) =>
      check(`types of ${name(folder)}`, "5 s", [node, bin("typescript", "bin/tsc"), "-p", folder]),
    ),
  check("lint", "20 s", [node, bin("eslint", "bin/eslint.js"), "."]),
  check("format", "5 s", [node, bin("prettier", "bin/prettier.cjs"), "--check", "--log-level=warn", "."]),
  { name: "unit", typical: "2 min", command: [node, mocha], counts: mochaCounts },
  ...withSources.flatMap(testsOf),
  {
    name: "engine",
    typical: "8 min; 20 min more where the tools are built first",
    command: [node, mocha, "--config", "tests/engine/.mocharc.json"],
    counts: mochaCounts,
  },
  {
    name: "containers",
    typical: "2 min",
    command: [node, mocha, "--config", "tests/containers/.mocharc.json"],
    counts: mochaCounts,
  },
];

async function main(): Promise<void> {
  const program = new Command("tests/run.ts")
    .option("--only <names>", "comma-separated names of runners", (text) => text.split(","))
    .parse();
  const { only } = program.opts<{ only?: string[] }>();
  const known = runners.map(({ name }) => name);
  const unknown = only?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0)
    program.error(`no such runner: ${unknown.join(", ")}; there are ${known.join(", ")}`);

  // Engine, plugins, builder and registry, and a client that is not ours: what the tests take from PATH.
  const toolchain = await resolveToolchain({ root, progress: terminalProgress() });
  await ensureDebianPackages(["skopeo"], terminalProgress());
  const results: (Ran & { name: string })[] = [];
  for (const runner of runners.filter(({ name }) => only?.includes(name) ?? true)) {
    results.push({ name: runner.name, ...(await run(runner, toolchain.env())) });
  }
  // Once more, since a log may be long, or cut at its start.
  for (const { name, counts, output } of results) {
    if (counts.failed > 0) console.log(`What failed in ${name}:\n${endOf(output)}\n`);
  }
  for (const { name, counts } of results) {
    console.log(`${name.padEnd(14)} ${counts.passed} passed, ${counts.failed} failed`);
  }
  for (const { name, output } of results) {
    for (const failure of mochaFailures(output)) console.log(`failed: ${name}: ${failure}`);
  }
  const passed = results.reduce((sum, { counts }) => sum + counts.passed, 0);
  const failed = results.reduce((sum, { counts }) => sum + counts.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

interface Ran {
  readonly counts: Counts;
  readonly output: string;
}

function run(runner: Runner, env: Record<string, string>): Promise<Ran> {
  console.log(`▸ ${runner.name} (usually ${runner.typical})`);
  const [command = "", ...args] = runner.command;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      // Whether output has colours is not what is tested; CI alone makes some libraries turn them on.
      env: { ...process.env, ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      console.log(`${runner.name} can't be started: ${error.message}`);
      resolve({ counts: { passed: 0, failed: 1 }, output: "" });
    });
    child.on("close", (code) => resolve({ counts: judge(code, runner.counts(output)), output }));
  });
}

/** A non-zero exit is a failure even where every count looks well. */
function judge(code: number | null, counts: Counts | undefined): Counts {
  if (counts === undefined || (code !== 0 && counts.failed === 0)) return { passed: 0, failed: 1 };
  return counts;
}

/** Mocha's list of failures, or the last lines. */
function endOf(output: string): string {
  return failureList(output)?.slice(0, 8_000) ?? output.trimEnd().split("\n").slice(-20).join("\n");
}

function has(file: string): (folder: string) => boolean {
  return (folder) => existsSync(join(root, folder, file));
}

function name(folder: string): string {
  return folder.replace("services/", "").replace("starters/", "starter ");
}

/** A service's own tests, by the language that they are in. */
function testsOf(folder: string): Runner[] {
  const tests = has("test")(folder) ? readdirSync(join(root, folder, "test")) : [];
  const typical = "5 s";
  return [
    ...(tests.some((file) => /^test_.*\.py$/.test(file))
      ? [
          {
            name: name(folder),
            typical,
            command: ["python3", "-m", "unittest", "discover", "-s", `${folder}/test`],
            counts: unittestCounts,
          },
        ]
      : []),
    ...(tests.some((file) => file.endsWith(".test.mts"))
      ? [
          {
            name: name(folder),
            typical,
            command: [node, "--test", "--test-reporter=tap", `${folder}/test/*.test.mts`],
            counts: tapCounts,
          },
        ]
      : []),
    ...(has("go.mod")(folder)
      ? [
          check(name(folder), "10 s", ["go", "test", "-C", folder, "./..."]),
          check(`vet of ${name(folder)}`, "5 s", ["go", "vet", "-C", folder, "./..."]),
        ]
      : []),
  ];
}

function check(name: string, typical: string, command: readonly string[]): Runner {
  // Judged by its exit code alone, as one test.
  return { name, typical, command, counts: () => ({ passed: 1, failed: 0 }) };
}

function mochaCounts(output: string): Counts | undefined {
  const passing = /^\s*(\d+) passing/m.exec(output)?.[1];
  return passing === undefined
    ? undefined
    : { passed: Number(passing), failed: Number(/^\s*(\d+) failing/m.exec(output)?.[1] ?? 0) };
}

function unittestCounts(output: string): Counts | undefined {
  const ran = /^Ran (\d+) tests? in/m.exec(output)?.[1];
  if (ran === undefined || Number(ran) === 0) return undefined;
  const bad = [...(/^FAILED \((.*)\)/m.exec(output)?.[1]?.matchAll(/(failures|errors)=(\d+)/g) ?? [])];
  const failed = bad.reduce((sum, [, , count]) => sum + Number(count), 0);
  return { passed: Number(ran) - failed, failed };
}

function tapCounts(output: string): Counts | undefined {
  const passed = /^# pass (\d+)/m.exec(output)?.[1];
  return passed === undefined
    ? undefined
    : { passed: Number(passed), failed: Number(/^# fail (\d+)/m.exec(output)?.[1] ?? 0) };
}

main().catch((error: unknown) => {
  if (!(error instanceof PlatformError)) throw error;
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
});
