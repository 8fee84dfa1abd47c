import { createHash, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import type { NpmPackage } from "./recipe";

/** Downloads an npm package into a folder and unpacks it there; resolves to the folder of its files. */
export async function fetchNpmPackage(wanted: NpmPackage, folder: string): Promise<string> {
  const spec = `${wanted.name}@${wanted.version}`;
  mkdirSync(folder, { recursive: true });
  const output = await run(
    "npm",
    ["pack", spec, "--json", "--ignore-scripts", "--prefer-offline", "--pack-destination", folder],
    { cwd: folder },
  ).catch((cause: unknown) => {
    throw new PlatformError(
      {
        code: "npm-unreachable",
        where: `npm package ${spec}`,
        problem: cause instanceof Error ? cause.message : String(cause),
        fix: "see to it that npm reaches its registry, then run it again",
      },
      { cause },
    );
  });
  const [packed] = JSON.parse(output) as { filename: string }[];
  if (!packed) throw new Error(`npm pack ${spec} named no file`);
  const tarball = join(folder, packed.filename);
  checkIntegrity(readFileSync(tarball), wanted);
  await run("tar", ["--extract", "--file", tarball, "--directory", folder]);
  return join(folder, "package");
}

/** Subresource Integrity as package-lock.json has it: `sha512-<base64>`. PlatformError if it doesn't match. */
export function checkIntegrity(tarball: Buffer, { name, version, integrity }: NpmPackage): void {
  const expected = Buffer.from(integrity.replace(/^sha512-/, ""), "base64");
  const actual = createHash("sha512").update(tarball).digest();
  if (actual.length === expected.length && timingSafeEqual(actual, expected)) return;
  throw new PlatformError({
    code: "wrong-checksum",
    where: `npm package ${name}@${version}`,
    problem: "what was downloaded is not what package-lock.json and the base image's recipe pin",
    got: `sha512-${actual.toString("base64")}`,
    fix: "run it again; if it stays, the registry that npm asks serves another package: npm config get registry",
  });
}
