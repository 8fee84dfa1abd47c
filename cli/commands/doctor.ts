import { Command, InvalidArgumentError, Option } from "commander";
import { registryCredentials } from "../../clients/credentials";
import { doctorRows, type DoctorQuestion, type DoctorRow } from "../../clients/doctor";
import { parseOwnerLogin, parseRegistryHost } from "../../core/names";
import { Ended } from "../exit";
import type { Io } from "../io";
import { UsageError } from "../request";
import { textTable } from "../text-table";

interface Options {
  readonly owner: string;
  readonly repository: string;
  readonly package?: readonly DeclaredPackage[];
  readonly for?: DoctorQuestion["purpose"];
  readonly probePush?: true;
  readonly githubUrl: string;
  readonly registry: string;
  readonly json?: true;
}

type DeclaredPackage = DoctorQuestion["packages"][number];

/** `ghcr doctor`: what stands in the way of publishing, before anything is built or deleted. */
export function doctorCommand(io: Io): Command {
  return new Command("doctor")
    .description("Say what stands in the way of publishing, and what mends it. Changes nothing.")
    .requiredOption("--owner <login>", "organization or user account that publishes")
    .option("--repository <name>", "repository whose workflow publishes", "ghcr-platform")
    .option(
      "--package <name[=visibility]>",
      "package to look at, with the visibility it is declared to have",
      declared,
    )
    .addOption(
      new Option(
        "--for <purpose>",
        "what the token is for (default: publish in a workflow, else up)",
      ).choices(["up", "publish"]),
    )
    .option("--probe-push", "open an upload for each package and give it up (default: in a workflow)")
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    )
    .option("--registry <host>", "registry host", "ghcr.io")
    .option("--json", "print the rows as JSON")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const token = io.environment["GITHUB_TOKEN"];
      if (token === undefined || token === "") {
        throw new UsageError({
          code: "no-token",
          where: "GITHUB_TOKEN",
          problem: "is not set",
          fix: "export GITHUB_TOKEN=… (docs/production.md says which rights it needs)",
        });
      }
      const host = parseRegistryHost("--registry", options.registry);
      const inWorkflow = io.environment["GITHUB_ACTIONS"] === "true";
      const push = options.probePush === true || inWorkflow;
      const rows = await doctorRows({
        ...{ token, githubUrl: options.githubUrl, registry: host, repository: options.repository },
        owner: parseOwnerLogin("--owner", options.owner),
        packages: options.package ?? [],
        purpose: options.for ?? (inWorkflow ? "publish" : "up"),
        push: push ? { credentials: () => registryCredentials(host, io.environment) } : undefined,
      });
      const ok = rows.every(({ state }) => state !== "fails");
      if (options.json === true) io.print(JSON.stringify({ ok, rows }));
      else for (const line of lines(rows)) io.print(line);
      if (!ok) throw new Ended(1);
    });
}

function lines(rows: readonly DoctorRow[]): string[] {
  const failing = rows.filter(({ state }) => state === "fails").length;
  const cells = rows.map(({ check, state, finding, mend }) => [state, check, finding, mend ?? ""]);
  return [
    ...textTable([["STATE", "CHECK", "FINDING", "MENDED BY"], ...cells]),
    "",
    failing === 0 ? "nothing is amiss as far as GitHub shows" : `${failing} of ${rows.length} checks fail`,
  ];
}

function declared(
  text: string,
  previous: readonly DeclaredPackage[] | undefined,
): readonly DeclaredPackage[] {
  const [name = "", visibility, ...rest] = text.split("=");
  const isVisibility = visibility === undefined || ["public", "private", "internal"].includes(visibility);
  if (name === "" || rest.length > 0 || !isVisibility)
    throw new InvalidArgumentError("It must be a name, or name=public, name=private or name=internal.");
  return [...(previous ?? []), { name, ...(visibility === undefined ? {} : { visibility }) }];
}

const help = `
The token is read from GITHUB_TOKEN. In a workflow (GITHUB_ACTIONS is true) its own token is judged by what publishing
needs, and an upload is opened and given up for each package: what is denied there would be denied after the build.

Example:
  ghcr doctor --owner albeorla --package todost=private --package hello-python=public

Exit codes: 0 no check fails (what GitHub doesn't show is unknown); 1 a check fails; 2 wrong usage.`;
