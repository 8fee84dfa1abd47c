/**
 * The one job of a workflow that branch rules may require. GitHub counts a skipped job as passed, skips a job whose
 * needs failed, and names a matrix job after its values: so a required check is this job alone, which has a
 * fixed name, always runs, and passes only if every other job ended as it had to.
 */
import { PlatformError } from "../errors";
import { choose, type Expression } from "./expression";
import { closure, resultOf, type AnyJob } from "./model";
import { run } from "./step";

/** GitHub Actions' app id: a check that is bound to it can't be reported by another app. */
export const githubActionsAppId = 15368;

declare const made: unique symbol;

/** The name that branch rules require; only a gate makes one. */
export interface Check {
  /** As GitHub reports it: the gate job's name. */
  readonly name: string;
  readonly [made]: true;
}

export interface Gate {
  readonly job: AnyJob;
  readonly check: Check;
}

export interface GateSpec {
  /** Name of the check; fixed, and unique among a repository's workflows. */
  readonly name: string;
  /** The last jobs; the gate watches them and all that they need. */
  readonly jobs: readonly [AnyJob, ...AnyJob[]];
  readonly runsOn: string;
}

/**
 * Makes the gate of a workflow.
 * @throws PlatformError where a job in it is called like the check: branch rules could take one for the other
 */
export function gate({ name, jobs, runsOn }: GateSpec): Gate {
  const watched = closure(jobs);
  const namesake = watched.find((job) => String(job.name) === name);
  if (namesake !== undefined || name.trim() === "" || name.includes("${{")) {
    throw new PlatformError({
      code: "invalid-check-name",
      where: `gate "${name}": name`,
      problem:
        namesake === undefined ? "must be fixed text" : `the job ${namesake.id} is reported under this name`,
      got: name,
      fix: "give the gate a name that nothing else in the workflow has",
    });
  }
  const job: AnyJob = {
    id: "gate",
    name,
    purpose: "Branch rules require this job. It always runs: a skipped one would count as passed.",
    gate: true,
    needs: watched,
    runsOn,
    permissions: {},
    timeoutMinutes: 5,
    declaredOutputs: {},
    steps: [judgement(watched)],
  };
  return { job, check: { name } as Check };
}

/** A job that its own condition skips must have been skipped; every other one must have succeeded. */
function judgement(watched: readonly AnyJob[]) {
  const env = Object.fromEntries(
    watched.flatMap((job) => [
      [`${variable(job)}_RESULT`, resultOf(job)],
      ...(job.when === undefined
        ? []
        : [[`${variable(job)}_EXPECTED`, choose(job.when, "success", "skipped")]]),
    ]),
  ) as Record<string, Expression>;
  return run({
    name: "Every job ended as it had to",
    env,
    script: [
      "failed=0",
      "expect() {",
      '  echo "$1: $2"',
      '  if [ "$2" != "$3" ]; then',
      '    echo "::error::$1 ended as \\"$2\\", not as \\"$3\\""',
      "    failed=1",
      "  fi",
      "}",
      ...watched.map(
        (job) =>
          `expect ${job.id} "$${variable(job)}_RESULT" ` +
          (job.when === undefined ? "success" : `"$${variable(job)}_EXPECTED"`),
      ),
      'exit "$failed"',
    ].join("\n"),
  });
}

function variable({ id }: AnyJob): string {
  return id.toUpperCase().replaceAll("-", "_");
}
