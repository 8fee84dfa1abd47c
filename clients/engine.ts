/** Pulumi's own command: its operations, its state, its configuration. Secrets go in and out on its pipes only. */
import { spawn, type ChildProcess } from "node:child_process";
import { engineEnvironment, type EngineOperation } from "../core/engine";
import { PlatformError } from "../core/errors";

/** What an operation left. */
export interface EngineRun {
  readonly code: number;
  /** Both streams, as they came. */
  readonly output: string;
  /** Whether somebody asked this process to stop meanwhile. */
  readonly stopped?: boolean;
}

export interface OperateOptions {
  /** Gets what is printed as it comes. @default nobody */
  readonly show?: ((chunk: Buffer) => void) | undefined;
  /** On top of the environment that the operation gets anyway. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

export class Engine {
  private readonly configured: readonly string[];

  /**
   * @param folder where Pulumi.yaml and the stacks' files are
   * @param configFile the stack's file, where it is another than Pulumi's own choice
   */
  constructor(
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv = process.env,
    configFile?: string,
  ) {
    this.configured = configFile === undefined ? [] : ["--config-file", configFile];
  }

  /** A stack's state as JSON text; secrets in it stay encrypted. */
  exportState(stack: string): Promise<string> {
    return this.run(["stack", "export", "--stack", stack]);
  }

  /** Replaces a stack's state by such a text; secrets that stand in it in clear are encrypted. */
  async importState(stack: string, text: string): Promise<void> {
    await this.run(["stack", "import", "--stack", stack], text);
  }

  /** Takes away a lock that a run left which is gone; one that runs is broken by it. */
  async unlock(stack: string): Promise<void> {
    await this.run(["cancel", "--yes", "--stack", stack]);
  }

  /** Moves resources with all below them into another stack, whose providers are copied where it lacks them. */
  async moveState(source: string, destination: string, urn: string): Promise<void> {
    await this.run(["state", "move", "--source", source, "--dest", destination, "--yes", urn]);
  }

  /**
   * What an update would do, as JSON: what stays the same too, and a placeholder for each secret.
   * @param importFile where the engine writes an import file of all that it would create
   */
  preview(stack: string, importFile?: string): Promise<string> {
    const written = importFile === undefined ? [] : ["--import-file", importFile];
    return this.run(
      ["preview", "--json", "--show-sames", "--stack", stack, ...this.configured, ...written],
      "",
      engineEnvironment("preview", { nodeOptions: this.environment["NODE_OPTIONS"] }),
    );
  }

  /** Takes what the file names into the stack's state, reading each from its provider. */
  async importResources(stack: string, file: string): Promise<void> {
    // Protection is the program's to say, and code there is already.
    const as = ["--protect=false", "--generate-code=false", "--skip-preview", "--yes"];
    await this.run(["import", "--file", file, "--stack", stack, ...this.configured, ...as]);
  }

  /** A value of the stack's configuration in clear; undefined where it isn't set. */
  async config(stack: string, key: string): Promise<string | undefined> {
    return (await this.configuration(stack))[key];
  }

  /** All of the stack's configuration in clear, by key with its namespace; what is structured is JSON. */
  async configuration(stack: string): Promise<Readonly<Record<string, string>>> {
    const all = JSON.parse(
      await this.run(["config", "--json", "--show-secrets", "--stack", stack, ...this.configured]),
    ) as Record<string, { value?: string } | undefined>;
    return Object.fromEntries(
      Object.entries(all).flatMap(([key, entry]) => (entry?.value === undefined ? [] : [[key, entry.value]])),
    );
  }

  async setSecret(stack: string, key: string, value: string): Promise<void> {
    await this.run(["config", "set", "--secret", key, "--stack", stack, ...this.configured], value);
  }

  /**
   * Runs the program: whatever its end, it is the caller's to judge. DEBUG shows an exception's frames. Where this process
   * is asked to stop, so is the engine, once each time: the first time it ends what is under way and gives its lock back.
   */
  operate(
    operation: EngineOperation,
    args: readonly string[],
    { show, env = {} }: OperateOptions = {},
  ): Promise<EngineRun> {
    const { DEBUG, NODE_OPTIONS: nodeOptions } = this.environment;
    return new Promise((resolve, reject) => {
      const variables = {
        ...engineEnvironment(operation, { debug: Boolean(DEBUG), nodeOptions }),
        ...env,
      };
      // A group of its own: a terminal's Ctrl-C would reach the engine beside the one that is passed on.
      const child = this.spawn([operation, ...args, ...this.configured], variables, { detached: true });
      const release = passSignals(child);
      const both: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          both.push(chunk);
          show?.(chunk);
        });
      }
      child.stdin.end();
      child.on("error", (cause) => {
        release();
        reject(notStarted(cause));
      });
      child.on("close", (code) => {
        const stopped = release();
        resolve({ code: code ?? 1, output: Buffer.concat(both).toString(), ...(stopped && { stopped }) });
      });
    });
  }

  private spawn(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { detached = false }: { readonly detached?: boolean } = {},
  ) {
    return spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.folder,
      env: { ...this.environment, ...env },
      detached,
    });
  }

  private run(
    args: readonly string[],
    stdin = "",
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args, { PULUMI_SKIP_UPDATE_CHECK: "true", ...more });
      const [out, error]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => error.push(chunk));
      child.on("error", (cause) => reject(notStarted(cause)));
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(out).toString());
        else
          reject(refused(args, Buffer.concat(error).toString() || faultsOf(Buffer.concat(out).toString())));
      });
      // A command that reads no input may be gone before it is written.
      child.stdin.on("error", () => undefined);
      child.stdin.end(stdin);
    });
  }
}

/**
 * Hands this process's signals on as the engine's Ctrl-C. A cancelled job's runner sends SIGINT, and SIGTERM 7.5 s later:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
 * @returns ends it, and tells whether there was one
 */
function passSignals(child: ChildProcess): () => boolean {
  const signals = ["SIGINT", "SIGTERM"] as const;
  let passed = false;
  const pass = (): void => {
    passed = true;
    child.kill("SIGINT");
  };
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
    return passed;
  };
}

/** With `--json` the engine says what is wrong where it would say what it does. */
function faultsOf(printed: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(printed) as {
      diagnostics?: { severity: string; message: string }[];
    };
    return diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message)
      .join("\n");
  } catch {
    return printed;
  }
}

function notStarted(cause: Error): PlatformError {
  return new PlatformError(
    {
      code: "no-engine",
      where: "pulumi",
      problem: `can't be started: ${cause.message}`,
      fix: "install Pulumi and have it on PATH: https://www.pulumi.com/docs/install/",
    },
    { cause },
  );
}

function refused(args: readonly string[], said: string): PlatformError {
  return new PlatformError({
    code: "engine-failed",
    where: `pulumi ${args.join(" ")}`,
    problem: said.trim() || "failed without a word",
    fix: "mend that and run it again; what was done so far stays",
  });
}
