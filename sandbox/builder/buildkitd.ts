/** buildkitd as a daemon of the sandbox: root, one unix socket, its state under the sandbox's folder. */
import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startDaemon, stopDaemon } from "../daemon";
import { imageExporter } from "../../core/publish";
import { run } from "../run";
import {
  BUILD_PLATFORMS,
  BUILDX_NAME,
  buildArguments,
  loginEnvironment,
  type Builder,
  type BuildRequest,
  type BuiltImage,
} from "./builder";
import { buildkitdConfig } from "./config";
import { writeBuildxInstance } from "./buildx-instance";

export interface BuilderOptions {
  /** Holds settings, cache, pid file and log. */
  readonly dataDir: string;
  /** Paths of BuildKit's programs. */
  readonly binaries: { readonly buildkitd: string; readonly buildctl: string };
  /** Registry hosts that speak plain HTTP, e.g. `127.0.0.1:18481`. */
  readonly registries: readonly string[];
}

const NAME = "buildkitd";

/** Starts buildkitd detached, or takes the one that runs with the same settings. Needs root and runc. */
export async function startBuilder(options: BuilderOptions): Promise<Builder> {
  const dataDir = resolve(options.dataDir);
  const socketDir = socketFolder(dataDir);
  const address = `unix://${join(socketDir, "buildkitd.sock")}`;
  const config = buildkitdConfig({
    root: join(dataDir, "buildkit"),
    address,
    telemetrySocket: join(socketDir, "otel.sock"),
    platforms: BUILD_PLATFORMS,
    registries: options.registries,
  });
  const configFile = join(dataDir, "buildkitd.toml");
  await startDaemon({
    name: NAME,
    command: options.binaries.buildkitd,
    args: ["--config", configFile],
    env: daemonEnvironment(),
    dir: dataDir,
    settings: config,
    prepare: () => {
      mkdirSync(socketDir, { recursive: true, mode: 0o700 });
      writeFileSync(configFile, config);
      return Promise.resolve();
    },
    healthy: async () => {
      await run(options.binaries.buildctl, ["--addr", address, "debug", "workers"]);
      return true;
    },
  });
  const buildxConfig = join(dataDir, "buildx");
  writeBuildxInstance(buildxConfig, { name: BUILDX_NAME, endpoint: address });
  return {
    kind: "buildkitd",
    address,
    buildxConfig,
    buildxName: BUILDX_NAME,
    platforms: BUILD_PLATFORMS,
    build: (request) => build(options.binaries.buildctl, address, request),
  };
}

/** False if none ran. Its cache stays. */
export async function stopBuildkitd(dataDir: string): Promise<boolean> {
  const stopped = await stopDaemon(resolve(dataDir), NAME);
  rmSync(socketFolder(resolve(dataDir)), { recursive: true, force: true });
  return stopped;
}

/**
 * A short folder for the socket, the same for the same data: a socket's path may have 107 characters (unix(7)),
 * which a checkout deep in somebody's home may well take up alone.
 */
function socketFolder(dataDir: string): string {
  const name = `ghcr-platform-${createHash("sha256").update(dataDir).digest("hex").slice(0, 12)}`;
  try {
    accessSync("/run", constants.W_OK);
    return join("/run", name);
  } catch {
    return join(tmpdir(), name);
  }
}

/** What it needs to find runc and registries behind a proxy; none of the tokens of whoever starts it. */
function daemonEnvironment(): NodeJS.ProcessEnv {
  const names = /^(PATH|HOME|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|https?_proxy|no_proxy)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}

async function build(buildctl: string, address: string, request: BuildRequest): Promise<BuiltImage> {
  const scratch = mkdtempSync(join(tmpdir(), "ghcr-platform-build-"));
  const metadata = join(scratch, "metadata.json");
  try {
    const args = [
      ...["build", "--progress=plain", "--frontend=dockerfile.v0"],
      ...["--local", `context=${request.context}`, "--local", `dockerfile=${request.context}`],
      ...["--opt", `filename=${request.dockerfile ?? "Dockerfile"}`],
      ...Object.entries(request.labels ?? {}).flatMap(([key, value]) => ["--opt", `label:${key}=${value}`]),
      ...["--opt", `platform=${request.platforms.join(",")}`],
      // An index also for a single platform, as the stack's own builds give.
      ...["--opt", "multi-platform=true"],
      ...buildArguments(request).flatMap(([name, value]) => ["--opt", `build-arg:${name}=${value}`]),
      ...["--output", imageExporter(request), "--metadata-file", metadata],
      ...(request.noCache === true ? ["--no-cache"] : []),
    ];
    await run(buildctl, args, {
      env: { ...process.env, ...loginEnvironment(request), BUILDKIT_HOST: address },
    });
    const { "containerimage.digest": digest } = JSON.parse(readFileSync(metadata, "utf8")) as {
      "containerimage.digest"?: string;
    };
    if (digest === undefined) throw new Error(`buildctl reported no digest for ${request.names.join(", ")}`);
    return { digest };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
