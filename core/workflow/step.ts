/** Steps of a job. A script takes what it doesn't know through its environment, never by text put into it. */
import { PlatformError, type Fault } from "../errors";
import { Expression, Text, type Value } from "./expression";
import type { Action } from "./pins";

export type Values = Readonly<Record<string, Value>>;

interface StepCommon<Output extends string> {
  /** What a person reads in the run's log. */
  readonly name: string;
  /** Needed where the step has outputs. */
  readonly id?: string;
  /** Environment variables. */
  readonly env?: Values;
  /** Names that the step sets; each can be used as `step.outputs.<name>`. */
  readonly outputs?: readonly Output[];
  /** Runs also where an earlier step failed: for reports only. @default false */
  readonly evenAfterFailure?: boolean;
}

export interface RunSpec<Output extends string> extends StepCommon<Output> {
  /** Bash, stopped by the first command that fails. Must not hold `${{ }}`. */
  readonly script: string;
  /** From the workspace's top. @default the workspace's top */
  readonly folder?: string;
}

export interface UsesSpec<Output extends string> extends StepCommon<Output> {
  readonly action: Action;
  /** The action's inputs. */
  readonly with?: Values;
}

/** A step, with its outputs as values that later steps and the job's outputs take. */
export interface Step<Output extends string = never> {
  readonly name: string;
  readonly id: string | undefined;
  readonly env: Values;
  readonly evenAfterFailure: boolean;
  readonly does:
    | { readonly kind: "run"; readonly script: string; readonly folder: string | undefined }
    | { readonly kind: "uses"; readonly action: Action; readonly with: Values };
  readonly outputs: Readonly<Record<Output, StepOutput>>;
}

/** Any step: its outputs are not asked for. */
export type AnyStep = Omit<Step, "outputs">;

/** An output of a step; only a job's own steps can become its outputs. */
export class StepOutput extends Expression {
  constructor(
    readonly step: () => AnyStep,
    id: string,
    output: string,
  ) {
    super(`steps.${id}.outputs.${output}`, [{ kind: "step", step }]);
  }
}

/**
 * A step that runs a script.
 * @throws PlatformError where the script or a plain value holds an expression: whoever names a branch, a title or a
 * file could then write code into the script
 */
export function run<Output extends string = never>(spec: RunSpec<Output>): Step<Output> {
  const faults = expressionFaults(`step "${spec.name}": run`, spec.script);
  return step(spec, { kind: "run", script: spec.script, folder: spec.folder }, faults);
}

/** A step that uses an action, which is pinned by its commit. */
export function uses<Output extends string = never>(spec: UsesSpec<Output>): Step<Output> {
  const given = spec.with ?? {};
  const does = { kind: "uses", action: spec.action, with: given } as const;
  return step(spec, does, valueFaults(`step "${spec.name}": with`, given));
}

function step<Output extends string>(
  spec: StepCommon<Output>,
  does: Step["does"],
  faults: readonly Fault[],
): Step<Output> {
  const { id, name, env = {}, outputs = [] } = spec;
  const all = [
    ...faults,
    ...valueFaults(`step "${name}": env`, env),
    ...(id === undefined ? [] : idFaults(`step "${name}": id`, id)),
    ...(outputs.length > 0 && id === undefined ? [withoutId(name)] : []),
  ];
  if (all.length > 0) throw new PlatformError(all);
  const made: Step<Output> = {
    name,
    id,
    env,
    evenAfterFailure: spec.evenAfterFailure ?? false,
    does,
    outputs: Object.fromEntries(
      outputs.map((output) => [output, new StepOutput(() => made, id ?? "", output)]),
    ) as Record<Output, StepOutput>,
  };
  return made;
}

/** Plain strings among the values that hold an expression. */
export function valueFaults(where: string, values: Values): Fault[] {
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === "string" ? expressionFaults(`${where}.${key}`, value, "expression") : [],
  );
}

/** An id that GitHub takes: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#jobsjob_id */
export function idFaults(where: string, id: string): Fault[] {
  return /^[a-zA-Z_][a-zA-Z0-9_-]*$/.test(id)
    ? []
    : [
        {
          code: "invalid-id",
          where,
          problem: "must start with a letter or _ and hold letters, digits, - and _ only",
          got: id,
          fix: "give it such a name",
        },
      ];
}

/** Every value of a step that may come from elsewhere. */
export function valuesOf(step: AnyStep): readonly Value[] {
  return [...Object.values(step.env), ...(step.does.kind === "uses" ? Object.values(step.does.with) : [])];
}

/** Whether a value is filled in when the workflow runs. */
export function isDynamic(value: unknown): value is Expression | Text {
  return value instanceof Expression || value instanceof Text;
}

function expressionFaults(where: string, text: string, kind: "script" | "expression" = "script"): Fault[] {
  if (!text.includes("${{")) return [];
  return [
    {
      code: "expression-in-text",
      where,
      problem:
        kind === "script"
          ? "holds ${{ }}, whose value would become part of the script"
          : "holds ${{ }} in plain text",
      fix:
        kind === "script"
          ? "pass the value through env and use the shell's own variable"
          : "use a value of core/workflow/expression",
    },
  ];
}

function withoutId(name: string): Fault {
  return {
    code: "outputs-without-id",
    where: `step "${name}": outputs`,
    problem: "a step's outputs are asked for by its id",
    fix: "give the step an id",
  };
}
