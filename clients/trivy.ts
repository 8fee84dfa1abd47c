/** Trivy as the gate uses it: one JSON report for each platform, with nothing of this machine's that changes it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { findingsExitCode, type ScanOutcome } from "../core/scan";
import { withDockerConfig } from "./docker-config";
import { withFileLock } from "./file-lock";

type Environment = Readonly<Record<string, string | undefined>>;

export interface TrivyOptions {
  /** References of the vulnerability database, the first that answers, with commas between them. */
  readonly database: string;
  /** Trivy's ignore file, as `renderIgnoreFile` gives it. */
  readonly ignoreFile: string;
  /** Registry that images are pulled from. Undefined: a layout on this machine is scanned. */
  readonly registry: string | undefined;
  readonly environment: Environment;
}

export interface Trivy {
  readonly version: string;
  readonly database: {
    readonly reference: string;
    /** When it was made, RFC 3339; null where none could be had. */
    readonly updatedAt: string | null;
  };
  /**
   * Scans one platform. `image` is a reference by digest, or a folder with an OCI layout of that platform alone.
   * Never throws for what the scanner does: that is the outcome.
   */
  scan(image: { reference: string } | { layout: string }, platform: string): Promise<ScanOutcome>;
  /** Converts a report that `scan` gave to SARIF, critical and high findings only. */
  sarif(report: unknown): Promise<string>;
  /** The packages of such a report as SPDX 2.3, without its findings; parsed. */
  spdx(report: unknown): Promise<unknown>;
}

/**
 * Brings Trivy's database up to date and hands Trivy to `work`; its temporary files go when that ends.
 * @throws PlatformError `scanner-missing` where there is no Trivy
 */
export async function withTrivy<T>(options: TrivyOptions, work: (trivy: Trivy) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-scan-"));
  try {
    writeFileSync(join(folder, "trivyignore.yaml"), options.ignoreFile);
    return await work(await openTrivy(options, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openTrivy(options: TrivyOptions, folder: string): Promise<Trivy> {
  const { database, environment } = options;
  const cache = databaseFolder(database, environment);
  const env = scannerEnvironment(environment, withDockerConfig(folder, options.registry, environment));
  const run = (args: readonly string[]) => runTrivy([...args, "--cache-dir", cache], folder, env);

  mkdirSync(cache, { recursive: true });
  // Trivy writes a database over the one that another Trivy reads.
  const update = await withFileLock(join(cache, "update.lock"), () =>
    run(["image", "--download-db-only", "--no-progress", ...quietly, "--db-repository", database]),
  );
  const { version, updatedAt } = readVersion((await run(["version", "--format", "json"])).stdout);

  let converted = 0;
  return {
    version,
    database: { reference: database, updatedAt: update.code === 0 ? updatedAt : null },
    async scan(image, platform) {
      if (update.code !== 0) return { exitCode: update.code, report: undefined, output: lastLines(update) };
      const file = join(folder, "report.json");
      rmSync(file, { force: true });
      const scanned = await run([
        ...[
          "image",
          "--platform",
          platform,
          "--scanners",
          "vuln",
          "--skip-db-update",
          "--no-progress",
          ...quietly,
        ],
        // Its cache on disk has one user at a time.
        ...["--cache-backend", "memory", "--ignorefile", join(folder, "trivyignore.yaml")],
        ...["--list-all-pkgs", "--show-suppressed", "--format", "json", "--output", file],
        ...["--exit-code", String(findingsExitCode)],
        ...("layout" in image ? ["--input", image.layout] : ["--image-src", "remote", image.reference]),
      ]);
      return { exitCode: scanned.code, report: readJson(file), output: lastLines(scanned) };
    },
    sarif: (report) => convert(report, ["--format", "sarif", "--severity", "CRITICAL,HIGH"]),
    spdx: async (report) => JSON.parse(await convert(report, ["--format", "spdx-json"])) as unknown,
  };

  async function convert(report: unknown, args: readonly string[]): Promise<string> {
    converted += 1;
    const file = join(folder, `convert-${converted}.json`);
    writeFileSync(file, JSON.stringify(report));
    const ran = await run(["convert", ...args, "--quiet", file]);
    if (ran.code === 0) return ran.stdout;
    throw new PlatformError({
      code: "scanner-failed",
      where: `trivy convert ${args.join(" ")}`,
      problem: `gives nothing: ${lastLines(ran)}`,
      fix: "use the version of Trivy that the platform pins",
    });
  }
}

/** It reports its use and looks for newer versions of itself unless told not to. */
const quietly = ["--disable-telemetry", "--skip-version-check"];

/**
 * One folder for each database: Trivy doesn't note where a database came from, and takes whatever lies there until
 * it is a day old.
 */
function databaseFolder(database: string, environment: Environment): string {
  const base = environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache");
  const name = createHash("sha256").update(database).digest("hex").slice(0, 16);
  return join(base, "ghcr-platform", "trivy", name);
}

/** No variable of Trivy's own, which may set any of its options, and nothing secret that it has no need of. */
function scannerEnvironment(environment: Environment, dockerConfig: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^TRIVY_|^PULUMI_|TOKEN|PASS|SECRET/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    ...(dockerConfig === undefined ? {} : { DOCKER_CONFIG: dockerConfig }),
  };
}

interface Ran {
  /** Undefined: killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs in its own folder, where there is no trivy.yaml or .trivyignore that it would read. */
function runTrivy(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn("trivy", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? scannerMissing(error) : error),
    );
    child.once("close", (code) =>
      resolve({
        code: code ?? undefined,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      }),
    );
  });
}

function scannerMissing(cause: Error): PlatformError {
  return new PlatformError(
    {
      code: "scanner-missing",
      where: "PATH",
      problem: "there is no trivy, and nothing gets a tag unscanned",
      fix: "install Trivy (https://trivy.dev/docs/latest/getting-started/installation/) and run it again",
    },
    { cause },
  );
}

function readVersion(stdout: string): { version: string; updatedAt: string | null } {
  try {
    const told = JSON.parse(stdout) as { Version?: string; VulnerabilityDB?: { UpdatedAt?: string } };
    return { version: told.Version ?? "unknown", updatedAt: told.VulnerabilityDB?.UpdatedAt ?? null };
  } catch {
    return { version: "unknown", updatedAt: null };
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function lastLines({ stderr }: Ran): string {
  return stderr.trim().split("\n").slice(-4).join("\n");
}
