import { join } from "node:path";
import { Command, Option } from "commander";
import pc from "picocolors";
import { PlatformError } from "../../core/errors";
import {
  newServiceFaults,
  newServiceFiles,
  starters,
  type NewService,
  type Starter,
} from "../../core/scaffold";
import { checkoutOf, filesBelow, serviceNames, writeFolder } from "../checkout";
import type { Io } from "../io";
import type { Machine } from "../machine";
import type { Prompts } from "../prompts";
import { list, UsageError } from "../request";

interface Options {
  readonly description?: string;
  readonly starter?: Starter | "none";
  readonly environments?: readonly string[];
  readonly repository?: string;
  readonly preview: boolean;
  readonly stack?: string;
}

/** `ghcr new-service`: writes a service's folder, then holds it to what every change is held to. */
export function newServiceCommand(io: Io, machine: Machine): Command {
  return new Command("new-service")
    .description(
      "Write services/<name> with its declaration and, on wish, a starter; then check and preview it.",
    )
    .argument("[name]", "lower-case letters and digits in parts joined by single hyphens, e.g. hello-python")
    .option("--description <text>", "one line for people")
    .addOption(
      new Option("--starter <language>", "source, Dockerfile and tests to begin with").choices([
        ...starters,
        "none",
      ]),
    )
    .option("--environments <names>", "deployment environments in promotion order, with commas", list)
    .option("--repository <name>", "the service's source lies in this repository of its own")
    .option("--no-preview", "don't preview what it brings about")
    .option("--stack <name>", "preview this stack of `pulumi`'s backend instead of the sandbox")
    .addHelpText("after", help)
    .action(async (name: string | undefined, options: Options) => {
      const root = checkoutOf(machine.cwd);
      const existing = serviceNames(root);
      const wish = await complete(wishOf(name, options), existing, machine.prompts);
      const faults = newServiceFaults(wish, existing, where);
      if (faults.length > 0) throw new UsageError(faults);
      write(root, wish, io);
      await check(root, wish, io, machine);
      if (options.preview) await preview(root, options.stack, io, machine);
      for (const line of nextSteps(wish, options.preview)) io.print(line);
    });
}

type Partly = Partial<NewService> & { readonly decided: boolean };

function wishOf(name: string | undefined, options: Options): Partly {
  const { description, starter, environments, repository } = options;
  return {
    decided: name !== undefined && (starter !== undefined || repository !== undefined),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(starter === undefined || starter === "none" ? {} : { starter }),
    ...(environments === undefined ? {} : { environments }),
    ...(repository === undefined ? {} : { repository }),
  };
}

/** Asks for what wasn't given, if somebody is there; without anybody only the name is needed. */
async function complete(
  { decided, ...given }: Partly,
  existing: readonly string[],
  prompts: Prompts | undefined,
): Promise<NewService> {
  if (prompts === undefined || decided) {
    if (given.name !== undefined) return { ...given, name: given.name };
    throw new UsageError({
      code: "invalid-input",
      where: "name",
      problem: "is missing, and nobody is there to ask",
      fix: "ghcr new-service <name>",
    });
  }
  const name =
    given.name ??
    (await prompts.text("Name of the service?", {
      check: (answer) => newServiceFaults({ name: answer }, existing, where)[0]?.problem,
    }));
  const description =
    given.description ?? (await prompts.text("What does it do, in one line? (may stay empty)"));
  const starter = given.starter ?? (await prompts.choose("Begin with a starter?", starterChoices));
  const environments =
    given.environments ??
    (await prompts.text("Deployment environments, with commas? (may stay empty)"))
      .split(/[,\s]+/)
      .filter(Boolean);
  return {
    ...given,
    name,
    ...(description.trim() === "" ? {} : { description: description.trim() }),
    ...(starter === "none" ? {} : { starter }),
    environments,
  };
}

const starterChoices = [
  { value: "python", name: "Python" },
  { value: "typescript", name: "TypeScript" },
  { value: "go", name: "Go" },
  { value: "none", name: "no: only the declaration, the source is there or comes later" },
] as const;

function where(field: keyof NewService): string {
  return field === "name" ? "name" : `--${field}`;
}

function write(root: string, wish: NewService, io: Io): void {
  const template = wish.starter === undefined ? new Map() : filesBelow(join(root, "starters", wish.starter));
  const files = newServiceFiles(wish, template);
  writeFolder(join(root, "services", wish.name), files);
  for (const path of files.keys()) io.print(`${pc.green("+")} services/${wish.name}/${path}`);
}

/** Types, lint and format, as `make check` has them. What was written stays, whatever they find. */
async function check(root: string, { name }: NewService, io: Io, machine: Machine): Promise<void> {
  const bin = (tool: string) => join(root, "node_modules", ".bin", tool);
  const checks: readonly (readonly [string, readonly [string, ...string[]]])[] = [
    ["types", [bin("tsc"), "--noEmit", "-p", "."]],
    ["lint", [bin("eslint"), `services/${name}`]],
    ["format", [bin("prettier"), "--check", "--log-level=warn", `services/${name}`]],
  ];
  for (const [title, command] of checks) {
    const { code, output } = await machine.run({ command, cwd: root });
    if (code !== 0) {
      io.complain(output.trimEnd());
      throw new PlatformError({
        code: "check-failed",
        where: `services/${name}`,
        problem:
          code === 127 ? `${title} can't be checked: ${command[0]} isn't there` : `${title}: see above`,
        fix:
          code === 127 ? "npm ci, then make check" : "mend it, then make check; the files stay as they are",
      });
    }
    io.complain(`${pc.green("✓")} ${title}`);
  }
}

async function preview(root: string, stack: string | undefined, io: Io, machine: Machine): Promise<void> {
  const command: readonly [string, ...string[]] =
    stack === undefined
      ? [join(root, "sandbox/node"), "sandbox/main.ts", "preview"]
      : ["pulumi", "preview", "--stack", stack, "--diff", "--policy-pack", "policy/ghcr-policy"];
  const show = (chunk: Buffer) => io.complain(chunk.toString().trimEnd());
  const { code } = await machine.run({ command, cwd: root, show });
  if (code === 0) return;
  throw new PlatformError({
    code: "preview-failed",
    where: stack ?? "the sandbox",
    problem:
      code === 127 ? `${command[0]} isn't there` : "the preview failed; what it printed above says why",
    fix: `mend that, then ${stack === undefined ? "make preview" : command.join(" ")}; the files stay as they are`,
  });
}

function nextSteps({ name, starter, repository }: NewService, previewed: boolean): readonly string[] {
  const source =
    repository !== undefined
      ? []
      : starter === undefined
        ? [`put the source and a Dockerfile into services/${name}`]
        : [`write the service: services/${name}`];
  const steps = [
    ...source,
    `git add services/${name} && git commit -m "Onboard ${name}"`,
    ...(previewed ? [] : ["make preview     # what it brings about"]),
    "make up          # published in the sandbox",
    "open a pull request: production follows once it is merged",
  ];
  return ["", "Next:", ...steps.map((step, index) => `  ${index + 1}. ${step}`)];
}

const help = `
At a terminal it asks for what no flag says. Every option of a declaration, with its default and what it endangers:
core/fleet/declaration.ts; what holds for all services: services/defaults.ts.

Examples:
  ghcr new-service
  ghcr new-service pager --description "Pages whoever is on call" --starter python --environments staging,production
  ghcr new-service billing --repository billing-api --stack prod

Exit codes: 0 done; 1 an error; 2 wrong usage, nothing was written.`;
