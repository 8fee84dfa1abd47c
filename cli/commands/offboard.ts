import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { Engine } from "../../clients/engine";
import { stackServices, withoutService } from "../../core/engine";
import { PlatformError } from "../../core/errors";
import { resolveFleet } from "../../core/fleet";
import { checkoutOf, declaredFleet } from "../checkout";
import type { Io } from "../io";
import type { Machine } from "../machine";
import { dropSecrets } from "../stack-secrets";

interface Options {
  readonly stack: string;
  readonly configFile?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `ghcr offboard`: the platform forgets a service; all that it has on GitHub stays. */
export function offboardCommand(io: Io, machine: Machine): Command {
  return new Command("offboard")
    .description(
      "Forget a service: declaration, state, secrets' values. Nothing on GitHub and no image changes.",
    )
    .argument("<service>", "name of the service")
    .option("--stack <name>", "the stack that declares it", "prod")
    .option("--config-file <path>", "the stack's file, where it is not Pulumi.<stack>.yaml")
    .option("--dry-run", "print what would be forgotten, and forget nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (service: string, options: Options) => {
      const root = checkoutOf(machine.cwd);
      const result = await offboard(
        root,
        new Engine(root, io.environment, options.configFile),
        service,
        options,
      );
      if (options.json === true) io.print(JSON.stringify(result));
      else for (const line of lines(service, options, result)) io.print(line);
    });
}

interface Forgotten {
  readonly forgotten: boolean;
  /** URNs that the state held of it. */
  readonly resources: readonly string[];
  /** `services/<name>/service.ts`, where it was there. */
  readonly declaration: string | undefined;
  /** Name of the repository that it was built from, as far as it was declared. */
  readonly repository: string | undefined;
  /** Whether other services are built from that repository too. */
  readonly shared: boolean;
}

/**
 * The state first and the declaration last: without the declaration an update would delete what the state still has.
 * A run that was cut short is ended by another one.
 */
async function offboard(
  root: string,
  engine: Engine,
  service: string,
  { stack, dryRun }: Options,
): Promise<Forgotten> {
  const declared = resolveFleet(declaredFleet(root)).services.find(({ name }) => name === service);
  const state = await engine.exportState(stack);
  const resources = stackServices(state).resourcesOf(service);
  if (declared === undefined && resources.length === 0)
    throw noSuchService(service, stack, stackServices(state).names);

  if (dryRun !== true) {
    if (resources.length > 0) await engine.importState(stack, withoutService(state, service));
    await dropSecrets(engine, stack, service);
    if (declared !== undefined) removeDeclaration(join(root, "services", service));
  }
  return {
    forgotten: dryRun !== true,
    resources,
    declaration: declared?.where,
    repository: declared?.repository,
    shared: declared?.shared ?? false,
  };
}

/** Source that lies beside it is the service's own, and stays. */
function removeDeclaration(folder: string): void {
  rmSync(join(folder, "service.ts"));
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

function noSuchService(service: string, stack: string, names: readonly string[]): PlatformError {
  return new PlatformError({
    code: "no-such-service",
    where: `services/, ${stack}`,
    problem: `no such service is declared, nor in the stack's state; there are ${names.join(", ") || "none"}`,
    got: service,
    fix: "name one of these, or the stack that has it with --stack",
  });
}

function lines(service: string, { stack }: Options, result: Forgotten): readonly string[] {
  const { forgotten, resources, declaration, repository, shared } = result;
  const names = resources.map((urn) => `  ${urn.split("::").at(-1)}`);
  const head = `${resources.length} resources of ${service} in the state of ${stack}`;
  if (!forgotten)
    return [
      `would forget ${head}${declaration === undefined ? "" : `, and delete ${declaration}`}:`,
      ...names,
    ];
  return [
    `forgot ${head}${declaration === undefined ? "" : `, and deleted ${declaration}`}`,
    `stays as it is: ${repository === undefined ? "its repository" : `the repository ${repository}`} with environments, secrets, rules and rendered files; its package with every image`,
    "retention, rescans and promotion of its images end with the workflows that do them",
    ...(shared ? [`the next update renders the workflows of ${repository} without it`] : []),
    `next: git commit, then pulumi preview --stack ${stack}, which deletes nothing`,
  ];
}

const help = `
Back again: git revert, then ghcr adopt <owner>/<repository>.

Example:
  ghcr offboard pager --stack prod

Exit codes: 0 forgotten; 1 an error; 2 wrong usage.`;
