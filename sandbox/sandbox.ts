/**
 * Everything on one machine: stand-in, registry with its front, and builder, started, checked, seeded and stopped
 * together. A piece that runs already is left as it is, so an interrupted start is gone on with.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RepositoryDeclaration } from "../core/fleet";
import { defaultDatabase } from "../core/scan";
import { ensureBaseImages } from "./base-images";
import { chooseBuilder, stopBuilder, type Builder } from "./builder";
import { startFront, stopFront } from "./ghcr/daemon";
import { accountOf, startGitHubDaemon, stopGitHubDaemon } from "./github";
import type { Progress } from "./progress";
import { startRegistry, stopRegistry } from "./registry";
import { writeDockerConfig, type RegistryLogin } from "./registry-login";
import { readSecretFile } from "./secret-file";
import type { Toolchain } from "./toolchain";
import { publishVulnerabilityDatabase } from "./vulnerability-db";

export interface SandboxOptions {
  /** Top of the checkout. */
  readonly root: string;
  /** Where its data lies; all of it goes with `stopSandbox`. */
  readonly dir: string;
  readonly toolchain: Toolchain;
  readonly progress: Progress;
  /** The platform's own repository, which is there before the program runs. */
  readonly platform: RepositoryDeclaration;
  /** @default those of `portsFromEnvironment` */
  readonly ports?: Ports;
  /** @default the organization `albeorla` */
  readonly owner?: { readonly login: string; readonly type: "Organization" | "User" };
}

/** Loopback ports. */
export interface Ports {
  readonly github: number;
  /** What clients push to and pull from: the front. */
  readonly registry: number;
  /** The plain registry behind the front. */
  readonly storage: number;
}

export interface Sandbox {
  readonly dir: string;
  readonly owner: { readonly login: string; readonly type: "Organization" | "User" };
  readonly github: { readonly url: string; readonly token: string };
  /** Host and port of what behaves as ghcr.io: every image that is pushed there is a version of a package. */
  readonly registry: string;
  /** Signs in to it, with GitHub's token. */
  readonly login: RegistryLogin;
  /** The same as a file for skopeo's REGISTRY_AUTH_FILE. */
  readonly authFile: string;
  /** Host and port of the plain registry behind, which asks nobody to sign in. */
  readonly storage: string;
  readonly builder: Builder;
  /**
   * Reference by digest of each runtime's base image. They lie in the plain registry: they stand for public images
   * of other owners, and are no packages of this one's.
   */
  readonly baseImages: Readonly<Record<"python" | "node", string>>;
  /** Reference of the scanner's vulnerability database, a fixture. */
  readonly vulnerabilityDatabase: string;
  /** The stack's configuration that follows from what runs. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The same for what is a secret. */
  readonly secretConfig: Readonly<Record<string, string>>;
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
  const { host: storage } = await progress.step("registry", { typical: "1 s" }, () =>
    startRegistry({
      dataDir: join(dir, "registry"),
      port: ports.storage,
      binary: toolchain.bin("registry"),
      portSetting: "set GHCR_SANDBOX_STORAGE_PORT to another port",
    }),
  );
  const registry = await progress.step("the registry's front", { typical: "2 s" }, () =>
    startFront({ root, dataDir: join(dir, "front"), port: ports.registry, storage, github: githubUrl }),
  );
  writeFileSync(accessFile(dir), JSON.stringify({ owner: owner.login, url: githubUrl, storage }));
  const login = { registry, username: accountOf(owner), password: token };
  const authFile = join(dir, "secrets", "registry-auth.json");
  writeDockerConfig(authFile, login);
  const builder = await progress.step("BuildKit", { typical: "2 s" }, () =>
    chooseBuilder({
      dataDir: join(dir, "builder"),
      binaries: { buildkitd: toolchain.bin("buildkitd"), buildctl: toolchain.bin("buildctl") },
      registries: [registry, storage],
    }),
  );
  const baseImages = await progress.step("base images", { typical: "1 min when new" }, () =>
    ensureBaseImages({ registry: storage, builder, progress }),
  );
  const vulnerabilityDatabase = await openVulnerabilityDatabase(toolchain, storage, progress);
  return {
    dir,
    owner,
    github: { url: githubUrl, token },
    registry,
    login,
    authFile,
    storage,
    builder,
    baseImages,
    vulnerabilityDatabase,
    config: {
      owner: owner.login,
      registry,
      registryUsername: login.username,
      githubUrl,
      builderNodes: [{ endpoint: builder.address, platforms: builder.platforms }],
      baseImages,
      vulnerabilityDatabase,
    },
    secretConfig: { registryPassword: login.password },
    env: { ...toolchain.env(), GITHUB_TOKEN: token, BUILDX_CONFIG: builder.buildxConfig },
  };
}

/** Trivy's own where the fixture can't be made. */
async function openVulnerabilityDatabase(
  toolchain: Toolchain,
  registry: string,
  progress: Progress,
): Promise<string> {
  if (!toolchain.has("vulnerability-db")) {
    progress.note(
      `there is no Go to make the vulnerability database of facts with: ${defaultDatabase} is used`,
    );
    return defaultDatabase;
  }
  return progress.step("vulnerability database (fixture)", { typical: "1 s" }, () =>
    publishVulnerabilityDatabase({ registry, maker: toolchain.bin("vulnerability-db") }),
  );
}

/** How what a started sandbox holds is read: see Sandbox. */
export interface Access {
  readonly owner: string;
  /** Base URL of the stand-in. */
  readonly url: string;
  readonly token: string;
  readonly storage: string;
}

/** Undefined if none was started. */
export function readAccess(dir: string): Access | undefined {
  if (!existsSync(accessFile(dir))) return undefined;
  const access = JSON.parse(readFileSync(accessFile(dir), "utf8")) as Omit<Access, "token">;
  return { ...access, token: readFileSync(tokenFile(dir), "utf8") };
}

/** Stops whatever runs and deletes the sandbox's data. Says what it stopped. */
export async function stopSandbox(dir: string): Promise<string[]> {
  const stopped = [
    ["registry's front", await stopFront(join(dir, "front"))],
    ["GitHub stand-in", await stopGitHubDaemon(join(dir, "github"))],
    ["registry", await stopRegistry(join(dir, "registry"))],
    ["BuildKit", await stopBuilder(join(dir, "builder"))],
  ] as const;
  rmSync(dir, { recursive: true, force: true });
  return stopped.filter(([, ran]) => ran).map(([name]) => name);
}

function accessFile(dir: string): string {
  return join(dir, "access.json");
}

function tokenFile(dir: string): string {
  return join(dir, "secrets", "github-token");
}

/**
 * GHCR_SANDBOX_GITHUB_PORT, GHCR_SANDBOX_REGISTRY_PORT and GHCR_SANDBOX_STORAGE_PORT; 18480 and 18481 where they
 * are not set, and for the storage the port after the registry's.
 */
function portsFromEnvironment(): Ports {
  const registry = Number(process.env["GHCR_SANDBOX_REGISTRY_PORT"] ?? 18481);
  return {
    github: Number(process.env["GHCR_SANDBOX_GITHUB_PORT"] ?? 18480),
    registry,
    storage: Number(process.env["GHCR_SANDBOX_STORAGE_PORT"] ?? registry + 1),
  };
}
