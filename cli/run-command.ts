/** Runs other programs for a command, and shows what they print. */
import { spawn } from "node:child_process";

export interface CommandRun {
  /** The program and its arguments. Never a secret: every user of the machine may list them. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** On top of the environment that there is. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input; the place for secrets. @default nothing */
  readonly input?: string;
  /** Gets both streams as they come. @default nobody */
  readonly show?: (chunk: Buffer) => void;
}

export interface CommandResult {
  /** 127 where the program isn't there. */
  readonly code: number;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
}

export type RunCommand = (run: CommandRun) => Promise<CommandResult>;

export const runCommand: RunCommand = ({ command: [program, ...args], cwd, env = {}, input, show }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
    const stdout: Buffer[] = [];
    const both: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        both.push(chunk);
        show?.(chunk);
      });
    }
    // It may end without reading it all.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? resolve({ code: 127, stdout: "", output: "" }) : reject(error),
    );
    child.on("close", (code) =>
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(stdout).toString(),
        output: Buffer.concat(both).toString(),
      }),
    );
  });
