import { appendFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { keepComment } from "../../clients/marked-issue";
import { previewComment, previewMark } from "../../core/preview";
import { readPreviews, withEventLogOptions, type EventLogOptions } from "../event-logs";
import { Ended } from "../exit";
import { githubCalls, keptText, withGitHubTextOptions, type GitHubTextOptions } from "../github-text";
import type { Io } from "../io";

interface Options extends EventLogOptions, GitHubTextOptions {
  readonly pullRequest: number;
  readonly commit: string;
  readonly headRepository?: string;
  readonly runUrl?: string;
  readonly remark?: string;
  readonly dryRun?: true;
}

/** `ghcr preview comment`: keeps the one comment of a pull request that says what it changes. */
export function previewCommentCommand(io: Io): Command {
  const command = new Command("comment")
    .description(
      "Say in one comment of a pull request what it changes. The comment is found again and changed.",
    )
    .requiredOption("--pull-request <number>", "its number", numberOf)
    .requiredOption("--commit <sha>", "the pull request's commit that was previewed, 40 digits", commitOf)
    .option(
      "--head-repository <owner/name>",
      "where its branch is; for a fork's the job summary is written instead",
    )
    .option("--run-url <url>", "page of the run, which the comment links to")
    .option("--remark <text>", "what the preview leaves out, for the comment's last line")
    .option("--dry-run", "print the comment, and write nothing")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const previews = readPreviews(options);
      await tell(io, options, previewComment(previews, options));
      const broken = previews.filter(({ ended }) => ended !== "succeeded");
      for (const { stack } of broken) io.complain(`the stack ${stack} can't be previewed`);
      if (broken.length > 0) throw new Ended(1);
    });
  return withGitHubTextOptions(withEventLogOptions(command));
}

async function tell(io: Io, options: Options, body: string): Promise<void> {
  const { repository, author, headRepository, dryRun, githubUrl, pullRequest: number } = options;
  if (dryRun === true) return io.print(body);
  const isFork = headRepository !== undefined && headRepository.toLowerCase() !== repository.toLowerCase();
  const calls = isFork ? undefined : githubCalls(io, githubUrl);
  if (calls === undefined) {
    const summary = io.environment["GITHUB_STEP_SUMMARY"];
    if (summary === undefined || summary === "") io.print(body);
    else appendFileSync(summary, `${body}\n`);
    return io.complain(
      `${isFork ? "a fork's pull request" : "no token"}: written to the job summary, not commented`,
    );
  }
  const kept = await keepComment(calls, { repository, author, number, mark: previewMark, body });
  io.complain(keptText("comment", kept));
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a pull request's number.");
}

export function commitOf(text: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be a commit's 40 hexadecimal digits.");
}

const help = `
The token is read from GITHUB_TOKEN (pull-requests: write). Without one, and for a fork's pull request, the comment
goes to the job summary (GITHUB_STEP_SUMMARY), or is printed.

Exit codes: 0 done; 1 an error, or a stack that can't be previewed; 2 wrong usage.`;
