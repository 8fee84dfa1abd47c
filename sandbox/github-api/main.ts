/** The stand-in as a program of its own. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { PlatformError } from "../../core/errors";
import { startGitHub, type GitHubOptions, type Seed } from "./index";

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly seed?: string;
  readonly etags: boolean;
  readonly revealSecrets?: boolean;
}

const program = new Command("github-api")
  .description("A stand-in for GitHub's API and git hosting, on the loopback interface")
  .option("--port <port>", "port to listen on", parsePort, 18480)
  .option("--host <address>", "loopback address to listen on", "127.0.0.1")
  .requiredOption("--data <folder>", "where state and repositories are kept")
  .option("--seed <file>", "JSON file with owners, users and tokens")
  .option("--no-etags", "answer without ETags")
  .option("--reveal-secrets", "let /_sandbox/secrets open what is sealed (tests only)")
  .action(run);

async function run(flags: Flags): Promise<void> {
  const options: GitHubOptions = {
    port: flags.port,
    host: flags.host,
    dataDir: flags.data,
    etags: flags.etags,
    revealSecrets: flags.revealSecrets ?? false,
    ...(flags.seed === undefined ? {} : { seed: readSeed(flags.seed) }),
  };
  const github = await startGitHub(options);
  console.log(`GitHub stand-in listening on ${github.url}`);
  const stop = (): void => {
    github.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function readSeed(file: string): Seed {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Seed;
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? "the seed is not JSON" : "the seed can't be read";
    const fix = "name a JSON file with owners, users and tokens";
    throw new PlatformError({ code: "invalid-seed", where: file, problem, fix }, { cause });
  }
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
