/**
 * Everything on one machine: stand-in, registry and builder, started, checked, seeded and stopped together. A
 * piece that runs already is left as it is, so an interrupted start is gone on with.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RepositoryDeclaration } from "../core/fleet";
import { ensureBaseImages } from "./base-images";
import { chooseBuilder, stopBuilder, type Builder } from "./builder";
import { startGitHubDaemon, stopGitHubDaemon } from "./github";
import type { Progress } from "./progress";
import { startRegistry, stopRegistry } from "./registry";
import { readSecretFile } from "./secret-file";
import type { Toolchain } from "./toolchain";

export interface SandboxOptions {
  /** Top of the checkout. */
  readonly root: string;
  /** Where its data lies; all of it goes with `stopSandbox`. */
  readonly dir: string;
  readonly toolchain: Toolchain;
  readonly progress: Progress;
  /** The platform's own repository, which is there before the program runs. */
  readonly platform: RepositoryDeclaration;
  /** Loopback ports. @default 18480 and 18481, or GHCR_SANDBOX_GITHUB_PORT and GHCR_SANDBOX_REGISTRY_PORT */
  readonly ports?: { readonly github: number; readonly registry: number };
  /** @default the organization `albeorla` */
  readonly owner?: { readonly login: string; readonly type: "Organization" | "User" };
}

export interface Sandbox {
  readonly dir: string;
  readonly owner: { readonly login: string; readonly type: "Organization" | "User" };
  readonly github: { readonly url: string; readonly token: string };
  /** Host and port. */
  readonly registry: string;
  readonly builder: Builder;
  /** Reference by digest of each runtime's base image. */
  readonly baseImages: Readonly<Record<"python" | "node", string>>;
  /** The stack's configuration that follows from what runs. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Environment of a process that is to work in this sandbox. Holds the token. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { root, dir, toolchain, progress, platform } = options;
  const ports = options.ports ?? portsFromEnvironment();
  const owner = options.owner ?? ({ login: "albeorla", type: "Organization" } as const);
  mkdirSync(dir, { recursive: true });
  const token = readSecretFile(tokenFile(dir), () => `ghp_${randomBytes(18).toString("hex")}`);

  const githubUrl = await progress.step("GitHub stand-in", { typical: "3 s" }, () =>
    startGitHubDaemon({ root, dataDir: join(dir, "github"), port: ports.github, owner, token, platform }),
  );
  writeFileSync(join(dir, "access.json"), JSON.stringify({ owner: owner.login, url: githubUrl }));
  const registry = await progress.step("registry", { typical: "1 s" }, () =>
    startRegistry({
      dataDir: join(dir, "registry"),
      port: ports.registry,
      binary: toolchain.bin("registry"),
      portSetting: "set GHCR_SANDBOX_REGISTRY_PORT to another port",
    }),
  );
  const builder = await progress.step("BuildKit", { typical: "2 s" }, () =>
    chooseBuilder({
      dataDir: join(dir, "builder"),
      binaries: { buildkitd: toolchain.bin("buildkitd"), buildctl: toolchain.bin("buildctl") },
      registries: [registry.host],
    }),
  );
  const baseImages = await progress.step("base images", { typical: "1 min when new" }, () =>
    ensureBaseImages({ registry: registry.host, builder, progress }),
  );
  return {
    dir,
    owner,
    github: { url: githubUrl, token },
    registry: registry.host,
    builder,
    baseImages,
    config: {
      owner: owner.login,
      registry: registry.host,
      githubUrl,
      builderNodes: [{ endpoint: builder.address, platforms: builder.platforms }],
      baseImages,
    },
    env: { ...toolchain.env(), GITHUB_TOKEN: token, BUILDX_CONFIG: builder.buildxConfig },
  };
}

/** How the stand-in of a sandbox that was started is reached; undefined if none was. */
export function readAccess(dir: string): { owner: string; url: string; token: string } | undefined {
  const file = join(dir, "access.json");
  if (!existsSync(file)) return undefined;
  const { owner, url } = JSON.parse(readFileSync(file, "utf8")) as { owner: string; url: string };
  return { owner, url, token: readFileSync(tokenFile(dir), "utf8") };
}

/** Stops whatever runs and deletes the sandbox's data. Says what it stopped. */
export async function stopSandbox(dir: string): Promise<string[]> {
  const stopped = [
    ["GitHub stand-in", await stopGitHubDaemon(join(dir, "github"))],
    ["registry", await stopRegistry(join(dir, "registry"))],
    ["BuildKit", await stopBuilder(join(dir, "builder"))],
  ] as const;
  rmSync(dir, { recursive: true, force: true });
  return stopped.filter(([, ran]) => ran).map(([name]) => name);
}

function tokenFile(dir: string): string {
  return join(dir, "secrets", "github-token");
}

function portsFromEnvironment(): { github: number; registry: number } {
  return {
    github: Number(process.env["GHCR_SANDBOX_GITHUB_PORT"] ?? 18480),
    registry: Number(process.env["GHCR_SANDBOX_REGISTRY_PORT"] ?? 18481),
  };
}
