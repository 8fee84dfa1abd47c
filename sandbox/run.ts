import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; one that never comes, since its promise fails, ends the program. @default none */
  readonly stdin?: string | Promise<string>;
}

/**
 * Runs a program to its end; resolves to what it printed on standard output. Throws an Error with the end of its
 * standard error if it can't be started or exits with another code than 0.
 */
export function run(
  command: string,
  args: readonly string[],
  { stdin, ...options }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "pipe" });
    // A program that ends without having read all of it says why by itself.
    child.stdin.on("error", () => {});
    Promise.resolve(stdin ?? "").then(
      (text) => child.stdin.end(text),
      () => child.kill(),
    );
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(stdout).toString("utf8"));
      const end = Buffer.concat(stderr).toString("utf8").trimEnd().split("\n").slice(-20).join("\n");
      reject(new Error(`${command} ${args[0] ?? ""} failed (${signal ?? `exit code ${code}`}):\n${end}`));
    });
  });
}
