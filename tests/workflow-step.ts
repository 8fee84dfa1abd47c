/** Runs one step's script of a rendered workflow as a runner would, without the runner. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface StepRun {
  readonly status: number | null;
  /** Both streams. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export interface StepInputs {
  readonly workflow: string;
  readonly job: string;
  readonly step: string;
  /** The workspace; what a runner keeps beside it goes to `.runner` in it. */
  readonly folder: string;
  /** Where the step runs. @default the workspace */
  readonly cwd?: string;
  /** Values of what the workflow fills in by expressions. Plain values are taken from the workflow. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders that are looked through for programs first. */
  readonly path?: readonly string[];
  /** What the machine's environment holds beside that of every runner. */
  readonly machine?: Readonly<Record<string, string>>;
}

type Steps = readonly {
  readonly name: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, unknown>>;
}[];

/** Runs it. An expression that no value was given for fails the test: nothing is left to chance. */
export function runStep(inputs: StepInputs): StepRun {
  const { args, cwd, env, finished } = prepared(inputs);
  const { status, stdout, stderr } = spawnSync("bash", args, { cwd, encoding: "utf8", env });
  return finished(status, stdout + stderr);
}

/** The same where what the script talks to runs in the test's own process. */
export async function runStepBeside(inputs: StepInputs): Promise<StepRun> {
  const { args, cwd, env, finished } = prepared(inputs);
  const child = spawn("bash", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return finished(status, log);
}

function prepared(inputs: StepInputs) {
  const { workflow, job, step, folder, cwd = folder, env = {}, path = [], machine = {} } = inputs;
  const { jobs } = parse(workflow) as { jobs: Record<string, { steps: Steps }> };
  const found = jobs[job]?.steps.find(({ name }) => name === step);
  assert.ok(found?.run, `${job}: ${step} is a script`);
  const beside = join(folder, ".runner");
  mkdirSync(beside, { recursive: true });
  const [output, summary] = [join(beside, "output"), join(beside, "summary")];
  for (const file of [output, summary]) writeFileSync(file, "");
  return {
    cwd,
    args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", found.run],
    env: {
      ...machine,
      PATH: [...path, machine["PATH"] ?? process.env["PATH"]].join(":"),
      HOME: process.env["HOME"],
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: beside,
      ...filledIn(found.env ?? {}, env),
    },
    finished: (status: number | null, log: string): StepRun => ({
      status,
      log,
      outputs: Object.fromEntries(
        readFileSync(output, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
      summary: readFileSync(summary, "utf8"),
    }),
  };
}

function filledIn(
  declared: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(declared).map(([key, value]) => {
      const plain = String(value);
      if (!plain.includes("${{")) return [key, given[key] ?? plain];
      const filled = given[key];
      assert.ok(filled !== undefined, `a value for ${key}`);
      return [key, filled];
    }),
  );
}
