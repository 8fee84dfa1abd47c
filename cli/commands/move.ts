import { Command } from "commander";
import { Engine } from "../../clients/engine";
import { stackServices, type StackServices } from "../../core/engine";
import { PlatformError } from "../../core/errors";
import type { Io } from "../io";
import { dropSecrets, readSecrets, writeSecrets } from "../stack-secrets";

interface Options {
  readonly from: string;
  readonly to: string;
  readonly folder: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const groupKey = "ghcr-platform:group";

/** `ghcr move`: takes a service from one stack's state to another's, with its secrets' values. */
export function moveCommand(io: Io): Command {
  return new Command("move")
    .description("Take a service to another group's stack. Nothing on GitHub and no image changes.")
    .argument("<service>", "name of the service")
    .requiredOption("--from <stack>", "the stack that declares it now")
    .requiredOption("--to <stack>", "the stack of its new group; it exists already")
    .option("--folder <path>", "where Pulumi.yaml is", ".")
    .option("--dry-run", "print what would be moved, and move nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (service: string, options: Options) => {
      const result = await move(new Engine(options.folder, io.environment), service, options);
      if (options.json === true) io.print(JSON.stringify(result));
      else for (const line of lines(service, options, result)) io.print(line);
    });
}

interface Moved {
  readonly moved: boolean;
  readonly resources: readonly string[];
  /** The group of the stack that it is in now. */
  readonly group: string | undefined;
}

/**
 * The secrets' values first and the state last but for the values left behind, so that a run that was cut short is
 * ended by the same command.
 */
async function move(engine: Engine, service: string, { from, to, dryRun }: Options): Promise<Moved> {
  const [source, destination] = [await servicesOf(engine, from), await servicesOf(engine, to)];
  const urn = source.urnOf(service);
  refuseIfNot(service, from, to, source, destination);
  const resources = (urn === undefined ? destination : source).resourcesOf(service);
  const group = (await engine.config(to, groupKey)) || undefined;
  if (dryRun === true) return { moved: false, resources, group };

  const values = (await readSecrets(engine, from))[service];
  if (values !== undefined) {
    await writeSecrets(engine, to, { ...(await readSecrets(engine, to)), [service]: values });
  }
  if (urn !== undefined) await engine.moveState(from, to, urn);
  if (values !== undefined) await dropSecrets(engine, from, service);
  return { moved: urn !== undefined, resources, group };
}

async function servicesOf(engine: Engine, stack: string): Promise<StackServices> {
  return stackServices(await engine.exportState(stack));
}

function refuseIfNot(
  service: string,
  from: string,
  to: string,
  source: StackServices,
  destination: StackServices,
): void {
  const [here, there] = [source.urnOf(service), destination.urnOf(service)];
  if (here !== undefined && there !== undefined) {
    throw new PlatformError({
      code: "service-in-both",
      where: `${from}, ${to}`,
      problem: "both stacks declare the service, so its resources were made twice or taken over",
      got: service,
      fix: `decide which is right, and \`pulumi state delete --target-dependents '${there}' --stack ${to}\` if it is ${from}`,
    });
  }
  if (here === undefined && there === undefined) {
    throw new PlatformError({
      code: "no-such-service",
      where: from,
      problem: `no such service in the stack's state; there are ${source.names.join(", ") || "none"}`,
      got: service,
      fix: "name one of these, or the stack that has it with --from",
    });
  }
}

function lines(service: string, { from, to, dryRun }: Options, { moved, resources, group }: Moved): string[] {
  const names = resources.map((urn) => `  ${urn.split("::").at(-1)}`);
  if (dryRun === true) return [`would move ${resources.length} resources from ${from} to ${to}:`, ...names];
  return [
    moved
      ? `moved ${resources.length} resources of ${service} from ${from} to ${to}`
      : `${service} is in ${to} already`,
    group === undefined
      ? `next: take "group" out of services/${service}/service.ts, since ${to} is the stack of no group`
      : `next: have group: "${group}" in services/${service}/service.ts`,
    `then: pulumi preview --stack ${from} and --stack ${to}; neither may delete or create anything on GitHub`,
  ];
}

const help = `
Moves between stacks of one backend. Run it again after an interruption: it goes on.

Example:
  ghcr move todost --from prod --to prod-payments

Exit codes: 0 moved, or there already; 1 an error; 2 wrong usage.`;
