/**
 * The linters that rendered workflows must pass, at the versions that the tests were written for. Each is installed
 * once into the cache, from the registry of the language that it comes from.
 */
import { join } from "node:path";
import { ensureDebianPackages } from "./toolchain";
import { cacheFolder, fill, isFilled } from "./toolchain/cache";
import type { Progress } from "./progress";
import { run } from "./run";

const versions = { actionlint: "1.7.12", zizmor: "1.32.0" } as const;

/** Paths of the linters' programs. */
export type Linters = Readonly<Record<keyof typeof versions, string>>;

/**
 * Installs what is missing; changes nothing where all is there.
 * @throws Error where Go or Python is missing or a registry can't be reached
 */
export async function ensureLinters(progress: Progress, cache: string = cacheFolder()): Promise<Linters> {
  const folder = (name: keyof Linters) => join(cache, "linters", `${name}-${versions[name]}`);
  await installed("actionlint", folder("actionlint"), progress, async (into) => {
    const module = `github.com/rhysd/actionlint/cmd/actionlint@v${versions.actionlint}`;
    await run("go", ["install", module], { env: { ...process.env, GOBIN: join(into, "bin") } });
  });
  await installed("zizmor", folder("zizmor"), progress, async (into) => {
    await ensurePip(progress);
    const wanted = `zizmor==${versions.zizmor}`;
    await run("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", into, wanted]);
  });
  return {
    actionlint: join(folder("actionlint"), "bin", "actionlint"),
    zizmor: join(folder("zizmor"), "bin", "zizmor"),
  };
}

async function installed(
  name: keyof Linters,
  folder: string,
  progress: Progress,
  install: (into: string) => Promise<void>,
): Promise<void> {
  if (isFilled(folder)) return;
  await progress.step(`Install ${name} ${versions[name]}`, { typical: "5 s" }, () => fill(folder, install));
}

async function ensurePip(progress: Progress): Promise<void> {
  try {
    await run("python3", ["-m", "pip", "--version"]);
  } catch {
    await ensureDebianPackages(["python3-pip"], progress);
  }
}
