/** The registry's front as a program of its own. */
import { Command, InvalidArgumentError } from "commander";
import { PlatformError } from "../../core/errors";
import { startGhcr } from "./index";

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly registry: string;
  readonly github: string;
}

const program = new Command("ghcr")
  .description("A stand-in for ghcr.io before a plain registry, on the loopback interface")
  .option("--port <port>", "port to listen on", parsePort, 18481)
  .option("--host <address>", "loopback address to listen on", "127.0.0.1")
  .requiredOption("--registry <host:port>", "the plain registry behind")
  .requiredOption("--github <url>", "the GitHub stand-in")
  .action(run);

async function run({ port, host, registry, github }: Flags): Promise<void> {
  const ghcr = await startGhcr({ port, address: host, registry, github });
  console.log(`ghcr stand-in listening on ${ghcr.host}`);
  const stop = (): void => {
    ghcr.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError("a number from 0 to 65535");
  return port;
}

function fail(error: unknown): never {
  console.error(error instanceof PlatformError ? error.message : error);
  process.exit(1);
}

program.parseAsync().catch(fail);
