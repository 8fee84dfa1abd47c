/**
 * Base images for the sandbox's services, for every platform, from Debian and npm packages alone. They have the
 * layout of the public images that the Dockerfiles name by default (distroless), and stand in for them.
 */
import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { openRegistry } from "../../clients/registry";
import type { Builder } from "../builder";
import type { Progress } from "../progress";
import { ensureContext, workFolder, type ContextOptions } from "./context";
import { DebianArchive } from "./debian-packages";
import { ARCHITECTURES, EPOCH, recipeHash, recipes, type Runtime } from "./recipe";

export interface BaseImageOptions {
  /** Host of the sandbox's registry, e.g. `127.0.0.1:18481`. */
  readonly registry: string;
  readonly builder: Builder;
  readonly progress: Pick<Progress, "step">;
  /**
   * Root file systems are kept there, by recipe, over sandboxes. Debian's security updates come in when the
   * folder is removed. @default `${XDG_CACHE_HOME:-~/.cache}/ghcr-platform/base-images`
   */
  readonly cacheDir?: string;
}

/** Reference by digest of each runtime's image. Makes and pushes only what the registry doesn't hold. */
export async function ensureBaseImages(options: BaseImageOptions): Promise<Record<Runtime, string>> {
  const { cacheDir = defaultCacheDir(), progress } = options;
  const folders: string[] = [];
  const openArchive = (): Promise<DebianArchive> => {
    const folder = workFolder(cacheDir);
    folders.push(folder);
    return progress.step("Debian's package lists", { typical: "5 s" }, () => DebianArchive.open(folder));
  };
  // Opened by the first image that has to be made.
  let opened: Promise<DebianArchive> | undefined;
  const context: ContextOptions = { cacheDir, progress, archive: () => (opened ??= openArchive()) };
  try {
    const python = await ensureBaseImage("python", options, context);
    const node = await ensureBaseImage("node", options, context);
    return { python, node };
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

async function ensureBaseImage(
  runtime: Runtime,
  options: BaseImageOptions,
  contextOptions: ContextOptions,
): Promise<string> {
  const { registry, builder, progress } = options;
  const recipe = recipes[runtime];
  const repository = `${registry}/${recipe.repository}`;
  const recipeTag = `recipe-${recipeHash(recipe)}`;
  const there = await openRegistry(registry).resolve(recipe.repository, recipeTag);
  if (there !== undefined) return `${repository}@${there.digest}`;

  const context = await ensureContext(recipe, contextOptions);
  const { digest } = await progress.step(`push ${recipe.repository}`, { typical: "10 s" }, () =>
    builder.build({
      context,
      platforms: ARCHITECTURES.map((architecture) => `linux/${architecture}`),
      names: [`${repository}:${recipe.tag}`, `${repository}:${recipeTag}`],
      sourceDateEpoch: EPOCH,
      // Its one layer is an archive whose timestamps are all EPOCH.
      rewriteTimestamps: false,
      // Pushed again after every `make down`, over loopback: time matters more than size.
      compressionLevel: 1,
    }),
  );
  return `${repository}@${digest}`;
}

function defaultCacheDir(): string {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "ghcr-platform", "base-images");
}
