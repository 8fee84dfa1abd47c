/** What commands that keep a comment or an issue have in common: where GitHub is, who writes, and how it is told. */
import { Option, type Command } from "commander";
import { GitHubCalls } from "../clients/github-calls";
import type { Kept } from "../clients/marked-issue";
import type { Io } from "./io";
import { UsageError } from "./request";
import { durationText } from "./text-table";

export interface GitHubTextOptions {
  readonly repository: string;
  readonly githubUrl: string;
  readonly author: string;
}

export function withGitHubTextOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--repository <owner/name>", "the repository")
        .env("GITHUB_REPOSITORY")
        .makeOptionMandatory()
        .argParser(repositoryOf),
    )
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    )
    .option("--author <login>", "whose the token is; texts of others are left alone", "github-actions[bot]");
}

/** Undefined: there is no token. */
export function githubCalls(io: Io, githubUrl: string): GitHubCalls | undefined {
  const token = io.environment["GITHUB_TOKEN"];
  if (token === undefined || token === "") return undefined;
  const onWait = (milliseconds: number, why: string) => {
    if (milliseconds >= 5_000) io.complain(`waiting ${durationText(milliseconds)}: ${why}`);
  };
  return new GitHubCalls({ githubUrl, token, onWait });
}

/** @throws UsageError without a token */
export function requireGitHub(io: Io, githubUrl: string, right: string): GitHubCalls {
  const calls = githubCalls(io, githubUrl);
  if (calls !== undefined) return calls;
  throw new UsageError({
    code: "no-token",
    where: "GITHUB_TOKEN",
    problem: "is not set",
    fix: `export GITHUB_TOKEN=… (${right})`,
  });
}

/** `created the comment https://…`, or that there was nothing to write. */
export function keptText(what: string, { did, url }: Kept): string {
  if (did !== "nothing") return `${did} the ${what} ${url}`;
  return url === undefined
    ? `there is no ${what}, and nothing to tell`
    : `the ${what} says so already: ${url}`;
}

function repositoryOf(text: string): string {
  if (/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/.test(text)) return text;
  throw new UsageError({
    code: "invalid-repository",
    where: "--repository",
    problem: "must be an owner and a repository's name",
    got: text,
    fix: "write it like albeorla/ghcr-platform",
  });
}
