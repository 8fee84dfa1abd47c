/** The platform's checkout that a command works on: the one that it is called in. */
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { PlatformError } from "../core/errors";
import type { FleetDeclaration } from "../core/fleet";

/**
 * Top of the checkout that a folder is in.
 * @throws PlatformError where it is in none
 */
export function checkoutOf(folder: string): string {
  for (let top = folder; ; top = dirname(top)) {
    if (existsSync(join(top, "services/platform.ts")) && existsSync(join(top, "Pulumi.yaml"))) return top;
    if (top === dirname(top)) break;
  }
  throw new PlatformError({
    code: "no-checkout",
    where: folder,
    problem: "is not in a checkout of the platform (no services/platform.ts there or above)",
    fix: "cd into the platform's checkout and run it there",
  });
}

/** Names of the services' folders. */
export function serviceNames(root: string): readonly string[] {
  return readdirSync(join(root, "services"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** What the checkout declares as its files are now: data of the checkout, which the command is no part of. */
export function declaredFleet(root: string): FleetDeclaration {
  const { loadFleet } = createRequire(join(root, "package.json"))(join(root, "services")) as {
    loadFleet: () => FleetDeclaration;
  };
  return loadFleet();
}

/** Every file below a folder, by its path there with `/`. */
export function filesBelow(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Writes a folder that isn't there yet, whole or not at all. */
export function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  // Beside its place, so that it is moved there in one step; a dot keeps it from being taken for a service.
  const partial = mkdtempSync(join(dirname(folder), ".new-"));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(partial, path)), { recursive: true });
      writeFileSync(join(partial, path), content);
    }
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
