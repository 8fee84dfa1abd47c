/**
 * Folders that are filled once and never changed after: what is downloaded or built lies in one whose name says
 * what it was made from, and appears there whole or not at all.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { withFileLock } from "../../clients/file-lock";
import { processStart } from "../../clients/process-identity";

/** Where everything is that outlives a checkout: `${XDG_CACHE_HOME:-~/.cache}/ghcr-platform`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "ghcr-platform");
}

/** The first 16 hexadecimal digits of a SHA-256 over the given texts, in order. */
export function shortHash(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:${text}`);
  return hash.digest("hex").slice(0, 16);
}

/** A hash over the paths and contents of all files below a folder. */
export function hashFolder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return shortHash(...files.flatMap((file) => [file.slice(folder.length), readFileSync(file, "latin1")]));
}

/** Whether `fill` has ended for this folder. */
export function isFilled(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Makes `folder` by letting `work` write to a temporary one beside it, which then takes its name. If `work` fails,
 * or the process dies, no folder appears; what a dead process left behind goes with the next attempt. Where
 * another process fills the same folder, waits for it and takes what it made; `waiting` is told its pid.
 */
export async function fill(
  folder: string,
  work: (temporary: string) => Promise<void>,
  waiting: (pid: number) => void = () => {},
): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const filling = async (): Promise<void> => {
    if (isFilled(folder)) return;
    removeLeftOvers(folder);
    const temporary = `${folder}.${process.pid}.partial`;
    try {
      mkdirSync(temporary);
      await work(temporary);
      if (!isFilled(folder)) renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  };
  await withFileLock(`${folder}.lock`, filling, waiting);
}

/** Temporary folders of processes that are no more. */
function removeLeftOvers(folder: string): void {
  const start = `${basename(folder)}.`;
  for (const entry of readdirSync(dirname(folder))) {
    const pid = entry.startsWith(start) ? /^(\d+)\.partial$/.exec(entry.slice(start.length))?.[1] : undefined;
    if (pid === undefined || processStart(Number(pid)) !== undefined) continue;
    rmSync(join(dirname(folder), entry), { recursive: true, force: true });
  }
}
