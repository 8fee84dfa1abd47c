/**
 * The Docker daemon's BuildKit, for machines where buildkitd can't be started but Docker runs. Written after
 * buildx's documentation; the project's own tests don't reach it, since they run where there is no Docker daemon.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
import type { BuilderOptions } from "./buildkitd";

export async function dockerAnswers(): Promise<boolean> {
  return run("docker", ["version", "--format", "{{.Server.Version}}"]).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a builder of driver `docker-container`. It shares the network of the daemon's host, so that it reaches
 * the sandbox's registry on loopback: on Docker Desktop that host is a virtual machine, which needs its setting
 * "Enable host networking".
 */
export async function startDockerBuilder(options: BuilderOptions): Promise<Builder> {
  const buildxConfig = join(resolve(options.dataDir), "buildx");
  mkdirSync(buildxConfig, { recursive: true });
  const env = { ...process.env, BUILDX_CONFIG: buildxConfig };
  const docker: Docker = (args, more = {}) =>
    run("docker", ["buildx", ...args], { env: { ...env, ...more } });

  const config = join(buildxConfig, "buildkitd.toml");
  writeFileSync(
    config,
    options.registries.map((host) => `[registry.${JSON.stringify(host)}]\n  http = true\n`).join(""),
  );
  await docker(["inspect", "--bootstrap", BUILDX_NAME]).catch(() =>
    docker([
      ...["create", "--name", BUILDX_NAME, "--driver", "docker-container", "--driver-opt", "network=host"],
      ...["--buildkitd-config", config, "--bootstrap"],
    ]),
  );
  return {
    kind: "docker",
    address: `docker-container://buildx_buildkit_${BUILDX_NAME}0`,
    buildxConfig,
    buildxName: BUILDX_NAME,
    platforms: BUILD_PLATFORMS,
    build: (request) => build(docker, request),
  };
}

/** Removes the builder and its cache; false if there is none of ours. */
export async function stopDockerBuilder(dataDir: string): Promise<boolean> {
  const buildxConfig = join(resolve(dataDir), "buildx");
  const instance = join(buildxConfig, "instances", BUILDX_NAME);
  if (!existsSync(instance) || !readFileSync(instance, "utf8").includes('"docker-container"')) return false;
  const env = { ...process.env, BUILDX_CONFIG: buildxConfig };
  await run("docker", ["buildx", "rm", "--force", BUILDX_NAME], { env });
  return true;
}

type Docker = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<string>;

async function build(docker: Docker, request: BuildRequest): Promise<BuiltImage> {
  const scratch = mkdtempSync(join(tmpdir(), "ghcr-platform-build-"));
  const metadata = join(scratch, "metadata.json");
  try {
    const args = [
      ...["build", "--builder", BUILDX_NAME, "--progress=plain", "--provenance=false"],
      ...["--platform", request.platforms.join(","), "--output", imageExporter(request)],
      ...buildArguments(request).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...["--file", join(request.context, request.dockerfile ?? "Dockerfile")],
      ...Object.entries(request.labels ?? {}).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...["--metadata-file", metadata],
      ...(request.noCache === true ? ["--no-cache"] : []),
      request.context,
    ];
    // Taken by Docker's command line from 28.3 on.
    await docker(args, loginEnvironment(request));
    const result = JSON.parse(readFileSync(metadata, "utf8")) as { "containerimage.digest"?: string };
    if (result["containerimage.digest"] === undefined) throw new Error("docker buildx reported no digest");
    return { digest: result["containerimage.digest"] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
