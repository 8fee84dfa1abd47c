/** Tools that come as packages of Debian. */
import { PlatformError } from "../../core/errors";
import type { Progress } from "../progress";
import { run } from "../run";
import { which } from "./installed";

/** How packages are asked for and installed; a test puts its own in place. */
export interface PackageManager {
  /** Whether this is Debian, or a system made from it, and we may install. Else, in words, why not. */
  refusal(): string | undefined;
  /** Version of an installed package; undefined if it isn't. */
  installed(name: string): Promise<string | undefined>;
  update(): Promise<void>;
  install(names: readonly string[]): Promise<void>;
}

/**
 * Sees to it that the packages are installed; resolves to their versions. PlatformError, naming the packages,
 * where something is missing and can't be installed.
 */
export async function ensureDebianPackages(
  names: readonly string[],
  progress: Progress,
  manager: PackageManager = apt,
): Promise<ReadonlyMap<string, string>> {
  const before = await versions(names, manager);
  const missing = names.filter((name) => !before.has(name));
  if (missing.length === 0) return before;
  const list = missing.join(" ");
  const refusal = manager.refusal();
  if (refusal !== undefined) throw missingPackages(list, refusal);
  await progress.step(`Install ${missing.join(", ")} from Debian`, { typical: "15 s" }, async (say) => {
    try {
      // The package lists of a fresh machine are empty, those of an old one name versions that are gone.
      await manager.install(missing).catch(async () => {
        say("reading package lists");
        await manager.update();
        await manager.install(missing);
      });
    } catch (error) {
      throw missingPackages(
        list,
        `apt-get failed: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  });
  return versions(names, manager);
}

async function versions(names: readonly string[], manager: PackageManager): Promise<Map<string, string>> {
  const asked = await Promise.all(names.map(async (name) => [name, await manager.installed(name)] as const));
  return new Map(asked.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function missingPackages(list: string, reason: string, cause?: unknown): PlatformError {
  return new PlatformError(
    {
      code: "packages-missing",
      where: "system packages",
      problem: `${list.replaceAll(" ", ", ")} must be installed: ${reason}`,
      fix: `apt-get install ${list} as root, or your system's packages of the same programs`,
    },
    { cause },
  );
}

/** dpkg and apt-get of this machine. */
export const apt: PackageManager = {
  refusal() {
    if (which("apt-get", process.env) === undefined) return "this isn't Debian";
    return process.getuid?.() === 0 ? undefined : "that takes root";
  },
  async installed(name) {
    try {
      const answer = await run("dpkg-query", ["--show", "--showformat=${db:Status-Status} ${Version}", name]);
      return /^installed (\S+)$/.exec(answer.trim())?.[1];
    } catch {
      return undefined;
    }
  },
  update: async () => void (await run("apt-get", ["update", "-qq"], { env: QUIET })),
  install: async (names) =>
    void (await run("apt-get", ["install", "-qq", "--no-install-recommends", ...names], { env: QUIET })),
};

const QUIET: NodeJS.ProcessEnv = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
