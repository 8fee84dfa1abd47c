/** A service's source as it is checked out: `ghcr-platform/source`, for programs that build its image. */
import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { PlatformError, type Fault } from "../core/errors";
import type { CheckedOut, Source } from "../core/publish";
import { fileText } from "./changes";
import { readSourceState } from "./git";

export type { CheckedOut } from "../core/publish";

/**
 * Reads which commit a folder is at, and its Dockerfile.
 * @param folder from the program's folder, e.g. `../pager`
 * @param dockerfile from that folder
 * @throws PlatformError where one of them is missing, or git doesn't know which commit changed the folder last
 */
export function readSource(
  folder: string,
  { dockerfile = "Dockerfile" }: { readonly dockerfile?: string } = {},
): CheckedOut {
  const faults = folderFaults(folder, dockerfile);
  if (faults.length > 0) throw new PlatformError(faults);
  return { folder, file: dockerfile, ...checkedOut(folder, ".", dockerfile) };
}

/**
 * What git and the machine say of a service's source.
 * @param path the service's folder, from `root`
 * @param dockerfile from `root`
 * @throws PlatformError as of `readSourceState`
 */
export function checkedOut(
  root: string,
  path: string,
  dockerfile: string,
): Omit<Source, "defaultBranch" | "repository"> {
  const state = readSourceState(root, path);
  return {
    ...state,
    // Stands for the ref where a runner checks out a commit without a branch.
    ...(process.env["GHCR_REF"] === undefined ? {} : { ref: process.env["GHCR_REF"] }),
    developer: state.developer ?? userInfo().username,
    dockerfile: fileText(root, dockerfile) ?? "",
  };
}

function folderFaults(folder: string, dockerfile: string): Fault[] {
  const where = "readSource";
  if (isAbsolute(folder)) {
    const fix = "name it from the program's folder";
    return [{ code: "absolute-source", where, problem: "would differ on each machine", got: folder, fix }];
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const fix = "name the service's folder from the program's folder";
    return [{ code: "missing-source", where, problem: "no such folder", got: folder, fix }];
  }
  const file = join(folder, dockerfile);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return [];
  const fix = `add ${file}, or name another file: readSource("${folder}", { dockerfile: "…" })`;
  return [{ code: "missing-dockerfile", where, problem: "no such file", got: file, fix }];
}
