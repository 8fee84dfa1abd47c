/**
 * A workflow as data: what may be said here is what is safe to say. Jobs and their outputs are referred to as
 * objects, so a name that doesn't exist doesn't compile; permissions are asked for job by job, each with its
 * reason; a trigger that runs a stranger's code with this repository's rights can't be written down.
 */
import { PlatformError, type Fault } from "../errors";
import type { Check, Gate } from "./gate";
import type { Condition } from "./expression";
import { Expression, fromJson, originsOf, type Origin, type Text, type Value } from "./expression";
import { idFaults, valuesOf, type AnyStep, type StepOutput } from "./step";

/**
 * Events that start a workflow. Missing on purpose: `pull_request_target`, `workflow_run`, `issue_comment` and the
 * like run with this repository's rights on what a stranger sent; `create` takes the default branch for any ref.
 */
export interface Events {
  readonly push?: { readonly branches?: readonly string[]; readonly tags?: readonly string[] };
  readonly pull_request?: {
    readonly types: readonly ("opened" | "synchronize" | "reopened" | "ready_for_review" | "closed")[];
    readonly branches?: readonly string[];
  };
  /**
   * A release that is published: by whoever may push a tag, on that tag's commit. Drafts start nothing; neither does
   * one that a workflow made with its own token.
   */
  readonly release?: { readonly types: readonly ["published"] };
  readonly merge_group?: { readonly types: readonly ["checks_requested"] };
  readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, DispatchInput>> };
  /** Cron lines, in UTC. */
  readonly schedule?: readonly { readonly cron: string }[];
}

/** An input of a manual run. */
export interface DispatchInput {
  readonly description: string;
  readonly required: boolean;
  readonly type: "string" | "boolean" | "choice";
  readonly options?: readonly string[];
  readonly default?: string;
}

/** Scopes of a job's token: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#permissions */
export type PermissionScope =
  | "actions"
  | "artifact-metadata"
  | "attestations"
  | "checks"
  | "contents"
  | "deployments"
  | "id-token"
  | "issues"
  | "packages"
  | "pull-requests"
  | "security-events"
  | "statuses";

/** A right of a job's token, and what it is for. */
export interface Permission {
  readonly access: "read" | "write";
  /** Rendered as the line's comment. */
  readonly reason: string;
}

/** All that a job's token may do; `{}` is nothing. */
export type Permissions = Readonly<Partial<Record<PermissionScope, Permission>>>;

export interface Concurrency {
  readonly group: Text;
  readonly cancelInProgress: boolean | Condition;
  /** Rendered as a comment. */
  readonly reason: string;
}

/** A deployment environment that is declared on GitHub; a job that names another would create it unprotected. */
export interface EnvironmentReference {
  /** As on GitHub; core/fleet's `Environment` is one. */
  readonly githubName: string;
}

/** Runs of one job with different values. */
export interface Matrix<Key extends string> {
  readonly runs:
    | { readonly kind: "axes"; readonly axes: Readonly<Record<string, readonly string[]>> }
    /** A JSON array of objects, made by an earlier job. */
    | { readonly kind: "include"; readonly include: Expression };
  /** The values of one run. */
  readonly values: Readonly<Record<Key, Expression>>;
}

/** A matrix whose runs are known when it is rendered: every combination. */
export function matrixOfAxes<Key extends string>(
  axes: Readonly<Record<Key, readonly [string, ...string[]]>>,
): Matrix<Key> {
  return matrix({ kind: "axes", axes }, Object.keys(axes) as Key[]);
}

/** A matrix whose runs an earlier job decides: a JSON array of objects that each have these keys. */
export function matrixFromJson<Key extends string>(
  include: Expression,
  keys: readonly [Key, ...Key[]],
): Matrix<Key> {
  return matrix({ kind: "include", include: fromJson(include) }, keys);
}

