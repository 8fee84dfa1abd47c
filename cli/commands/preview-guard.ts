import { Command, Option } from "commander";
import { z } from "zod";
import type { GitHubCalls } from "../../clients/github-calls";
import { readComment } from "../../clients/marked-issue";
import { PlatformError, type Fault } from "../../core/errors";
import { previewMark, unshown, type Preview, type Shown, type Unshown } from "../../core/preview";
import { readPreviews, withEventLogOptions, type EventLogOptions } from "../event-logs";
import { requireGitHub, withGitHubTextOptions, type GitHubTextOptions } from "../github-text";
import type { Io } from "../io";
import { list } from "../request";
import { commitOf } from "./preview-comment";

interface Options extends EventLogOptions, GitHubTextOptions {
  readonly commit: readonly string[];
  readonly accept?: readonly string[];
}

const pullSchema = z.object({
  number: z.int(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  head: z.object({ sha: z.string() }),
});

/** `ghcr preview guard`: stops an update that deletes or replaces what no pull request's comment showed. */
export function previewGuardCommand(io: Io): Command {
  const command = new Command("guard")
    .description(
      "Stop where something would be deleted or replaced that no merged pull request's comment showed.",
    )
    .addOption(
      new Option(
        "--commit <sha>",
        "a commit of the default branch that is about to be applied; may be given several times",
      )
        .argParser((text, previous: readonly string[] | undefined) => [...(previous ?? []), commitOf(text)])
        .makeOptionMandatory(),
    )
    .option("--accept <urn>", "a deletion or replacement that is agreed to; may be given several times", list)
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const previews = readPreviews(options);
      const broken = previews.filter(({ ended }) => ended !== "succeeded");
      if (broken.length > 0) throw new PlatformError(broken.map(brokenFault));
      const calls = requireGitHub(io, options.githubUrl, "contents: read, pull-requests: read");
      const shown = (
        await Promise.all(options.commit.map((commit) => shownBy(calls, options, commit)))
      ).flat();
      const accepted = new Set(options.accept);
      const left = previews.flatMap((preview) => leftOver(preview, shown, accepted));
      if (left.length > 0) throw new PlatformError(left.map(unshownFault));
      io.print("nothing is deleted or replaced that was not shown");
    });
  return withGitHubTextOptions(withEventLogOptions(command));
}

/** A change that any of the comments shows was shown; of one that none does, the first comment says why. */
function leftOver(
  preview: Preview,
  shown: readonly Shown[],
  accepted: ReadonlySet<string>,
): readonly Unshown[] {
  const [first = [], ...rest] = (
    shown.length === 0 ? [{ comment: undefined, commit: undefined }] : shown
  ).map((one) => unshown(preview, one, accepted));
  return first.filter(({ change }) =>
    rest.every((others) => others.some((other) => other.change.urn === change.urn)),
  );
}

/** The comments of the pull requests that a commit came with. */
async function shownBy(
  calls: GitHubCalls,
  { repository, author }: GitHubTextOptions,
  commit: string,
): Promise<readonly Shown[]> {
  const pulls = await calls.all(`repos/${repository}/commits/${commit}/pulls`, pullSchema);
  const merged = pulls.filter((pull) => pull.merged_at !== null && pull.merge_commit_sha === commit);
  return Promise.all(
    merged.map(async ({ number, head }) => ({
      comment: (await readComment(calls, { repository, author, number, mark: previewMark }))?.body,
      commit: head.sha,
    })),
  );
}

const reasons: Readonly<Record<Unshown["why"], string>> = {
  "no-comment": "its commit came with no pull request that has a preview's comment",
  "other-commit": "the pull request's comment is of another commit than the one that was merged",
  "not-in-comment": "the pull request's comment did not show it",
  "not-showable": "its name can't be shown so that nothing else looks like it",
};

function unshownFault({ change, why }: Unshown): Fault {
  return {
    code: `unshown-${change.operation}`,
    where: change.urn,
    problem: `would be ${change.operation === "delete" ? "deleted" : "replaced"}, and ${reasons[why]}`,
    fix: "show it in a pull request; or, if it is meant, run pulumi-up by hand and give this URN as `accept`",
  };
}

function brokenFault({ stack }: Preview): Fault {
  return {
    code: "no-whole-preview",
    where: `the stack ${stack}`,
    problem: "the preview failed or broke off, so what it would do can't be told",
    fix: "mend what the preview's log names and run it again",
  };
}

const help = `
What a comment shows is decided by its visible lines. The token is read from GITHUB_TOKEN (contents: read,
pull-requests: read).

Exit codes: 0 nothing is in the way; 1 something is, or an error; 2 wrong usage.`;
