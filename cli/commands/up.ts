import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { readHour } from "../../clients/github-budget";
import { realClock } from "../../clients/github-limits";
import { runUpdate } from "../../clients/update";
import { needOf, type Need } from "../../core/engine";
import { PlatformError } from "../../core/errors";
import { previewOf, readEvents, type Preview } from "../../core/preview";
import { readLog } from "../event-logs";
import { Ended } from "../exit";
import type { Io } from "../io";
import type { Machine } from "../machine";
import { openStack, type OpenStack, type StackOptions } from "../open-stack";
import { UsageError } from "../request";
import { recoveryOf } from "../recovery";
import { changeLines, forecastLines, outcomeFault, teller } from "../update-text";

interface Options extends StackOptions {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly keepPreview?: string;
  readonly previewed?: string;
  readonly wait: boolean;
  readonly verbose?: true;
  readonly json?: true;
}

/** `ghcr up`: previews, says what GitHub's limits make of it, and brings it about. */
export function upCommand(io: Io, machine: Machine): Command {
  return new Command("up")
    .description(
      "Preview a stack, say what that asks of GitHub, and bring it about; waits where GitHub does.",
    )
    .requiredOption("--stack <name>", "the stack, e.g. prod")
    .option("--folder <path>", "where Pulumi.yaml is", ".")
    .option(
      "--config-file <file>",
      "the stack's configuration (default: Pulumi.<stack>.yaml beside Pulumi.yaml)",
    )
    .option("--yes", "don't ask before anything is changed")
    .option("--dry-run", "say what would change and what that asks of GitHub, and change nothing")
    .option(
      "--keep-preview <file>",
      "keep a preview's events, for `ghcr preview …` and --previewed; they hold the stack's state",
    )
    .addOption(
      new Option("--previewed <file>", "events that a dry run kept: no other preview is made").conflicts([
        "dryRun",
        "keepPreview",
      ]),
    )
    .option("--no-wait", "where GitHub's limit is used up, end with the time until it starts anew")
    .option("--verbose", "print what the engine prints")
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const folder = mkdtempSync(join(tmpdir(), "ghcr-up-"));
      try {
        await up(io, machine, await openStack(io, options), options, folder);
      } finally {
        // Event logs hold the stack's state.
        rmSync(folder, { recursive: true, force: true });
      }
    });
}

async function up(
  io: Io,
  machine: Machine,
  stack: OpenStack,
  options: Options,
  folder: string,
): Promise<void> {
  const { settings, token } = stack;
  const hour = async () => (token === undefined ? undefined : readHour(settings.githubUrl, await token()));
  const recovery = recoveryOf(io, stack);
  if (options.dryRun !== true) await recovery.settle();
  const { preview, need } = await previewed(io, stack, options, folder);
  for (const line of changeLines(preview)) io.complain(line);
  if (preview.changes.length === 0) return finished(io, options, { done: 0, rounds: 0 });
  for (const line of forecastLines(need, await hour(), Date.now(), settings.githubPace)) io.complain(line);
  if (options.dryRun === true) return foretold(io, options, need);
  await agreed(machine, options);

  const command = `ghcr up --stack ${options.stack} --yes`;
  const { tell, end } = teller(io, need.changes, command);
  const outcome = await runUpdate(
    {
      up: (eventLog) => operate(io, stack, options, "up", eventLog),
      eventLog: (round) => join(folder, `up-${round}.jsonl`),
      hour,
      settle: recovery.settle,
      mend: recovery.mend,
      clock: realClock,
      tell,
    },
    options,
  ).finally(end);
  if (outcome.ended === "succeeded") return finished(io, options, outcome);
  if (outcome.ended === "failed" && options.verbose !== true) io.complain(outcome.output.trimEnd());
  throw new PlatformError(outcomeFault(outcome, need, await hour(), Date.now(), command));
}

/** @throws PlatformError for a preview that failed or broke off: nothing is brought about by half of one */
async function previewed(
  io: Io,
  stack: OpenStack,
  options: Options,
  folder: string,
): Promise<{ readonly preview: Preview; readonly need: Need }> {
  // The engine runs in the program's folder.
  const eventLog = resolve(options.previewed ?? options.keepPreview ?? join(folder, "preview.jsonl"));
  if (options.previewed === undefined) await makePreview(io, stack, options, eventLog);
  const events = readEvents(eventLog, readLog(eventLog, "--previewed"));
  const preview = previewOf(options.stack, events);
  if (preview.ended === "succeeded") return { preview, need: needOf(events.steps) };
  throw new PlatformError({
    code: "no-whole-preview",
    where: eventLog,
    problem: "the preview failed or broke off, so what it would do can't be told",
    fix: "mend what the preview's own output names, and preview again",
  });
}

async function makePreview(io: Io, stack: OpenStack, options: Options, eventLog: string): Promise<void> {
  io.status?.("previewing");
  const { code, output } = await operate(io, stack, options, "preview", eventLog);
  io.status?.("");
  if (code === 0) return;
  if (options.verbose !== true) io.complain(output.trimEnd());
  throw new Ended(1);
}

function operate(
  io: Io,
  { engine, args, policies }: OpenStack,
  options: Options,
  operation: "preview" | "up",
  log: string,
) {
  const more =
    operation === "up" ? ["--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs"] : [];
  return engine.operate(operation, [...args, ...policies, ...more, "--event-log", log], {
    // `--event-log` is one of the engine's debugging options.
    env: { PULUMI_DEBUG_COMMANDS: "true" },
    show: options.verbose === true ? (chunk) => io.complain(chunk.toString().trimEnd()) : undefined,
  });
}

/** @throws PlatformError where nobody agrees */
async function agreed(machine: Machine, { yes, stack }: Options): Promise<void> {
  if (yes === true) return;
  if (machine.prompts === undefined) {
    throw new UsageError({
      code: "not-agreed",
      where: "--yes",
      problem: "nobody is there to agree to the changes",
      fix: `look at them above and run: ghcr up --stack ${stack} --yes`,
    });
  }
  const answer = await machine.prompts.choose("Bring this about?", [
    { value: "no", name: "no" },
    { value: "yes", name: "yes" },
  ]);
  if (answer === "no") throw new Ended(1);
}

function foretold(io: Io, { stack, json }: Options, { changes, requests, writes }: Need): void {
  if (json === true) return io.print(JSON.stringify({ stack, dryRun: true, changes, requests, writes }));
  io.print(`a dry run of ${stack}: nothing was changed`);
}

function finished(
  io: Io,
  { stack, json }: Options,
  { done, rounds }: { done: number; rounds: number },
): void {
  if (json === true) return io.print(JSON.stringify({ stack, changes: done, rounds }));
  io.print(
    done === 0 ? `${stack} is as declared: nothing was changed` : `${stack} is up: ${done} changes on GitHub`,
  );
}

const help = `
GitHub's limits: the plugin waits by itself where GitHub refuses writes for a while. Where the hour's requests are used
up, the run ends with everything that was made in the state; this command says until when, waits, and goes on.

Examples:
  ghcr up --stack prod
  ghcr up --stack prod --dry-run --keep-preview preview.jsonl
  ghcr up --stack prod --yes --previewed preview.jsonl

Exit codes: 0 everything is as declared; 1 an error, or a limit with --no-wait; 2 wrong usage.`;
