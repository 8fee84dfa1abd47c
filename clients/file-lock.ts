/**
 * A lock between processes of one machine for work that is done once and used by all: whoever comes second waits.
 * Where nobody else may ever be let in, whatever happened, `process-lock.ts` is the one.
 */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "./process-identity";

const pollMilliseconds = 200;

/**
 * Runs `work` while nobody else runs theirs under the same file; what a dead process left behind holds nobody up.
 * @param waiting told once, where it has to be waited for, the pid of who has the lock
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  waiting: (pid: number) => void = () => {},
): Promise<T> {
  for (let told = false; !take(file);) {
    const holder = holderOf(file);
    if (holder !== undefined && processStart(holder.pid) !== holder.start) {
      // Two waiters may both come here and then both work; the second one's result is the same, so nothing but
      // time is lost.
      rmSync(file, { force: true });
      continue;
    }
    if (holder !== undefined && !told) waiting(holder.pid);
    told ||= holder !== undefined;
    await delay(pollMilliseconds);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** The file appears with its content, so that nobody reads half of it. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}.${randomUUID()}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own);
  }
}

/** Undefined if the file is gone again. */
function holderOf(file: string): { readonly pid: number; readonly start?: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; start?: string };
  } catch {
    return undefined;
  }
}
