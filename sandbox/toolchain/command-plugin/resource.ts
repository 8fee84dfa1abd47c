/**
 * What creating, updating and deleting a Command means: the semantics of pulumi-command 1.2.1
 * (provider/pkg/provider/local/commandController.go), over plain property values.
 */
import { randomBytes } from "node:crypto";
import {
  containsSecret,
  reveal,
  sameValue,
  secret,
  secretTexts,
  UNKNOWN,
  type Checked,
  type Difference,
  type EngineLog,
  type Properties,
} from "../../../provider/wire";
import { INPUT_NAMES, inputFaults, readInputs } from "./command-inputs";
import { runCommand } from "./run-command";
import type { CommandOutput } from "./run-command";

export interface CommandContext {
  readonly log: EngineLog;
  readonly signal: AbortSignal;
  readonly environment: NodeJS.ProcessEnv;
  /** Runs under way; whoever stops the plugin waits for them, so that none outlives it. */
  readonly running: Set<Promise<unknown>>;
}

/** The inputs as they will be kept (nulls dropped), and all their faults. */
export function checkCommand(news: Properties): Checked {
  return { inputs: withoutNulls(news), faults: inputFaults(news) };
}

/** Triggers are what only a new resource can change. */
export function diffCommand(oldInputs: Properties, newInputs: Properties): Difference {
  const [olds, news] = [withoutNulls(oldInputs), withoutNulls(newInputs)];
  const changed = INPUT_NAMES.filter((name) => !sameValue(olds[name], news[name]));
  return { changed, replaces: changed.filter((name) => name === "triggers") };
}

/** Runs `create` (nothing if there is none) and gives the new resource's id and properties. */
export async function createCommand(
  context: CommandContext,
  urn: string,
  inputs: Properties,
): Promise<{ id: string; properties: Properties }> {
  const output = await runFor(context, urn, readInputs(inputs).create, inputs, undefined);
  return { id: newId(urn), properties: withOutput(inputs, output) };
}

/** Runs `update`, or `create` where there is no `update`; with neither the previous output stays. */
export async function updateCommand(
  context: CommandContext,
  urn: string,
  state: Properties,
  inputs: Properties,
): Promise<Properties> {
  const { update, create } = readInputs(inputs);
  return withOutput(inputs, await runFor(context, urn, update ?? create, inputs, previousOutput(state)));
}

/** Runs `delete` of the state, with what the last run printed in its environment. */
export async function deleteCommand(context: CommandContext, urn: string, state: Properties): Promise<void> {
  await runFor(context, urn, readInputs(state).delete, state, previousOutput(state));
}

/** The properties that a preview shows: it runs nothing, so what the command prints is not known. */
export function previewProperties(inputs: Properties): Properties {
  return withOutput(inputs, { stdout: UNKNOWN, stderr: UNKNOWN });
}

async function runFor(
  context: CommandContext,
  urn: string,
  command: string | undefined,
  properties: Properties,
  previous: CommandOutput | undefined,
): Promise<CommandOutput> {
  if (command === undefined) return previous ?? { stdout: "", stderr: "" };
  const run = runCommand({
    command,
    inputs: readInputs(properties),
    ...(previous === undefined ? {} : { previous }),
    baseEnvironment: context.environment,
    secrets: secretTexts(inputsOf(properties)),
    onLine: (line) => context.log.progress(line, urn),
    signal: context.signal,
  });
  context.running.add(run);
  try {
    return await run;
  } finally {
    context.running.delete(run);
  }
}

/**
 * Outputs depend on every input, so one secret input makes both streams secret. The official plugin gets the
 * same from its framework's default wiring.
 */
function withOutput(inputs: Properties, output: CommandOutput): Properties {
  const mark = containsSecret(inputsOf(inputs)) ? secret : (value: unknown) => value;
  return { ...withoutNulls(inputs), stdout: mark(output.stdout), stderr: mark(output.stderr) };
}

function previousOutput(state: Properties): CommandOutput {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { stdout: text(reveal(state["stdout"])), stderr: text(reveal(state["stderr"])) };
}

function inputsOf(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => INPUT_NAMES.includes(name)));
}

function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

/** The resource's name and eight hexadecimal digits, the official plugin's form. */
function newId(urn: string): string {
  return `${urn.split("::").slice(3).join("::")}${randomBytes(4).toString("hex")}`;
}
