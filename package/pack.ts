/**
 * `sandbox/node package/pack.ts` makes `dist/ghcr-platform-<version>.tgz`: the components for anyone's Pulumi
 * program, compiled, with their types, and the `ghcr` plugin and command that they run. `private` in its manifest keeps
 * it from being published by mistake; a tarball installs all the same.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../setup/bundle";

const root = join(__dirname, "..");
const dist = join(root, "dist");
const folder = join(dist, "package");

/** Makes it. Path of the tarball. */
export async function pack(): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", __dirname], { stdio: "inherit" });
  for (const file of ["package.json", "README.md"]) copyFileSync(join(__dirname, file), join(folder, file));
  const plugin = "pulumi-resource-ghcr";
  copyFileSync(join(__dirname, plugin), join(folder, "provider", plugin));
  mkdirSync(join(folder, "cli"));
  copyFileSync(join(__dirname, "ghcr"), join(folder, "cli", "ghcr"));
  writeFileSync(join(folder, "cli", "ghcr.cjs"), (await bundle(root)).bytes);
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", dist], {
    cwd: folder,
    encoding: "utf8",
  });
  const [made] = JSON.parse(packed) as { filename: string }[];
  if (made === undefined) throw new Error("npm pack names no file");
  return join(dist, made.filename);
}

if (require.main === module) void pack().then(console.log);
