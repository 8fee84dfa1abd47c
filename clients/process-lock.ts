/** A file that one process at a time works with, whatever becomes of the process. */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { PlatformError } from "../core/errors";
import { processStart } from "./process-identity";

interface Holder {
  readonly pid: number;
  /** See processStart: a number that was given out again is another process. */
  readonly start: string;
  readonly host: string;
  /** RFC 3339, for people. */
  readonly since: string;
}

/**
 * Does the work while `<file>.lock` is this process's. A lock whose process is no more, killed or crashed, is taken
 * over; one of another machine never is, because nothing shows here whether that process lives.
 * @param who what locks it, for the error of the next one, e.g. `ghcr retention apply`
 * @throws PlatformError `in-use`, `not-writable`
 */
export async function whileLocked<T>(file: string, who: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const holder: Holder & { readonly who: string } = {
    ...{ who, pid: process.pid, start: processStart(process.pid) ?? "", host: hostname() },
    since: new Date().toISOString(),
  };
  const content = JSON.stringify(holder);
  acquire(file, lock, content);
  try {
    return await work();
  } finally {
    if (textOf(lock) === content) rmSync(lock, { force: true });
  }
}

function acquire(file: string, lock: string, content: string): void {
  const own = `${lock}.${process.pid}.${randomUUID()}`;
  try {
    writeFileSync(own, content, { mode: 0o600 });
  } catch (cause) {
    const problem = "nothing can be written beside it";
    const fix = "make its folder, or name a file in one that this user may write to";
    throw new PlatformError({ code: "not-writable", where: file, problem, fix }, { cause });
  }
  try {
    if (!linked(own, lock) && !takenOver(own, lock)) throw inUse(file, lock);
  } finally {
    rmSync(own, { force: true });
  }
}

/** The file with its content in one step, so that nobody ever reads half of it; false where there is one. */
function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Several may find the same dead lock. Who makes the claim looks again and replaces it; nobody else replaces or
 * removes a lock that isn't its own, so what is dead then is dead until it is replaced.
 */
function takenOver(own: string, lock: string): boolean {
  const found = textOf(lock);
  if (found === undefined) return linked(own, lock);
  if (isAlive(found) || !linked(own, claimOf(lock))) return false;
  try {
    if (textOf(lock) !== found) return false;
    renameSync(own, lock);
    return true;
  } finally {
    rmSync(claimOf(lock), { force: true });
  }
}

function claimOf(lock: string): string {
  return `${lock}.takeover`;
}

/** What can't be read is taken for alive. */
function isAlive(content: string): boolean {
  const holder = parsed(content);
  if (holder === undefined || holder.host !== hostname()) return true;
  return processStart(holder.pid) === holder.start;
}

function inUse(file: string, lock: string): PlatformError {
  const { who = "another command", pid, host, since } = parsed(textOf(lock) ?? "") ?? {};
  const which = pid === undefined ? "" : ` (process ${pid} on ${host}, since ${since})`;
  return new PlatformError({
    code: "in-use",
    where: file,
    problem: `${who} is working with it${which}`,
    fix: `wait until that has ended; if there is no such process, delete ${lock} and ${claimOf(lock)}`,
  });
}

function parsed(content: string): (Holder & { readonly who: string }) | undefined {
  try {
    return JSON.parse(content) as Holder & { readonly who: string };
  } catch {
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
