/**
 * A program that outlives the command that started it: started detached, found again by its pid file, checked,
 * stopped. A pid file names a process by its number and the moment of its start, so that a number which the
 * system has given to another program since then is never signalled.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "../core/errors";
import { killGroup, processStart, signal } from "../clients/process-identity";

export interface DaemonOptions {
  /** Names its files: `<dir>/<name>.pid` and `<dir>/<name>.log`. */
  readonly name: string;
  readonly command: string;
  /** May be read by every user of the machine: never a secret. */
  readonly args: readonly string[];
  /** The whole environment of the process. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Holds the pid file and the log; made if it isn't there. */
  readonly dir: string;
  /** True once the daemon does its work. Polled; one that throws counts as false. */
  readonly healthy: () => Promise<boolean>;
  /** Done before it is started, and not where it runs already: a check of its port, a file of settings. */
  readonly prepare?: () => Promise<void>;
  /** How long it may take until it is healthy. @default 30 s */
  readonly startTimeoutMs?: number;
  /** What else, besides command and arguments, makes a running daemon another one: the text of its settings. */
  readonly settings?: string;
}

export interface Daemon {
  readonly pid: number;
  /** True if it ran already, with the same command, arguments and settings, and was healthy. */
  readonly reused: boolean;
}

export type DaemonStatus =
  | { readonly state: "running"; readonly pid: number; readonly command: string }
  | { readonly state: "stopped" };

interface PidFile {
  readonly pid: number;
  /** See processStart. */
  readonly started: string;
  readonly command: string;
  /** Command, arguments and settings, to tell whether a running daemon is the one that is asked for. */
  readonly identity: string;
}

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const POLL_MS = 50;
const REUSE_LIMIT_MS = 5_000;

/**
 * Starts it, unless it runs already. One that runs otherwise than asked for, or that is not healthy, is stopped
 * first. Throws a PlatformError, with the end of its log, if it ends or doesn't become healthy in time.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { name, dir } = options;
  const identity = JSON.stringify([options.command, ...options.args, options.settings ?? ""]);
  const running = readRunning(dir, name);
  if (running?.identity === identity && (await staysHealthy(options, running))) {
    return { pid: running.pid, reused: true };
  }
  await stopDaemon(dir, name);

  mkdirSync(dir, { recursive: true });
  await options.prepare?.();
  const child = spawnDetached(options);
  try {
    await waitUntilHealthy(child, options, identity);
  } catch (error) {
    await stopDaemon(dir, name);
    throw error;
  }
  // From here on it is no concern of this process, which may end while the daemon runs.
  child.removeAllListeners();
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} is healthy but has no process`);
  return { pid: child.pid, reused: false };
}

export function daemonStatus(dir: string, name: string): DaemonStatus {
  const running = readRunning(dir, name);
  return running ? { state: "running", pid: running.pid, command: running.command } : { state: "stopped" };
}

/**
 * Asks it to end, and after `graceMs` makes it end, with whatever it started. False if it didn't run. Its log
 * is kept. @param graceMs default 10 s
 */
export async function stopDaemon(dir: string, name: string, graceMs = 10_000): Promise<boolean> {
  const running = readRunning(dir, name);
  if (running) {
    signal(running.pid, "SIGTERM");
    if (!(await endsWithin(running, graceMs))) {
      killGroup(running.pid);
      await endsWithin(running, 5_000);
    }
  }
  rmSync(pidFile(dir, name), { force: true });
  return running !== undefined;
}

export function daemonLog(dir: string, name: string): string {
  return join(dir, `${name}.log`);
}

function pidFile(dir: string, name: string): string {
  return join(dir, `${name}.pid`);
}

/** What the pid file says, if that very process still runs. */
function readRunning(dir: string, name: string): PidFile | undefined {
  const file = pidFile(dir, name);
  if (!existsSync(file)) return undefined;
  const content = parsePidFile(readFileSync(file, "utf8"));
  return content && processStart(content.pid) === content.started ? content : undefined;
}

/** Undefined for what an interrupted write may have left. */
function parsePidFile(text: string): PidFile | undefined {
  try {
    const { pid, started, command, identity } = JSON.parse(text) as Partial<PidFile>;
    if (!Number.isInteger(pid) || pid === undefined || pid <= 1) return undefined;
    if (typeof started !== "string" || typeof identity !== "string") return undefined;
    return { pid, started, command: command ?? "", identity };
  } catch {
    return undefined;
  }
}

function spawnDetached({ name, command, args, env, dir }: DaemonOptions): ChildProcess {
  const log = daemonLog(dir, name);
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) renameSync(log, `${log}.1`);
  const output = openSync(log, "a", 0o600);
  try {
    return spawn(command, args, { cwd: dir, env, detached: true, stdio: ["ignore", output, output] });
  } finally {
    closeSync(output);
  }
}

async function waitUntilHealthy(
  child: ChildProcess,
  options: DaemonOptions,
  identity: string,
): Promise<void> {
  const { name, dir, command } = options;
  let end: string | undefined;
  child.once("error", (error) => (end = `can't be started: ${error.message}`));
  child.once("exit", (code, by) => (end = `ended while it was starting (${by ?? `exit code ${code}`})`));
  if (child.pid !== undefined) {
    // Its own process group (`detached`), so one entry is enough to end all of it.
    const content: PidFile = { pid: child.pid, started: processStart(child.pid) ?? "", command, identity };
    const partial = `${pidFile(dir, name)}.new`;
    writeFileSync(partial, JSON.stringify(content), { mode: 0o600 });
    renameSync(partial, pidFile(dir, name));
  }
  const limit = options.startTimeoutMs ?? 30_000;
  const deadline = Date.now() + limit;
  while (end === undefined) {
    if (await isHealthy(options)) return;
    if (Date.now() > deadline) end = `is not healthy after ${limit / 1000} s`;
    await sleep(POLL_MS);
  }
  const lines = logTail(daemonLog(dir, name));
  throw new PlatformError({
    code: "daemon-failed",
    where: name,
    problem: lines === "" ? end : `${end}; it last wrote:\n${lines}`,
    fix: `see ${daemonLog(dir, name)}`,
  });
}

/** A running one gets a moment: it may be busy, or another command may have started it just now. */
async function staysHealthy(options: DaemonOptions, { pid, started }: PidFile): Promise<boolean> {
  const deadline = Date.now() + REUSE_LIMIT_MS;
  while (processStart(pid) === started && Date.now() < deadline) {
    if (await isHealthy(options)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function isHealthy({ healthy }: DaemonOptions): Promise<boolean> {
  try {
    return await healthy();
  } catch {
    return false;
  }
}

async function endsWithin({ pid, started }: PidFile, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (processStart(pid) === started) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** The last lines of a log, indented; empty if there are none. */
function logTail(file: string, lines = 8): string {
  if (!existsSync(file)) return "";
  const { size } = statSync(file);
  const buffer = Buffer.alloc(Math.min(size, 8192));
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
  } finally {
    closeSync(descriptor);
  }
  const text = buffer.toString("utf8").trimEnd();
  return text === ""
    ? ""
    : text
        .split("\n")
        .slice(-lines)
        .map((line) => `    ${line}`)
        .join("\n");
}
