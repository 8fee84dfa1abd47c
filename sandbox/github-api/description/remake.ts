/**
 * Remakes the committed copy of GitHub's OpenAPI description from npm's `@octokit/openapi`:
 *
 *     sandbox/node sandbox/github-api/description/remake.ts [--check]
 *
 * The package (385 MB unpacked) is fetched into a temporary folder and is no dependency of the project. With
 * `--check` nothing is written; the exit code says whether the committed copy is what would be made.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptOperations } from "./operations";
import { renderDescription, trimDescription, type OpenApi } from "./trim";

const source = {
  package: "@octokit/openapi",
  version: "23.0.2",
  integrity:
    "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
  file: "generated/api.github.com.json",
} as const;

const descriptionFile = join(__dirname, "github.json");
const recordFile = join(__dirname, "source.json");

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "github-description-"));
  try {
    const text = renderDescription(trimDescription(readSource(folder), keptOperations));
    const sha256 = createHash("sha256").update(text).digest("hex");
    const record = `${JSON.stringify({ ...source, operations: keptOperations.length, sha256 }, null, 2)}\n`;
    if (process.argv.includes("--check")) {
      const same =
        readFileSync(descriptionFile, "utf8") === text && readFileSync(recordFile, "utf8") === record;
      console.log(
        same ? "the committed description is what would be made" : "the committed description differs",
      );
      process.exitCode = same ? 0 : 1;
      return;
    }
    writeFileSync(descriptionFile, text);
    writeFileSync(recordFile, record);
    console.log(
      `${keptOperations.length} operations, ${Math.round(text.length / 1024)} KB, sha256 ${sha256}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The description as published; its package has to have the integrity that is recorded above. */
function readSource(folder: string): OpenApi {
  const wanted = `${source.package}@${source.version}`;
  const tarball = execFileSync("npm", ["pack", wanted, "--silent", "--pack-destination", folder], {
    encoding: "utf8",
    cwd: folder,
  }).trim();
  const archive = join(folder, tarball);
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (integrity !== source.integrity) {
    throw new Error(`${wanted} has integrity ${integrity}, expected ${source.integrity}`);
  }
  execFileSync("tar", ["-xzf", archive, "-C", folder, `package/${source.file}`]);
  return JSON.parse(readFileSync(join(folder, "package", source.file), "utf8")) as OpenApi;
}

main();
