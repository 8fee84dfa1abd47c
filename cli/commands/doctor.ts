import { Command, Option } from "commander";
import { preflightFaults } from "../../clients/preflight";
import { PlatformError } from "../../core/errors";
import type { Io } from "../io";
import { UsageError } from "../request";

interface Options {
  readonly owner: string;
  readonly repository: string;
  readonly githubUrl: string;
  readonly registry: string;
  readonly json?: true;
}

/** `ghcr doctor`: whether GitHub takes the token, what it lacks, and whether the registry answers. */
export function doctorCommand(io: Io): Command {
  return new Command("doctor")
    .description("Say what GITHUB_TOKEN lacks for `pulumi up`, and what doesn't answer. Changes nothing.")
    .requiredOption("--owner <login>", "organization or user account that publishes")
    .option("--repository <name>", "the platform's own repository", "ghcr-platform")
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    )
    .option("--registry <host>", "registry host", "ghcr.io")
    .option("--json", "print the faults as JSON")
    .addHelpText("after", "\nThe token is read from GITHUB_TOKEN. Exit code 1 if anything is at fault.")
    .action(async ({ json, ...question }: Options) => {
      const token = io.environment["GITHUB_TOKEN"];
      if (token === undefined || token === "") {
        throw new UsageError({
          code: "no-token",
          where: "GITHUB_TOKEN",
          problem: "is not set",
          fix: "export GITHUB_TOKEN=… (docs/production.md says which rights it needs)",
        });
      }
      const faults = await preflightFaults({ ...question, token });
      if (json === true) io.print(JSON.stringify({ ok: faults.length === 0, faults }));
      if (faults.length > 0) throw new PlatformError(faults);
      if (json !== true) io.print("GitHub takes the token, and the registry answers: nothing is amiss");
    });
}
