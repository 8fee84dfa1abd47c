/** From a workflow to the text of its file: the same workflow gives the same bytes. */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from "yaml";
import type { Value } from "./expression";
import type { AnyJob, Concurrency, Events, Matrix, Permissions, Workflow } from "./model";
import { reference } from "./pins";
import { isDynamic, type AnyStep } from "./step";

/** The file's text, with a header that says where to change it. */
export function renderWorkflow(workflow: Workflow): string {
  const document = new Document(new YAMLMap());
  const root = map([
    ["name", scalar(workflow.name)],
    ["on", events(workflow.on)],
    ["permissions", emptyMap(), "Nothing: each job asks for what it needs."],
    ["concurrency", concurrency(workflow.concurrency), workflow.concurrency.reason],
    ["defaults", map([["run", map([["shell", scalar("bash")]])]])],
    ["jobs", map(workflow.jobs.map((job) => [job.id, renderJob(job), job.purpose]))],
  ]);
  separate(root);
  const jobs = root.get("jobs");
  if (jobs instanceof YAMLMap) separate(jobs);
  document.contents = root;
  document.commentBefore = ` Generated: do not edit. pulumi up stops at a change by hand and says what becomes of it.\n Declared in ${workflow.declaredIn}.`;
  return document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: false });
}

type Entry = readonly [key: string, node: Node | undefined, comment?: string | undefined];

function renderJob(job: AnyJob): Node {
  return map([
    ["name", value(job.name)],
    // Without it a gate is skipped when a job fails, and a skipped check counts as passed.
    ["if", condition(job)],
    ["needs", job.needs.length === 0 ? undefined : list(job.needs.map(({ id }) => id))],
    ["runs-on", value(job.runsOn)],
    ["environment", job.environment && scalar(job.environment.githubName)],
    ["permissions", permissions(job.permissions)],
    ["concurrency", job.concurrency && concurrency(job.concurrency), job.concurrency?.reason],
    ["timeout-minutes", scalar(job.timeoutMinutes)],
    ["strategy", job.matrix && strategy(job.matrix)],
    ["outputs", values(job.declaredOutputs)],
    ["env", values(job.env ?? {})],
    ["steps", sequence(job.steps.map(renderStep))],
  ]);
}

function condition({ gate, when, evenAfterFailure }: AnyJob): Node | undefined {
  if (gate) return scalar("always()");
  if (evenAfterFailure !== true) return when && scalar(when.text);
  return scalar(when === undefined ? "${{ !cancelled() }}" : `(${when.text}) && !cancelled()`);
}

function renderStep(step: AnyStep): Node {
  const { does } = step;
  const common: readonly Entry[] = [
    ["name", scalar(step.name)],
    ["id", step.id === undefined ? undefined : scalar(step.id)],
    ["if", step.evenAfterFailure ? scalar("always()") : undefined],
  ];
  if (does.kind === "uses") {
    const { action } = does;
    return map([
      ...common,
      ["uses", scalar(reference(action), action.version)],
      ["env", values(step.env)],
      ["with", values(does.with)],
    ]);
  }
  const script = scalar(`${does.script.replace(/\n+$/, "")}\n`);
  script.type = Scalar.BLOCK_LITERAL;
  return map([
    ...common,
    ["working-directory", does.folder === undefined ? undefined : scalar(does.folder)],
    ["env", values(step.env)],
    ["run", script],
  ]);
}

function events(on: Events): Node {
  return map([
    ["push", on.push && plain(on.push)],
    ["pull_request", on.pull_request && plain(on.pull_request)],
    ["release", on.release && plain(on.release)],
    ["merge_group", on.merge_group && plain(on.merge_group)],
    ["workflow_dispatch", on.workflow_dispatch && plain(on.workflow_dispatch)],
    ["schedule", on.schedule && plain(on.schedule)],
  ]);
}

function permissions(given: Permissions): Node {
  const entries = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return emptyMap();
  return map(entries.map(([scope, { access, reason }]) => [scope, scalar(access, reason)]));
}

function concurrency(given: Concurrency): Node {
  return map([
    ["group", value(given.group)],
    ["cancel-in-progress", value(given.cancelInProgress)],
  ]);
}

function strategy({ runs }: Matrix<string>): Node {
  return map([
    // Every run's result is wanted, not only the first failure's.
    ["fail-fast", scalar(false)],
    ["matrix", runs.kind === "axes" ? plain(runs.axes) : map([["include", value(runs.include)]])],
  ]);
}

function values(given: Readonly<Record<string, Value>>): Node | undefined {
  const entries = Object.entries(given);
  return entries.length === 0 ? undefined : map(entries.map(([key, item]) => [key, value(item)]));
}

function value(item: Value): Scalar {
  return scalar(isDynamic(item) ? item.toString() : item);
}

function scalar<T extends string | number | boolean>(item: T, comment?: string): Scalar<T> {
  const node = new Scalar<T>(item);
  if (comment !== undefined) node.comment = ` ${comment}`;
  return node;
}

/** Plain data: objects in the order in which they were written. */
function plain(data: unknown): Node {
  if (Array.isArray(data)) {
    return data.every((item) => typeof item === "string") ? list(data) : sequence(data.map(plain));
  }
  if (typeof data === "object" && data !== null) {
    const entries = Object.entries(data);
    return entries.length === 0 ? emptyMap() : map(entries.map(([key, item]) => [key, plain(item)]));
  }
  return new Scalar(data);
}

function list(items: readonly string[]): Node {
  const node = sequence(items.map((item) => scalar(item)));
  node.flow = true;
  return node;
}

function sequence(items: readonly Node[]): YAMLSeq {
  const node = new YAMLSeq();
  node.items.push(...items);
  return node;
}

function map(entries: readonly Entry[]): YAMLMap {
  const node = new YAMLMap();
  for (const [key, item, comment] of entries) {
    if (item === undefined) continue;
    const name = new Scalar(key);
    if (comment !== undefined) name.commentBefore = wrap(comment);
    node.items.push(new Pair(name, item));
  }
  return node;
}

function emptyMap(): YAMLMap {
  const node = new YAMLMap();
  node.flow = true;
  return node;
}

/** An empty line before every entry but the first. */
function separate(node: YAMLMap): void {
  for (const { key } of node.items.slice(1)) {
    if (key instanceof Scalar) key.spaceBefore = true;
  }
}

/** Comment lines of at most 100 characters. */
function wrap(comment: string): string {
  const lines: string[] = [""];
  for (const word of comment.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length < 100) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines.join("\n");
}