export interface JobSpec<Output extends string> {
  readonly id: string;
  /** What a person reads, and what GitHub reports as a check. */
  readonly name: string | Text;
  /** What it does and what it must not, rendered as a comment. */
  readonly purpose: string;
  /** Jobs that come first; those whose outputs it uses need no mention. */
  readonly needs?: readonly AnyJob[];
  /** Where it doesn't hold, the job is skipped, and a gate expects just that. @default it always runs */
  readonly when?: Condition;
  /** Runs also where a job that it needs failed, unless the run was cancelled: for reports only. @default false */
  readonly evenAfterFailure?: boolean;
  readonly runsOn: string | Expression;
  readonly permissions: Permissions;
  readonly environment?: EnvironmentReference;
  readonly matrix?: Matrix<string>;
  readonly concurrency?: Concurrency;
  readonly env?: Readonly<Record<string, Value>>;
  readonly timeoutMinutes: number;
  readonly steps: readonly [AnyStep, ...AnyStep[]];
  /** By name, each an output of one of its steps. */
  readonly outputs?: Readonly<Record<Output, StepOutput>>;
}

/** A job that can be needed. */
export interface Job<Output extends string = never> extends Omit<AnyJob, "outputs"> {
  /** As other jobs take them. */
  readonly outputs: Readonly<Record<Output, Expression>>;
}

/** Any job: its outputs are not asked for. */
export interface AnyJob extends Omit<JobSpec<never>, "needs" | "outputs"> {
  readonly needs: readonly AnyJob[];
  /** Whether it runs whatever became of the jobs it needs. Only a gate does. */
  readonly gate: boolean;
  readonly declaredOutputs: Readonly<Record<string, StepOutput>>;
}

/**
 * Makes a job.
 * @throws PlatformError with every fault at once: an output of another job's step, another job's matrix, an
 * illegal id, ids of steps that occur twice
 */
export function job<Output extends string = never>(spec: JobSpec<Output>): Job<Output> {
  const faults = jobFaults(spec);
  if (faults.length > 0) throw new PlatformError(faults);
  const declared: Readonly<Record<string, StepOutput>> = spec.outputs ?? {};
  const made: Job<Output> & AnyJob = {
    ...spec,
    gate: false,
    needs: unique([...(spec.needs ?? []), ...jobsOf(spec)]),
    declaredOutputs: declared,
    outputs: Object.fromEntries(
      Object.keys(declared).map((output) => [
        output,
        new Expression(`needs.${spec.id}.outputs.${output}`, [{ kind: "job", job: () => made }]),
      ]),
    ) as Record<Output, Expression>,
  };
  return made;
}

/** How a job ended: `success`, `failure`, `cancelled` or `skipped`. */
export function resultOf(job: AnyJob): Expression {
  return new Expression(`needs.${job.id}.result`, [{ kind: "job", job: () => job }]);
}

export interface WorkflowSpec {
  /** Its file below `.github/workflows/`. */
  readonly file: string;
  readonly name: string;
  /** The file that declares it, for the header. */
  readonly declaredIn: string;
  readonly on: Events;
  readonly concurrency: Concurrency;
  /**
   * The last jobs; those that they need come along. With a gate its check can be required by branch rules; one
   * that no pull request starts has none.
   */
  readonly ends: Gate | readonly [AnyJob, ...AnyJob[]];
}

export interface Workflow extends Omit<WorkflowSpec, "ends"> {
  /** Every job after those that it needs. */
  readonly jobs: readonly AnyJob[];
  /** What branch rules can require of it. */
  readonly checks: readonly Check[];
}

/**
 * Makes a workflow of the jobs that its last ones lead to.
 * @throws PlatformError where two jobs have one id, or none of its events is named
 */
export function workflow({ ends, ...spec }: WorkflowSpec): Workflow {
  const gate = "check" in ends ? ends : undefined;
  const jobs = closure("check" in ends ? [ends.job] : ends);
  const faults = [
    ...duplicates(jobs.map(({ id }) => id)).map((id) => duplicateId(`${spec.file}: jobs`, id)),
    ...(Object.keys(spec.on).length > 0 ? [] : [withoutEvents(spec.file)]),
  ];
  if (faults.length > 0) throw new PlatformError(faults);
  return { ...spec, jobs, checks: gate === undefined ? [] : [gate.check] };
}

