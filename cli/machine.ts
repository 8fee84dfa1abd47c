import { terminalPrompts, type Prompts } from "./prompts";
import { runCommand, type RunCommand } from "./run-command";

/** What a command that works on a checkout has of the machine, so that tests can give it another. */
export interface Machine {
  /** The folder that the command was called in. */
  readonly cwd: string;
  /** Undefined where nobody is there to answer. */
  readonly prompts: Prompts | undefined;
  readonly run: RunCommand;
}

export function thisMachine(): Machine {
  const interactive = process.stdin.isTTY && process.stderr.isTTY && process.env["CI"] === undefined;
  return { cwd: process.cwd(), prompts: interactive ? terminalPrompts : undefined, run: runCommand };
}
