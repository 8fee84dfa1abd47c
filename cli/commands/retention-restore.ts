import { Command } from "commander";
import { existsSync } from "node:fs";
import { whileLocked } from "../../clients/process-lock";
import { journalFile } from "../../clients/retention-journal";
import { restoreDeleted, type Restoration } from "../../clients/retention-restore";
import { Ended } from "../exit";
import { connect, withConnectionOptions, type ConnectionOptions } from "../github-packages";
import type { Io } from "../io";
import { UsageError } from "../request";
import { shortDigest } from "../text-table";

interface Options extends ConnectionOptions {
  readonly journal: string;
  readonly json?: true;
}

/** `ghcr retention restore`: brings back what an application deleted. */
export function retentionRestoreCommand(io: Io): Command {
  const command = new Command("restore")
    .description("Bring back whole images that `apply` has deleted, within GitHub's 30 days.")
    .argument("[tags or digests...]", "what to bring back, with all that hangs on it (default: everything)")
    .requiredOption("--journal <file>", "journal of the application")
    .option("--json", "print what became of every version as JSON");
  return withConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (wanted: string[], options: Options) => {
      const journal = journalFile(options.journal);
      const { head } = journal.read();
      if (!existsSync(options.journal) || head === undefined) {
        throw new UsageError({
          code: "no-journal",
          where: "--journal",
          problem: "there is no journal",
          got: options.journal,
          fix: "give the file that `ghcr retention apply` named at its end",
        });
      }
      const { packages } = connect(io, head.owner, head.package, options);
      const results = await whileLocked(options.journal, "ghcr retention restore", () =>
        restoreDeleted({
          ...{ packages, journal, wanted, now: () => new Date() },
          report: (digest, is) =>
            (options.json === true ? io.complain : io.print)(`${shortDigest(digest)} ${restorationText(is)}`),
        }),
      );
      if (options.json === true)
        io.print(JSON.stringify({ restorations: [...results].map(([digest, is]) => ({ digest, ...is })) }));
      else if (results.size === 0) io.print("nothing to restore");
      if ([...results.values()].some((is) => is.outcome !== "restored" || is.missingTags.length > 0))
        throw new Ended(1);
    });
}

function restorationText(is: Restoration): string {
  if (is.outcome !== "restored") return `${is.outcome === "failed" ? "failed" : "stays deleted"}: ${is.why}`;
  return is.missingTags.length === 0
    ? "restored"
    : `restored, without ${is.missingTags.join(", ")}: set again what is still wanted by \`ghcr image tag\``;
}

const help = `
Example:
  ghcr retention restore 1.4.0 --journal plan.journal.jsonl

Exit codes: 0 restored with all tags; 1 something failed or a tag didn't come back; 2 wrong usage.`;
