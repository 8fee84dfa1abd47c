import { Command, Option } from "commander";
import { z } from "zod";
import { PlatformError } from "../../core/errors";
import { tagsFor, type GitContext } from "../../core/tags";
import type { Io } from "../io";
import { readRequest, UsageError } from "../request";

const request = z.strictObject({
  event: z.string(),
  ref: z.string(),
  sha: z.string(),
  defaultBranch: z.string(),
  repository: z.string().default(""),
  actor: z.string().optional(),
  pullRequest: z
    .string()
    .regex(/^[1-9][0-9]*$/, "must be a pull request's number")
    .transform(Number)
    .optional(),
  headRepository: z.string().optional(),
  action: z.string().optional(),
  time: z.iso.datetime({ offset: true, error: "must be a time like 2026-11-24T21:00:00Z" }).optional(),
});

/** `ghcr tags`: the tags that a build of a git context gets. Asks nobody. */
export function tagsCommand(io: Io): Command {
  return new Command("tags")
    .description("Print the tags that a build of a git context gets. Changes nothing and asks nobody.")
    .addOption(new Option("--event <name>", "GitHub's event, or development").env("GITHUB_EVENT_NAME"))
    .addOption(new Option("--ref <ref>", "full ref, e.g. refs/heads/main").env("GITHUB_REF"))
    .addOption(new Option("--sha <commit>", "the commit, 40 hexadecimal digits").env("GITHUB_SHA"))
    .option("--default-branch <name>", "the repository's default branch")
    .addOption(new Option("--repository <owner/name>", "the event's repository").env("GITHUB_REPOSITORY"))
    .addOption(new Option("--actor <login>", "who a developer's own push is named after").env("GITHUB_ACTOR"))
    .option("--pull-request <number>", "number of the pull request")
    .option("--head-repository <owner/name>", "repository of the pull request's branch; none: a fork's")
    .option("--action <type>", "what happened to the pull request, e.g. opened")
    .option("--time <iso>", "committer's time of the commit; no tag depends on it")
    .option("--json", "print the decision as one line of JSON")
    .addHelpText("after", help)
    .action(async ({ json, ...flags }: Record<string, unknown>) => {
      const { values } = await readRequest(io, request, undefined, flags);
      const decision = tagsFor(gitContext(values));
      if (json === true) io.print(JSON.stringify(decision));
      if (decision.kind === "refused") {
        throw new PlatformError({
          code: "not-published",
          where: `event ${values.event}`,
          problem: decision.reason,
          fix: "publish from the default branch, a release tag v<version> or a pull request of the repository",
        });
      }
      if (json === true) return;
      if (decision.kind === "build-only") io.complain(`built only, nothing is pushed: ${decision.reason}`);
      else for (const { tag } of decision.tags) io.print(tag);
    });
}

function gitContext(values: z.infer<typeof request>): GitContext {
  const { event, ref, sha, defaultBranch, repository, actor, time } = values;
  return {
    event,
    ref,
    sha,
    defaultBranch,
    repository,
    ...(actor === undefined ? {} : { actor }),
    ...(time === undefined ? {} : { time: new Date(time) }),
    ...pullRequest(values),
  };
}

function pullRequest(values: z.infer<typeof request>): Pick<GitContext, "pullRequest"> {
  const { pullRequest: number, headRepository, action } = values;
  if (number === undefined) return {};
  if (action === undefined || values.repository === "") {
    throw new UsageError({
      code: "invalid-input",
      where: "--pull-request",
      problem: "needs --action and --repository",
      fix: "give them as the event has them",
    });
  }
  return { pullRequest: { number, headRepository, action } };
}

const help = `
Examples:
  ghcr tags --event push --ref refs/heads/main --sha 4fa8…  --default-branch main
  ghcr tags --event pull_request --ref refs/pull/12/merge --sha 4fa8… --default-branch main \\
    --repository albeorla/todost --pull-request 12 --head-repository albeorla/todost --action opened --json
In a GitHub workflow event, ref, sha, repository and actor come from the runner's variables.

Exit codes: 0 tags were printed, or the build is for checking only (then none); 1 refused; 2 wrong usage.`;