/** These jobs and all that they need, each after what it needs. */
export function closure(last: readonly AnyJob[]): readonly AnyJob[] {
  return unique(last.flatMap((end) => [...closure(end.needs), end]));
}

function matrix<Key extends string>(runs: Matrix<Key>["runs"], keys: readonly Key[]): Matrix<Key> {
  const made: Matrix<Key> = {
    runs,
    values: Object.fromEntries(
      keys.map((key) => [key, new Expression(`matrix.${key}`, [{ kind: "matrix", matrix: () => made }])]),
    ) as Record<Key, Expression>,
  };
  return made;
}

function jobFaults(spec: JobSpec<string>): Fault[] {
  const where = `job ${spec.id}`;
  const ids = spec.steps.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return [
    ...idFaults(`${where}: id`, spec.id),
    ...duplicates(ids).map((id) => duplicateId(`${where}: steps`, id)),
    ...spec.steps.flatMap((step, index) =>
      strangers(`${where}, step "${step.name}"`, originsOf(valuesOf(step)), spec.steps.slice(0, index), spec),
    ),
    ...strangers(`${where}: outputs`, originsOf(Object.values(spec.outputs ?? {})), spec.steps, spec),
    ...strangers(where, originsOf([spec.name, spec.runsOn, ...Object.values(spec.env ?? {})]), [], spec),
  ];
}

/** Origins that are not at hand in the job: steps that didn't run before, another job's matrix. */
function strangers(
  where: string,
  origins: readonly Origin[],
  before: readonly AnyStep[],
  spec: JobSpec<string>,
): Fault[] {
  return origins.flatMap((origin): Fault[] => {
    if (origin.kind === "step" && !before.includes(origin.step())) {
      return [
        {
          code: "unknown-step",
          where,
          problem: `uses an output of the step "${origin.step().name}", which is no earlier step of this job`,
          fix: "put that step before, or pass its value on as an output of its job",
        },
      ];
    }
    if (origin.kind === "secret" && spec.environment === undefined) {
      return [
        {
          code: "secret-without-environment",
          where,
          problem: `uses the secret ${origin.name} in no deployment environment, whose rules would guard it`,
          fix: "give the job an environment",
        },
      ];
    }
    if (origin.kind === "matrix" && origin.matrix() !== spec.matrix) {
      return [
        {
          code: "unknown-matrix",
          where,
          problem: "uses a value of a matrix that is not this job's",
          fix: "give the job that matrix",
        },
      ];
    }
    return [];
  });
}

/** Jobs whose outputs a job uses anywhere. */
function jobsOf(spec: JobSpec<string>): readonly AnyJob[] {
  const { concurrency, matrix: runs } = spec;
  const values = [
    spec.name,
    spec.when,
    spec.runsOn,
    concurrency?.group,
    concurrency?.cancelInProgress,
    runs?.runs.kind === "include" ? runs.runs.include : undefined,
    ...Object.values(spec.env ?? {}),
    ...spec.steps.flatMap(valuesOf),
  ];
  return originsOf(values).flatMap((origin) => (origin.kind === "job" ? [origin.job()] : []));
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}

function duplicates(ids: readonly string[]): readonly string[] {
  return unique(ids.filter((id, index) => ids.indexOf(id) !== index));
}

function duplicateId(where: string, id: string): Fault {
  return {
    code: "duplicate-id",
    where,
    problem: "two have one id",
    got: id,
    fix: "give each an id of its own",
  };
}

function withoutEvents(file: string): Fault {
  return {
    code: "no-events",
    where: `${file}: on`,
    problem: "nothing starts this workflow",
    fix: "name at least one event",
  };
}
