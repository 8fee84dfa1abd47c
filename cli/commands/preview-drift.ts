import { Command } from "commander";
import { keepIssue } from "../../clients/marked-issue";
import { PlatformError } from "../../core/errors";
import { driftIssue, driftMark } from "../../core/preview";
import { readPreviews, withEventLogOptions, type EventLogOptions } from "../event-logs";
import { Ended } from "../exit";
import { keptText, requireGitHub, withGitHubTextOptions, type GitHubTextOptions } from "../github-text";
import type { Io } from "../io";

interface Options extends EventLogOptions, GitHubTextOptions {
  readonly dryRun?: true;
  readonly detailedExitcode?: true;
}

/** `ghcr preview drift`: one issue a stack, open as long as GitHub differs from what is declared. */
export function previewDriftCommand(io: Io): Command {
  const command = new Command("drift")
    .description(
      "Keep one issue open while a stack differs from what is declared, and close it when it doesn't.",
    )
    .option("--dry-run", "print the issue, and write nothing")
    .option("--detailed-exitcode", "end with 2 if there is drift")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const previews = readPreviews(options);
      const broken = previews.filter(({ ended }) => ended !== "succeeded");
      if (broken.length > 0) {
        throw new PlatformError(
          broken.map(({ stack }) => ({
            code: "no-whole-preview",
            where: `the stack ${stack}`,
            problem:
              "the preview failed or broke off: whether there is drift can't be told, and its issue stays as it is",
            fix: "mend what the preview's log names and run it again",
          })),
        );
      }
      for (const preview of previews) {
        const wanted = driftIssue(preview);
        if (options.dryRun === true) {
          io.print(wanted === undefined ? `${preview.stack}: no drift` : `${wanted.title}\n\n${wanted.body}`);
          continue;
        }
        const { repository, author } = options;
        const calls = requireGitHub(io, options.githubUrl, "issues: write");
        const kept = await keepIssue(calls, { repository, author, mark: driftMark(preview.stack), wanted });
        io.complain(`${preview.stack}: ${keptText("issue", kept)}`);
      }
      if (options.detailedExitcode === true && previews.some(({ changes }) => changes.length > 0))
        throw new Ended(2);
    });
  return withGitHubTextOptions(withEventLogOptions(command));
}

const help = `
The event log is of \`pulumi preview --refresh\`. The token is read from GITHUB_TOKEN (issues: write).

Exit codes: 0 done; 1 an error; 2 wrong usage, or with --detailed-exitcode: there is drift.`;
