import { createHash } from "node:crypto";
import { Command } from "commander";
import { BlobList, manifestFacts } from "../../clients/inventory";
import { whileLocked } from "../../clients/process-lock";
import { applyPlan, type ApplyEvent, type ApplyResult } from "../../clients/retention-apply";
import { journalFile } from "../../clients/retention-journal";
import { PlatformError } from "../../core/errors";
import {
  formatPlan,
  parseInventory,
  parsePlan,
  parsePolicy,
  plan as makePlan,
  type Plan,
} from "../../core/retention";
import { Ended } from "../exit";
import { connect, withConnectionOptions, type ConnectionOptions } from "../github-packages";
import type { Io } from "../io";
import { readJsonFile } from "../json-file";
import { progressBar, type ProgressBar } from "../progress-bar";
import { UsageError } from "../request";
import { durationText, shortDigest } from "../text-table";

interface Options extends ConnectionOptions {
  readonly plan: string;
  readonly inventory?: string;
  readonly policy?: string;
  readonly journal?: string;
  readonly releaseBrake?: true;
  readonly json?: true;
}

/** `ghcr retention apply`: carries out a saved plan. */
export function retentionApplyCommand(io: Io): Command {
  const command = new Command("apply")
    .description("Delete what a saved plan names, and nothing else. Goes on where a run was cut short.")
    .requiredOption("--plan <file>", "saved plan")
    .option("--inventory <file>", "with --policy: make the plan again first, and refuse one that differs")
    .option("--policy <file>", "policy that the plan was made by")
    .option("--journal <file>", "record of what is done (default: the plan's name with .journal.jsonl)")
    .option("--release-brake", "a person has looked at this plan: apply it although its brake is on")
    .option("--json", "print the outcome of every deletion as JSON");
  return withConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const plan = parsePlan(readJsonFile("--plan", options.plan), options.plan);
      requireSamePlan(plan, options);
      const { packages, manifests } = connect(io, plan.package.owner, plan.package.name, options);
      const journal = options.journal ?? `${options.plan.replace(/\.json$/, "")}.journal.jsonl`;
      const progress = applyProgress(io);
      const result = await whileLocked(journal, "ghcr retention apply", () =>
        applyPlan({
          plan,
          planHash: `sha256:${createHash("sha256").update(formatPlan(plan)).digest("hex")}`,
          packages,
          childrenOf: async (digest) => {
            const facts = manifestFacts(await manifests.read(digest), new BlobList(), new Set());
            return "unreadable" in facts ? facts : facts.children;
          },
          journal: journalFile(journal),
          now: () => new Date(),
          releaseBrake: options.releaseBrake === true,
          report: progress.report,
        }),
      ).finally(progress.end);
      if (options.json === true)
        io.print(JSON.stringify({ stopped: result.stopped ?? null, outcomes: outcomeRows(result) }));
      else for (const line of resultLines(result, journal)) io.print(line);
      if (!isDone(result)) throw new Ended(1);
    });
}

/** The same inventory, policy and time give the same bytes, so an edited plan shows. */
function requireSamePlan(given: Plan, { plan: file, inventory, policy }: Options): void {
  if (inventory === undefined && policy === undefined) return;
  if (inventory === undefined || policy === undefined) {
    throw new UsageError({
      code: "invalid-input",
      where: inventory === undefined ? "--inventory" : "--policy",
      problem: "is missing: a plan is made of both",
      fix: "give both, or neither",
    });
  }
  const again = makePlan(
    parseInventory(readJsonFile("--inventory", inventory), inventory),
    parsePolicy(readJsonFile("--policy", policy), policy),
    new Date(given.now),
  );
  if (formatPlan(again) === formatPlan(given)) return;
  throw new PlatformError({
    code: "other-plan",
    where: file,
    problem: "is not the plan that this inventory and this policy give",
    fix: "plan again: ghcr retention plan --out <file>",
  });
}

function isDone({ outcomes, stopped }: ApplyResult): boolean {
  return (
    stopped === undefined &&
    [...outcomes.values()].every(({ outcome }) => !["failed", "not-restored", "not-tried"].includes(outcome))
  );
}

/** A line at the start, one for whatever is not simply deleted, and a bar. */
function applyProgress(io: Io): { report: (event: ApplyEvent) => void; end: () => void } {
  let bar: ProgressBar | undefined;
  return {
    report: (event) => {
      if (event.kind === "start") {
        io.complain(
          `${event.deletions} deletions, ${durationText(event.expectedMs)} at least by GitHub's limits`,
        );
        return;
      }
      const { digest, is, done, of } = event;
      bar ??= progressBar(io, "done", of);
      if ("why" in is) bar.note(`${shortDigest(digest)} ${is.outcome}: ${is.why}`);
      bar.advance(done);
    },
    end: () => bar?.end(),
  };
}

function outcomeRows({ outcomes }: ApplyResult) {
  return [...outcomes].map(([digest, is]) => ({ digest, ...is }));
}

function resultLines({ outcomes, stopped }: ApplyResult, journal: string): string[] {
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes.values()) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const words: Readonly<Record<string, string>> = {
    deleted: "deleted",
    "already-gone": "already gone",
    retained: "retained by GitHub",
    "left-out": "left out, since they changed after the plan",
    restored: "restored, since they were needed",
    frozen: "kept, since what they belong to is still there",
    "not-restored": "needed again, and not restored",
    failed: "failed",
    "not-tried": "not tried",
  };
  return [
    ...Object.entries(words).flatMap(([outcome, text]) =>
      counts.has(outcome) ? [`${counts.get(outcome)} ${text}`] : [],
    ),
    ...(outcomes.size === 0 ? ["nothing to delete"] : [`recorded in ${journal}`]),
    ...(stopped === undefined ? [] : [`stopped: ${stopped}`]),
  ];
}

const help = `
The same command again goes on where a run was cut short; one journal is one run's at a time. Right before each
deletion GitHub is asked again: what was tagged, untagged or listed by a new image since the plan was made is left out.
A plan above the brake of its policy is refused whole, unless --release-brake says that a person has looked at it.

Example:
  ghcr retention apply --plan plan.json

Exit codes: 0 done (what GitHub retains or what was left out is reported); 1 a deletion failed or was not tried, or
something needed was not restored; 2 wrong usage.`;
