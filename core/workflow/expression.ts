/**
 * Values that GitHub fills in when a workflow runs. Each knows where it comes from, so that a job which uses
 * another job's output can be held to needing that job. Nothing else can put `${{ }}` into a workflow.
 */
import type { AnyJob, Matrix } from "./model";
import type { AnyStep } from "./step";

/** What must be at hand where an expression is used. */
export type Origin =
  | { readonly kind: "job"; readonly job: () => AnyJob }
  | { readonly kind: "step"; readonly step: () => AnyStep }
  | { readonly kind: "matrix"; readonly matrix: () => Matrix<string> }
  /** Of the job's environment. */
  | { readonly kind: "secret"; readonly name: string };

/** One expression, without its braces. */
export class Expression {
  /** @param text GitHub's expression syntax, e.g. `needs.plan.outputs.builds` */
  constructor(
    readonly text: string,
    readonly origins: readonly Origin[] = [],
  ) {}

  /** As it stands in a workflow. */
  toString(): string {
    return `\${{ ${this.text} }}`;
  }
}

/** An expression that is true or false: what a job may run on. */
export class Condition extends Expression {
  // Tells a condition from an expression of any type: `if: ${{ 'false' }}` would be true.
  readonly holds = true;
}

/** Text with expressions in it. */
export class Text {
  constructor(
    readonly source: string,
    readonly origins: readonly Origin[],
  ) {}

  toString(): string {
    return this.source;
  }
}

/** What a field of a workflow may hold. Plain strings are taken as they are and hold no expression. */
export type Value = string | number | boolean | Expression | Text;

/** The parts of the `github` context that workflows here use: https://docs.github.com/actions/reference/contexts */
export type GithubContext =
  | "actor"
  | "event.action"
  | "event.before"
  | "event.inputs.digest"
  | "event.inputs.environment"
  | "event.inputs.expect"
  | "event.inputs.mode"
  | "event.inputs.reason"
  | "event.inputs.rollback"
  | "event.inputs.service"
  | "event.merge_group.base_sha"
  | "event.pull_request.base.sha"
  | "event.pull_request.head.repo.full_name"
  | "event.pull_request.head.sha"
  | "event.pull_request.number"
  | "event.release.tag_name"
  | "event.repository.owner.type"
  | "event_name"
  | "ref"
  | "repository"
  | "run_attempt"
  | "run_id"
  | "server_url"
  | "sha"
  | "token"
  | "workflow"
  | "workspace";

export function github(path: GithubContext): Expression {
  return new Expression(`github.${path}`);
}

/** A secret of the environment that the job runs in; a job without one can't use it. Empty where it isn't set. */
export function secret(name: string): Expression {
  return new Expression(`secrets.${name}`, [{ kind: "secret", name }]);
}

/** An input of a manual run; empty in every other one. */
export function input(name: string): Expression {
  return new Expression(`inputs.${name}`);
}

/** A folder of the runner that ends with the job. */
export const runnerTemp = new Expression("runner.temp");

/** The first that is not empty. */
export function firstOf(...expressions: readonly [Expression, ...Expression[]]): Expression {
  return new Expression(expressions.map(({ text }) => text).join(" || "), originsOf(expressions));
}

/** `yes` where the condition holds, else `no`; `yes` must not be empty, which GitHub would take for false. */
export function choose(condition: Condition, yes: string | Expression, no: string | Expression): Expression {
  if (yes === "") throw new Error("choose: the first value must not be empty");
  return new Expression(
    `${condition.text} && ${operand(yes)} || ${operand(no)}`,
    originsOf([condition, yes, no]),
  );
}

export function isEqual(value: Expression, other: string | Expression): Condition {
  return new Condition(`${value.text} == ${operand(other)}`, originsOf([value, other]));
}

/** Whether both hold. */
export function both(one: Condition, other: Condition): Condition {
  return new Condition(`${one.text} && ${other.text}`, originsOf([one, other]));
}

export function startsWith(value: Expression, literal: string): Condition {
  return new Condition(`startsWith(${value.text}, ${quote(literal)})`, value.origins);
}

export function contains(value: Expression, literal: string): Condition {
  return new Condition(`contains(${value.text}, ${quote(literal)})`, value.origins);
}

export function not(condition: Condition): Condition {
  return new Condition(`!(${condition.text})`, condition.origins);
}

/** JSON text as the value that it stands for. */
export function fromJson(value: Expression): Expression {
  return new Expression(`fromJSON(${value.text})`, value.origins);
}

/** A value as JSON text. */
export function toJson(value: Expression): Expression {
  return new Expression(`toJSON(${value.text})`, value.origins);
}

/** Text with values in it: text`digest-${matrix.values.service}`. */
export function text(strings: TemplateStringsArray, ...values: readonly (string | Expression)[]): Text {
  const source = strings
    .map((part, index) => (index === 0 ? part : String(values[index - 1]) + part))
    .join("");
  return new Text(source, originsOf(values));
}

/** Where all these come from. */
export function originsOf(values: readonly unknown[]): readonly Origin[] {
  return values.flatMap((value) =>
    value instanceof Expression || value instanceof Text ? value.origins : [],
  );
}

/** A literal of the expression language: a quote is doubled. */
export function quote(literal: string): string {
  return `'${literal.replaceAll("'", "''")}'`;
}

function operand(value: string | Expression): string {
  return value instanceof Expression ? value.text : quote(value);
}
