/** Runs one command line of a resource and stops what it started when told to. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { CommandInputs } from "./command-inputs";

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandRun {
  readonly command: string;
  readonly inputs: CommandInputs;
  /** What the previous run printed; undefined on the first. */
  readonly previous?: CommandOutput;
  /** The environment that the command inherits. */
  readonly baseEnvironment: NodeJS.ProcessEnv;
  /** Texts that must not appear in a message. */
  readonly secrets: readonly string[];
  /** Called for each line that is to be logged, redacted. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a failed command printed is shown up to this many characters, its end. */
const TAIL_CHARACTERS = 4000;
/** How long a cancelled command has to end by itself before it is killed, in milliseconds. */
const GRACE_MS = 3000;

/**
 * Runs the command and gives what it printed, without the last newline.
 * @throws Error with the exit code and the end of what it printed, secrets redacted.
 */
export function runCommand(run: CommandRun): Promise<CommandOutput> {
  const { inputs } = run;
  const interpreter = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  const [program = "/bin/sh", ...args] = interpreter;
  const printed = { stdout: "", stderr: "", both: "" };
  const logs = { stdout: lineReader(run, "stdout"), stderr: lineReader(run, "stderr") };

  return new Promise((resolve, reject) => {
    if (run.signal.aborted) return reject(new Error("cancelled before the command started"));
    const child = start(run, program, args);
    const stop = () => stopGroup(child.pid);
    run.signal.addEventListener("abort", stop, { once: true });

    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8");
      child[name].on("data", (text: string) => {
        printed[name] += text;
        printed.both += text;
        logs[name].take(text);
      });
    }
    // A command that doesn't read its input closes the pipe; that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(inputs.stdin ?? "");

    child.on("error", (error) => reject(startFailure(run, program, error)));
    child.on("close", (code, signal) => {
      run.signal.removeEventListener("abort", stop);
      logs.stdout.end();
      logs.stderr.end();
      if (code === 0) {
        resolve({ stdout: withoutLastNewline(printed.stdout), stderr: withoutLastNewline(printed.stderr) });
        return;
      }
      const how = run.signal.aborted
        ? "cancelled"
        : code === null
          ? `killed by ${signal}`
          : `exit code ${code}`;
      const shown = printed.stderr.trim() === "" ? printed.both : printed.stderr;
      const told = tail(redact(shown, run.secrets));
      reject(new Error(`${how}: running ${redact(JSON.stringify(run.command), run.secrets)}:\n${told}`));
    });
  });
}

/** The text with every secret of at least four characters, and every such line of one, masked. */
export function redact(text: string, secrets: readonly string[]): string {
  const parts = new Set(
    secrets.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), ...value.split("\n")]),
  );
  // Longest first: a secret that contains another must go as a whole. Under four characters a mask would hide
  // ordinary words ("1", "yes") and protect nothing.
  const masked = [...parts].filter((part) => part.trim().length >= 4).sort((a, b) => b.length - a.length);
  return masked.reduce((result, part) => result.replaceAll(part, "[secret]"), text);
}

function childEnvironment(run: CommandRun): NodeJS.ProcessEnv {
  const environment = { ...run.baseEnvironment, ...run.inputs.environment };
  if (run.inputs.addPreviousOutputInEnv === false) return environment;
  if (run.previous?.stdout) environment["PULUMI_COMMAND_STDOUT"] = run.previous.stdout;
  if (run.previous?.stderr) environment["PULUMI_COMMAND_STDERR"] = run.previous.stderr;
  return environment;
}

function start(run: CommandRun, program: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  try {
    return spawn(program, [...args, run.command], {
      cwd: run.inputs.dir ?? process.cwd(),
      env: childEnvironment(run),
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own, so that a cancellation reaches whatever the command started.
      detached: true,
    });
  } catch (error) {
    throw startFailure(run, program, error as Error);
  }
}

/** Node's own message may quote an environment value, and names a missing directory as a missing program. */
function startFailure(run: CommandRun, program: string, error: NodeJS.ErrnoException): Error {
  const where = run.inputs.dir === undefined ? "" : ` in directory ${run.inputs.dir}`;
  return new Error(redact(`can't start ${program}${where}: ${error.code ?? error.message}`, run.secrets));
}

function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  setTimeout(() => signalGroup(pid, "SIGKILL"), GRACE_MS).unref();
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}

function lineReader(run: CommandRun, stream: "stdout" | "stderr") {
  const wanted = run.inputs.logging ?? "stdoutAndStderr";
  const logged = wanted === stream || wanted === "stdoutAndStderr";
  const say = (line: string) => logged && run.onLine(redact(line, run.secrets));
  let rest = "";
  return {
    take(text: string): void {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(say);
    },
    end(): void {
      if (rest !== "") say(rest);
    },
  };
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function tail(text: string): string {
  return text.length <= TAIL_CHARACTERS ? text : `…${text.slice(-TAIL_CHARACTERS)}`;
}
