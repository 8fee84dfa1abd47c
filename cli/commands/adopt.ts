import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import pc from "picocolors";
import { Engine } from "../../clients/engine";
import { GitHubCalls } from "../../clients/github-calls";
import { readRepository } from "../../clients/repository-facts";
import {
  declarationFile,
  declarationOf,
  fleetWith,
  rootsOf,
  type Adoption,
  type RepositoryFacts,
} from "../../core/adopt";
import { PlatformError } from "../../core/errors";
import { resolveFleet, type FleetDeclaration } from "../../core/fleet";
import { parseRepositoryFullName, repositoryParts } from "../../core/names";
import { readStack, requireOwner, type StackFacts } from "../adopt/stack";
import { planImports, takeOver, type TakenOver } from "../adopt/take-over";
import { noteLines, takenLines } from "../adopt/text";
import { checkoutOf, declaredFleet, writeFolder } from "../checkout";
import type { Io } from "../io";
import type { Machine } from "../machine";
import { UsageError } from "../request";
import { durationText } from "../text-table";

interface Options {
  readonly stack: string;
  readonly configFile?: string;
  readonly importFile?: string;
  readonly service?: string;
  readonly workflows?: "rendered" | "kept";
  readonly dryRun?: true;
  readonly json?: true;
}

/** `ghcr adopt`: declares a repository that exists and takes it into a stack, without a change of it. */
export function adoptCommand(io: Io, machine: Machine): Command {
  return new Command("adopt")
    .description("Declare a repository that exists, and take it into a stack. Nothing on GitHub changes.")
    .argument("<owner/repository>", "the repository, e.g. albeorla/pager")
    .option("--stack <name>", "the stack that is to declare it", "prod")
    .option("--service <name>", "name of the service (default: that of its package, else the repository's)")
    .addOption(
      new Option(
        "--workflows <what>",
        "render the platform's workflows into it, or keep its own alone",
      ).choices(["rendered", "kept"]),
    )
    .option("--dry-run", "print what would be declared, and write nothing")
    .option("--config-file <path>", "the stack's file, where it is not Pulumi.<stack>.yaml")
    .option(
      "--import-file <path>",
      "where the engine's import file is written (default: <repository>.import.json)",
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (fullName: string, options: Options) => {
      const { owner, name } = repositoryParts(parseRepositoryFullName("<owner/repository>", fullName));
      const root = checkoutOf(machine.cwd);
      const fleet = declaredFleet(root);
      const engine = new Engine(root, io.environment, options.configFile);
      const stack = await readStack(engine, options.stack, io.environment);
      requireOwner(options.stack, stack.settings, owner);
      const facts = await readFacts(io, { owner, name }, stack);
      const adoption = declare(root, fleet, facts, stack, options);
      const say = options.json === true ? () => undefined : (line: string) => io.print(line);
      if (adoption !== undefined) show(adoption, facts, say);
      const taken = options.dryRun === true ? undefined : await take(io, root, engine, facts, stack, options);
      if (taken !== undefined) for (const line of takenLines(facts, options.stack, taken)) say(line);
      if (options.json === true) io.print(JSON.stringify({ ...adoption, ...taken }));
    });
}

async function readFacts(
  io: Io,
  name: { readonly owner: string; readonly name: string },
  { settings: { githubUrl }, token, packagesToken }: StackFacts,
): Promise<RepositoryFacts> {
  if (token === undefined) {
    throw new UsageError({
      code: "no-token",
      where: "GITHUB_TOKEN",
      problem: "is not set, and the stack has neither a githubToken nor a GitHub App",
      fix: "export GITHUB_TOKEN=… (docs/production.md says which rights it needs)",
    });
  }
  const onWait = (milliseconds: number, why: string) => {
    if (milliseconds >= 5_000) io.complain(`waiting ${durationText(milliseconds)}: ${why}`);
  };
  const calls = new GitHubCalls({ githubUrl, token, onWait });
  return readRepository({ ...name, calls, githubUrl, packagesToken, onWait, onStep: stepsOf(io) });
}

/** Writes the declaration, unless the repository has one. Undefined: it has. */
function declare(
  root: string,
  fleet: FleetDeclaration,
  facts: RepositoryFacts,
  { settings, secretValues }: StackFacts,
  { service, workflows, dryRun }: Options,
): Adoption | undefined {
  if (rootsOf(resolveFleet(fleet), facts.name).length > 0) return undefined;
  const { registry, group } = settings;
  const adoption = declarationOf({
    ...{ facts, fleet, registry, secretValues },
    ...(service === undefined ? {} : { service }),
    ...(workflows === undefined ? {} : { workflows }),
    ...(group === undefined ? {} : { group }),
  });
  const { declaration } = adoption;
  const folder = join(root, "services", declaration.name);
  if (existsSync(folder)) throw folderTaken(declaration.name);
  fleetWith(fleet, declaration);
  if (dryRun !== true) writeFolder(folder, new Map([["service.ts", declarationFile(declaration)]]));
  return adoption;
}

function show({ declaration, notes }: Adoption, facts: RepositoryFacts, say: (line: string) => void): void {
  say(pc.green(`services/${declaration.name}/service.ts`));
  for (const line of declarationFile(declaration).trimEnd().split("\n")) say(`  ${line}`.trimEnd());
  for (const line of noteLines(notes, facts)) say(line);
}

async function take(
  io: Io,
  root: string,
  engine: Engine,
  facts: RepositoryFacts,
  { secretAt }: StackFacts,
  { stack, importFile = join(root, `${facts.name}.import.json`) }: Options,
): Promise<TakenOver> {
  const roots = rootsOf(resolveFleet(declaredFleet(root)), facts.name);
  const question = { engine, stack, roots, facts, importFile, secretAt, onStep: stepsOf(io) };
  return takeOver(question, await planImports(question));
}

function stepsOf(io: Io): (what: string) => void {
  return (what) => io.complain(pc.dim(`… ${what}`));
}

function folderTaken(service: string): PlatformError {
  return new PlatformError({
    code: "service-exists",
    where: `services/${service}`,
    problem: "is there already, and declares another repository or none",
    got: service,
    fix: "choose another name with --service, or declare the repository in that folder's service.ts by hand",
  });
}

const help = `
Reads settings, rulesets or classic branch protection, names of secrets, variables, environments, workflows and
packages, writes services/<name>/service.ts and the engine's import file, and imports. It is done only when all of it
previews as unchanged; else the stack's state is put back, and what differs is named. A repository that is declared
already is imported only: so a lost state is rebuilt.

Examples:
  ghcr adopt albeorla/pager --dry-run
  ghcr adopt albeorla/pager --stack prod

Exit codes: 0 adopted, or so already; 1 an error, the state is as it was; 2 wrong usage.`;
