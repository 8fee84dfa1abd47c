/** JSON files that a command reads and writes. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { PlatformError } from "../core/errors";
import { UsageError } from "./request";

/** @throws UsageError where there is no such file; PlatformError where it isn't JSON */
export function readJsonFile(flag: string, file: string): unknown {
  const text = readTextFile(flag, file);
  try {
    return JSON.parse(text);
  } catch {
    throw new PlatformError({
      code: "not-json",
      where: file,
      problem: "is not JSON, or was cut off",
      fix: "make the file again",
    });
  }
}

/** @throws UsageError where there is no such file */
export function readTextFile(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      {
        code: "unreadable-file",
        where: flag,
        problem: `the file can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
        got: file,
        fix: "give the path of a file that exists",
      },
      { cause: error },
    );
  }
}

/** Whole or not at all: a run that is cut short leaves what was there before. */
export function writeFileWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}
