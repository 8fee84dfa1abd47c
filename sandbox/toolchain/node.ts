/** The Node that the engine runs programs with: 24 or newer, the machine's own or the npm package of it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lt } from "semver";
import { z } from "zod";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import { which } from "./installed";
import type { Platform } from "./platform";
import type { Origin } from "./resolve";

/** What `todost` needs for node:sqlite and @pulumi/pulumi for itself. */
const OLDEST = "24.0.0";

export interface FoundNode {
  readonly version: string;
  readonly path: string;
  readonly from: Extract<Origin, "installed" | "npm">;
  readonly verified: string;
}

/**
 * Finds Node for the checkout at `root`; what lies below `except` is of an earlier resolution and doesn't count.
 * PlatformError if there is none that is new enough.
 */
export async function findNode(
  root: string,
  platform: Platform,
  env: NodeJS.ProcessEnv,
  except?: string,
): Promise<FoundNode> {
  const system = which("node", env, except);
  const version = system === undefined ? undefined : (await run(system, ["--version"])).trim().slice(1);
  if (system !== undefined && version !== undefined && !lt(version, OLDEST)) {
    return { version, path: system, from: "installed", verified: "`node --version` says so" };
  }
  return nodeOfNpm(root, platform) ?? noNode(version);
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/** npm compared the package with the lock file's SHA-512 when it installed it; here, that it is that version's. */
function nodeOfNpm(root: string, platform: Platform): FoundNode | undefined {
  const folder = join("node_modules", `node-${platform.os}-${platform.arch === "amd64" ? "x64" : "arm64"}`);
  const path = join(root, folder, "bin", "node");
  if (!existsSync(path)) return undefined;
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")));
  const locked = lockFile.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))).packages[
    folder
  ];
  if (locked?.version !== version || locked.integrity?.startsWith("sha512-") !== true) return undefined;
  return { version, path, from: "npm", verified: "sha512 of package-lock.json, by npm" };
}

function noNode(version: string | undefined): never {
  throw new PlatformError({
    code: "node-too-old",
    where: "node",
    problem: `Node ${OLDEST} or newer is needed`,
    got: version ?? "none",
    fix: "run npm ci, which brings it on Linux; elsewhere install it from https://nodejs.org",
  });
}
