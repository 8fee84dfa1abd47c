/**
 * SBOMs that a scan made on this machine, kept until the step that attaches them: between the two an image gets its
 * tags, by a command of its own.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { sbomProblem } from "../core/evidence";
import type { Digest } from "../core/names";

type Environment = Readonly<Record<string, string | undefined>>;

/** Whose SBOM it is: `<registry>/<owner>/<service>` and the digest of the platform's manifest. */
export interface SbomOf {
  readonly image: string;
  readonly digest: Digest;
}

export function storeSbom(environment: Environment, of: SbomOf, text: string): void {
  const file = fileOf(environment, of);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
}

/** Undefined: none is kept, or what is kept is of something else. */
export function storedSbom(environment: Environment, of: SbomOf): string | undefined {
  try {
    const text = readFileSync(fileOf(environment, of), "utf8");
    return sbomProblem(JSON.parse(text), of) === undefined ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Below XDG_CACHE_HOME, as the XDG base directory specification reads it. */
function fileOf(environment: Environment, { digest }: SbomOf): string {
  const cache = environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache");
  return join(cache, "ghcr-platform", "sboms", `${digest.slice("sha256:".length)}.spdx.json`);
}
