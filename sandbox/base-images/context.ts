import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processStart } from "../../clients/process-identity";
import type { Progress } from "../progress";
import type { DebianArchive } from "./debian-packages";
import { fetchNpmPackage } from "./node-package";
import { ARCHITECTURES, dockerfile, recipeHash, type Architecture, type Recipe } from "./recipe";
import { writeRootfs } from "./rootfs";

export interface ContextOptions {
  readonly cacheDir: string;
  readonly progress: Pick<Progress, "step">;
  /** Called only if something has to be made. */
  readonly archive: () => Promise<DebianArchive>;
}

/**
 * The build context of a base image, `<cacheDir>/<recipe hash>`: a Dockerfile and a root file system for each
 * architecture. Appears whole or not at all, however often and wherever its making is interrupted.
 */
export async function ensureContext(recipe: Recipe, options: ContextOptions): Promise<string> {
  const { cacheDir, progress } = options;
  const context = join(cacheDir, recipeHash(recipe));
  if (existsSync(context)) return context;

  const partial = workFolder(cacheDir);
  try {
    const result = join(partial, "context");
    mkdirSync(result);
    writeFileSync(join(result, "Dockerfile"), dockerfile(recipe));
    for (const architecture of ARCHITECTURES) {
      const title = `root file system of ${recipe.repository} for ${architecture}`;
      await progress.step(title, { typical: "10 s" }, () =>
        makeRootfs(recipe, architecture, partial, options),
      );
    }
    moveIntoPlace(result, context);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return context;
}

async function makeRootfs(
  recipe: Recipe,
  architecture: Architecture,
  partial: string,
  { archive }: ContextOptions,
): Promise<void> {
  const packages = await (await archive()).download(recipe.packages, architecture);
  const node =
    recipe.node && (await fetchNpmPackage(recipe.node[architecture], join(partial, `npm-${architecture}`)));
  await writeRootfs(
    { recipe, architecture, packages, ...(node === undefined ? {} : { node }) },
    join(partial, `rootfs-${architecture}`),
    join(partial, "context", `${architecture}.tar`),
  );
}

function moveIntoPlace(made: string, context: string): void {
  try {
    renameSync(made, context);
  } catch (error) {
    // Another process was faster; what it made is as good.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/**
 * A folder of this process's own beside the results, so that they are moved and not copied. What processes left
 * there that were interrupted goes first.
 */
export function workFolder(cacheDir: string): string {
  mkdirSync(cacheDir, { recursive: true });
  for (const name of readdirSync(cacheDir)) {
    const owner = /^partial-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && processStart(Number(owner)) === undefined) {
      rmSync(join(cacheDir, name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(cacheDir, `partial-${process.pid}-`));
}
