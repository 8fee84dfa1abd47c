/** Pulumi's own command, for what its state and configuration need. Secrets go in and out on its pipes only. */
import { spawn } from "node:child_process";
import { PlatformError } from "../core/errors";

export class Engine {
  /** @param folder where Pulumi.yaml and the stacks' files are */
  constructor(
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** A stack's state as JSON text; secrets in it stay encrypted. */
  exportState(stack: string): Promise<string> {
    return this.run(["stack", "export", "--stack", stack]);
  }

  /** Moves resources with all below them into another stack, whose providers are copied where it lacks them. */
  async moveState(source: string, destination: string, urn: string): Promise<void> {
    await this.run(["state", "move", "--source", source, "--dest", destination, "--yes", urn]);
  }

  /** A value of the stack's configuration in clear; undefined where it isn't set. */
  async config(stack: string, key: string): Promise<string | undefined> {
    const all = JSON.parse(
      await this.run(["config", "--json", "--show-secrets", "--stack", stack]),
    ) as Record<string, { value?: string } | undefined>;
    return all[key]?.value;
  }

  async setSecret(stack: string, key: string, value: string): Promise<void> {
    await this.run(["config", "set", "--secret", key, "--stack", stack], value);
  }

  private run(args: readonly string[], stdin = ""): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn("pulumi", [...args, "--non-interactive"], {
        cwd: this.folder,
        env: { ...this.environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      });
      const [out, error]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => error.push(chunk));
      child.on("error", (cause) => reject(notStarted(cause)));
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(out).toString());
        else reject(refused(args, Buffer.concat(error).toString()));
      });
      // A command that reads no input may be gone before it is written.
      child.stdin.on("error", () => undefined);
      child.stdin.end(stdin);
    });
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
