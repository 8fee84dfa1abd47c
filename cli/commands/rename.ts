import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { Engine } from "../../clients/engine";
import { PlatformError } from "../../core/errors";
import { resolveFleet, type Service } from "../../core/fleet";
import { newServiceFaults, renamedDeclaration } from "../../core/scaffold";
import { checkoutOf, declaredFleet, serviceNames } from "../checkout";
import type { Io } from "../io";
import type { Machine } from "../machine";
import { UsageError } from "../request";
import { dropSecrets, readSecrets, writeSecrets } from "../stack-secrets";

interface Options {
  readonly stack: string;
  readonly configFile?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `ghcr rename`: a service gets another name; what it has stays its own. */
export function renameCommand(io: Io, machine: Machine): Command {
  return new Command("rename")
    .description("Give a service another name. Its repository and what is in the state stay the same.")
    .argument("<service>", "its name now")
    .argument("<name>", "its name from now on")
    .option("--stack <name>", "the stack that declares it, and has its secrets' values", "prod")
    .option("--config-file <path>", "the stack's file, where it is not Pulumi.<stack>.yaml")
    .option("--dry-run", "print what would change, and change nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (from: string, to: string, options: Options) => {
      const root = checkoutOf(machine.cwd);
      const service = find(root, from);
      const declaration = renamed(root, from, to);
      if (options.dryRun !== true) {
        await rename(
          root,
          new Engine(root, io.environment, options.configFile),
          { from, to, declaration },
          options,
        );
      }
      const result = { renamed: options.dryRun !== true, from, to, repository: service.repository };
      if (options.json === true) io.print(JSON.stringify(result));
      else for (const line of lines(service, to, options)) io.print(line);
    });
}

function find(root: string, from: string): Service {
  const { services } = resolveFleet(declaredFleet(root));
  const service = services.find(({ name }) => name === from);
  if (service !== undefined) return service;
  throw new PlatformError({
    code: "no-such-service",
    where: "services/",
    problem: `no such service is declared; there are ${services.map(({ name }) => name).join(", ") || "none"}`,
    got: from,
    fix: "name one of these",
  });
}

/** @throws UsageError for a name that can't be; PlatformError where the file doesn't say the name plainly */
function renamed(root: string, from: string, to: string): string {
  const faults = newServiceFaults({ name: to }, serviceNames(root), () => "name");
  if (faults.length > 0) throw new UsageError(faults);
  const where = `services/${from}/service.ts`;
  const text = renamedDeclaration(readFileSync(join(root, where), "utf8"), from, to);
  if (text !== undefined) return text;
  throw new PlatformError({
    code: "name-not-plain",
    where,
    problem: "doesn't have the name on a line of its own",
    got: from,
    fix: `have \`  name: "${from}",\` there (make format), and run it again`,
  });
}

/** The values under the new name first, and those of the old one last: a run that was cut short lacks none. */
async function rename(
  root: string,
  engine: Engine,
  { from, to, declaration }: { readonly from: string; readonly to: string; readonly declaration: string },
  { stack }: Options,
): Promise<void> {
  const secrets = await readSecrets(engine, stack);
  const values = secrets[from];
  if (values !== undefined) await writeSecrets(engine, stack, { ...secrets, [to]: values });
  const [before, after] = [from, to].map((name) => join(root, "services", name)) as [string, string];
  if (existsSync(after)) throw new Error(`${after} came into being meanwhile`);
  renameSync(before, after);
  writeFileSync(join(after, "service.ts"), declaration);
  await dropSecrets(engine, stack, from);
}

function lines(service: Service, to: string, { stack, dryRun }: Options): readonly string[] {
  const { name: from, shared, repository, environments } = service;
  return [
    `${dryRun === true ? "would rename" : "renamed"} services/${from} to services/${to}; formerNames keeps "${from}"`,
    `stays: the repository ${repository}, with all that is in the state under either name`,
    `the package ${from} can't be renamed, on GitHub nobody can: its images stay there and can be pulled as before, but nothing new is pushed, promoted or cleaned up; the next publish makes the package ${to}`,
    ...(shared && environments.length > 0
      ? [
          `environments are made anew as ${to}-… with their secrets and variables, and ${from}-… deleted: deployments that wait there fail`,
        ]
      : []),
    `next: git commit, then pulumi preview --stack ${stack}; once every stack is updated, take "${from}" out of formerNames`,
  ];
}

const help = `
Example:
  ghcr rename pager oncall --stack prod

Exit codes: 0 renamed; 1 an error; 2 wrong usage, nothing was changed.`;
