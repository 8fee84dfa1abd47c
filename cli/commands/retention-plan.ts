import { Command } from "commander";
import { appendFileSync } from "node:fs";
import { formatPlan, parseInventory, parsePolicy, plan } from "../../core/retention";
import { Ended } from "../exit";
import type { Io } from "../io";
import { readJsonFile, writeFileWhole } from "../json-file";
import { planLines, planMarkdown } from "../plan-text";
import { timeOf } from "../time";

interface Options {
  readonly inventory: string;
  readonly policy: string;
  readonly now: string;
  readonly out?: string;
  readonly markdown?: string;
  readonly json?: true;
  readonly detailedExitcode?: true;
}

/** `ghcr retention plan`: what would go, and why. Asks nobody and deletes nothing. */
export function retentionPlanCommand(io: Io): Command {
  return new Command("plan")
    .description("Say what of a package may go, and why. Asks nobody, deletes nothing.")
    .requiredOption("--inventory <file>", "inventory of the package")
    .requiredOption("--policy <file>", "retention policy")
    .requiredOption("--now <time>", "moment that ages are counted to, RFC 3339, or `now`")
    .option("--out <file>", "where the plan is saved, for `apply` and `explain`")
    .option("--markdown <file>", "append the plan as a Markdown table, for a job's summary")
    .option("--json", "print the whole plan as JSON")
    .option("--detailed-exitcode", "end with 2 if anything would be deleted")
    .addHelpText("after", help)
    .action((options: Options) => {
      const now = timeOf("--now", options.now);
      const inventory = parseInventory(readJsonFile("--inventory", options.inventory), options.inventory);
      const policy = parsePolicy(readJsonFile("--policy", options.policy), options.policy);
      const made = plan(inventory, policy, now);
      if (options.out !== undefined) writeFileWhole(options.out, formatPlan(made));
      if (options.markdown !== undefined) appendFileSync(options.markdown, planMarkdown(made));
      if (options.json === true) io.print(formatPlan(made).trimEnd());
      else for (const line of planLines(made)) io.print(line);
      if (options.detailedExitcode === true && made.deletions.length > 0) throw new Ended(2);
    });
}

const help = `
Example:
  ghcr retention plan --inventory inventory.json --policy policy.json --now 2026-11-24T00:00:00Z --out plan.json

Exit codes: 0 done; 1 an error; 2 wrong usage, or with --detailed-exitcode: something would be deleted.`;
