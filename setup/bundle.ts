/**
 * `npm run bundle`: the `ghcr` command with all that it imports as one file, `setup/ghcr.cjs`, which any Node from 20
 * on starts. The same sources and lock file give the same bytes, wherever the checkout lies. Not minified: what a
 * release runs can be read, and an error says where it happened.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export const bundleFile = "setup/ghcr.cjs";

export interface Bundle {
  readonly bytes: Uint8Array;
  /** Every file that went in, from the checkout's top. */
  readonly inputs: readonly string[];
}

/** @param root top of the checkout */
export async function bundle(root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["cli/main.ts"],
    bundle: true,
    // Questions are asked at a terminal, in a checkout with its packages; a runner has neither.
    external: ["@inquirer/prompts"],
    platform: "node",
    target: "node20",
    format: "cjs",
    charset: "utf8",
    legalComments: "inline",
    metafile: true,
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild gave no file");
  return { bytes: file.contents, inputs: Object.keys(metafile.inputs) };
}

async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const { bytes } = await bundle(root);
  writeFileSync(join(root, bundleFile), bytes);
  console.log(`${bundleFile}: ${bytes.length} bytes`);
}

if (require.main === module) void main();
