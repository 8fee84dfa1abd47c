/** What is said of a set of files: in commits, pull requests, log lines and errors. */
import type { Fault } from "../errors";
import { filePathFault } from "./path";
import { absent, type FileChange, type FileConflict } from "./plan";

/** The title as it is given, then a line a file. */
export function commitMessage(title: string, changes: readonly FileChange[]): string {
  return `${title}\n\n${changes.map(({ path, does }) => `${does} ${path}`).join("\n")}\n`;
}

/** `create a, update b, delete c` */
export function changesText(changes: readonly FileChange[]): string {
  return changes.map(({ path, does }) => `${does} ${path}`).join(", ");
}

/**
 * Each file that a person changed, with the ways out.
 * @param where the branch, as `albeorla/tools:main`
 */
export function conflictFaults(where: string, conflicts: readonly FileConflict[]): Fault[] {
  return conflicts.map(({ path, actual, changed }) => ({
    code: "changed-by-hand",
    where: `${where}:${path}`,
    problem: problemOf(actual, changed),
    fix: fixOf(path, actual),
  }));
}

/** A file that is declared no longer, and stays. */
export function leftText(where: string, { path }: FileConflict): string {
  return `${where}:${path} is declared no longer and was changed by hand, so it stays; nothing renders it any more`;
}

/** An entry of the list of what may be overwritten. */
export function agreementFault(where: string, entry: string): Fault | undefined {
  const at = entry.lastIndexOf("@");
  const well = at > 0 && /^(absent|[0-9a-f]{7,40})$/.test(entry.slice(at + 1));
  if (well && filePathFault(where, entry.slice(0, at)) === undefined) return undefined;
  return {
    code: "invalid-overwrite",
    where,
    problem: "must be <path>@<at least 7 digits of the blob that may be lost>, or <path>@absent",
    got: entry,
    fix: "take it from the message that names the file; `git rev-parse HEAD:<path>` prints the digits too",
  };
}

function problemOf(actual: string, changed: FileConflict["changed"]): string {
  if (actual === absent) return "was deleted by hand; it is not put back over a person's decision";
  if (changed === "since") return "was changed by hand; it is neither what was written nor what is declared";
  return "was there before, with other content than is declared; it is not overwritten unasked";
}

function fixOf(path: string, actual: string): string {
  if (!/^([0-9a-f]{40}|absent)$/.test(actual))
    return "it is no plain file: move it out of the way, or leave the file out of the declaration";
  if (actual === absent)
    return `leave it out of the declaration, or have it put back by adding "${path}@absent" to \`overwrite\``;
  const entry = `${path}@${actual.slice(0, 12)}`;
  return `take it into the declaration, or give it up by adding ${JSON.stringify(entry)} to \`overwrite\``;
}
