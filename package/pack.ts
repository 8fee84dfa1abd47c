/**
 * `sandbox/node package/pack.ts` makes `dist/ghcr-platform-<version>.tgz`: the components for anyone's Pulumi
 * program, compiled, with their types, and the `ghcr` plugin that they need. `private` in its manifest keeps it from being published by mistake; a
 * tarball installs all the same.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..");
const dist = join(root, "dist");
const folder = join(dist, "package");

/** Path of the tarball. */
export function pack(): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", __dirname], { stdio: "inherit" });
  for (const file of ["package.json", "README.md"]) copyFileSync(join(__dirname, file), join(folder, file));
  const plugin = "pulumi-resource-ghcr";
  copyFileSync(join(__dirname, plugin), join(folder, "provider", plugin));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", dist], {
    cwd: folder,
    encoding: "utf8",
  });
  const [made] = JSON.parse(packed) as { filename: string }[];
  if (made === undefined) throw new Error("npm pack names no file");
  return join(dist, made.filename);
}

if (require.main === module) console.log(pack());
