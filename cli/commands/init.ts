import { Command, Option } from "commander";
import pc from "picocolors";
import { checkoutOf } from "../checkout";
import { Ended } from "../exit";
import { initialise, type Setup, type StepResult } from "../init/steps";
import type { Io } from "../io";
import type { Machine } from "../machine";
import { UsageError } from "../request";

interface Options {
  readonly owner?: string;
  readonly repository: string;
  readonly visibility: "public" | "private";
  readonly stack: string;
  readonly backend?: string;
  readonly secretsProvider?: string;
  readonly appId?: string;
  readonly appInstallationId?: string;
  readonly appKeyFile?: string;
  readonly githubUrl: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `ghcr init`: production, step by step; run again it goes on where something is missing. */
export function initCommand(io: Io, machine: Machine): Command {
  return new Command("init")
    .description(
      "Set production up: owner, rights, the platform's repository, state, stack. Can be run again.",
    )
    .option("--owner <login>", "organization or user account that publishes")
    .option("--repository <name>", "the platform's own repository", "ghcr-platform")
    .addOption(
      new Option("--visibility <who>", "who may see it, where it is made")
        .choices(["public", "private"])
        .default("private"),
    )
    .option("--stack <name>", "name of the production stack", "prod")
    .option(
      "--backend <url>",
      "where Pulumi keeps its state: s3://…, gs://…, azblob://…, file://…, https://…",
    )
    .option("--secrets-provider <url>", "what encrypts secrets there: passphrase, awskms://…, gcpkms://…, …")
    .option("--app-id <id>", "GitHub App that `pulumi up` signs in as, instead of GITHUB_TOKEN")
    .option("--app-installation-id <id>", "its installation")
    .option("--app-key-file <path>", "its private key; kept encrypted with the stack")
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    )
    .option("--dry-run", "say what it would do, and change nothing")
    .option("--json", "print the steps as JSON")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const root = checkoutOf(machine.cwd);
      const setup = await setupOf(options, io, machine);
      const results = await initialise(root, setup, machine, (result) => {
        if (options.json !== true) io.print(line(result));
      });
      const needed = results.filter(({ state }) => state === "needed");
      if (options.json === true) io.print(JSON.stringify({ steps: results }));
      else for (const each of closing(setup, needed)) io.print(each);
      if (options.dryRun === true && results.some(({ state }) => state === "would")) throw new Ended(2);
    });
}

async function setupOf(options: Options, io: Io, machine: Machine): Promise<Setup> {
  const token = io.environment["GITHUB_TOKEN"] ?? "";
  const owner =
    options.owner ?? (await machine.prompts?.text("Which organization or user account publishes?")) ?? "";
  const app = [options.appId, options.appInstallationId, options.appKeyFile];
  const given = app.filter((value) => value !== undefined).length;
  const faults = [
    token === ""
      ? {
          code: "no-token",
          where: "GITHUB_TOKEN",
          problem: "is not set",
          fix: "export GITHUB_TOKEN=… (docs/production.md says which rights it needs)",
        }
      : undefined,
    owner === ""
      ? { code: "invalid-input", where: "--owner", problem: "is missing", fix: "ghcr init --owner <login>" }
      : undefined,
    given !== 0 && given !== app.length
      ? {
          code: "invalid-input",
          where: "--app-id, --app-installation-id, --app-key-file",
          problem: "a GitHub App needs all three",
          fix: "give all of them, or none to sign in with GITHUB_TOKEN",
        }
      : undefined,
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new UsageError(faults);
  const { appId: id, appInstallationId: installationId, appKeyFile: keyFile } = options;
  return {
    access: { githubUrl: options.githubUrl, token },
    owner,
    repository: options.repository,
    visibility: options.visibility,
    stack: options.stack,
    backend: options.backend,
    secretsProvider: options.secretsProvider,
    app:
      id === undefined || installationId === undefined || keyFile === undefined
        ? undefined
        : { id, installationId, keyFile },
    dryRun: options.dryRun === true,
  };
}

const marks: Readonly<Record<StepResult["state"], string>> = {
  there: pc.green("✓ there "),
  done: pc.green("✓ done  "),
  would: pc.yellow("… would "),
  needed: pc.red("! needed"),
};

function line({ state, title, detail }: StepResult): string {
  return `${marks[state]}  ${title}: ${detail}`;
}

function closing({ stack, dryRun }: Setup, needed: readonly StepResult[]): readonly string[] {
  if (dryRun) return ["", "Nothing was changed."];
  return [
    "",
    ...(needed.length > 0 ? [`${needed.length} of these only you can do; then run it again.`] : []),
    "Next:",
    `  pulumi preview --stack ${stack} --diff --policy-pack policy/ghcr-policy`,
    `  pulumi up --stack ${stack} --policy-pack policy/ghcr-policy`,
  ];
}

const help = `
What is there stays as it is; only what is missing is made. The token is read from GITHUB_TOKEN and written nowhere.

Examples:
  ghcr init --owner albeorla --dry-run
  ghcr init --owner albeorla --backend s3://state --secrets-provider awskms://alias/pulumi
  ghcr init --owner albeorla --app-id 1 --app-installation-id 2 --app-key-file app.private-key.pem

Exit codes: 0 done; 1 an error; 2 wrong usage or, of a dry run, changes pending.`;
