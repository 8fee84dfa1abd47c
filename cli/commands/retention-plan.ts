import { Command } from "commander";
import { formatPlan, parseInventory, parsePolicy, plan, type Notice, type Plan } from "../../core/retention";
import { Ended } from "../exit";
import type { Io } from "../io";
import { readJsonFile, writeFileWhole } from "../json-file";
import { bytesText, shortDigest, textTable } from "../text-table";
import { timeOf } from "../time";

interface Options {
  readonly inventory: string;
  readonly policy: string;
  readonly now: string;
  readonly out?: string;
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
    .option("--json", "print the whole plan as JSON")
    .option("--detailed-exitcode", "end with 2 if anything would be deleted")
    .addHelpText("after", help)
    .action((options: Options) => {
      const now = timeOf("--now", options.now);
      const inventory = parseInventory(readJsonFile("--inventory", options.inventory), options.inventory);
      const policy = parsePolicy(readJsonFile("--policy", options.policy), options.policy);
      const made = plan(inventory, policy, now);
      if (options.out !== undefined) writeFileWhole(options.out, formatPlan(made));
      if (options.json === true) io.print(formatPlan(made).trimEnd());
      else for (const line of planLines(made)) io.print(line);
      if (options.detailedExitcode === true && made.deletions.length > 0) throw new Ended(2);
    });
}

function planLines(made: Plan): string[] {
  const { summary, brake, deletions, versions, notices } = made;
  const byDigest = new Map(versions.map((version) => [version.digest, version]));
  const rows = deletions.map(({ digest }) => {
    const version = byDigest.get(digest) as Plan["versions"][number];
    const { reason } = version;
    const why =
      "rule" in reason
        ? reason.rule
        : reason.kind === "belongs"
          ? `belongs to ${shortDigest(reason.to)}`
          : reason.kind;
    return [shortDigest(digest), version.tags.join(", ") || "-", why, bytesText(version.bytes)];
  });
  return [
    ...(rows.length === 0 ? [] : [...textTable([["DIGEST", "TAGS", "GOES BY", "HOLDS"], ...rows], [3]), ""]),
    `${summary.delete} of ${summary.versions} versions go and free ${bytesText(summary.freed)} of ${bytesText(summary.bytes)}; ` +
      `${summary.keep} stay, ${summary.retain} stay because GitHub would refuse`,
    ...notices.map(noticeLine),
    ...(brake.trippedBy.length === 0
      ? []
      : [
          `The brake is on (at most ${brake.versions} versions and ${brake.percent} %): this plan can't be applied`,
        ]),
  ];
}

function noticeLine(notice: Notice): string {
  switch (notice.kind) {
    case "rule-matches-nothing":
      return `rule ${notice.rule} matches nothing`;
    case "not-in-package":
      return `${shortDigest(notice.digest)}, named by ${notice.by}, is not in the package`;
    case "already-broken":
      return `${shortDigest(notice.digest)} already lacks ${shortDigest(notice.missing)}`;
    case "held":
      return `nothing may go: ${notice.why}`;
  }
}

const help = `
Example:
  ghcr retention plan --inventory inventory.json --policy policy.json --now 2026-11-24T00:00:00Z --out plan.json

Exit codes: 0 done; 1 an error; 2 wrong usage, or with --detailed-exitcode: something would be deleted.`;
