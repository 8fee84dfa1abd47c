/**
 * A sandbox of a test's own: real engine, plugins, builder and registry on free ports, and a copy of this program
 * in a repository of its own, so that a test may change and commit what it likes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolveFleet, secretValueKeys } from "../../core/fleet";
import { loadFleet } from "../../services";
import { daemonLog } from "../../sandbox/daemon";
import { freePort } from "../../sandbox/ports";
import { silentProgress, terminalProgress } from "../../sandbox/progress";
import { startSandbox, stopSandbox, type Sandbox } from "../../sandbox/sandbox";
import { SandboxStack } from "../../sandbox/stack";
import { resolveToolchain, type Toolchain } from "../../sandbox/toolchain";

const checkout = join(__dirname, "..", "..");

export interface World {
  readonly sandbox: Sandbox;
  readonly toolchain: Toolchain;
  readonly stack: SandboxStack;
  /** The copy of the program. */
  readonly program: string;
  /** Writes a file of the program, from its top; `commit` also commits it. */
  write(path: string, content: string, options?: { readonly commit?: boolean }): void;
  git(...args: readonly string[]): string;
  /** Signed in to the registry; gives what it printed. */
  skopeo(...args: readonly string[]): string;
  /** Asks the stand-in, as whoever the token is of. */
  github(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
  /** A stack on the same backend with other configuration or environment. */
  stackWith(change: { config?: Record<string, unknown>; env?: Record<string, string> }): SandboxStack;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly owner?: { readonly login: string; readonly type: "Organization" | "User" };
  /** Files of the program that differ from the checkout's; null leaves one out. */
  readonly files?: Readonly<Record<string, string | null>>;
}

let tools: Promise<Toolchain> | undefined;

/** The tools, resolved once for all tests; the first time on a machine takes as long as building them does. */
export function testToolchain(): Promise<Toolchain> {
  tools ??= resolveToolchain({ root: checkout, progress: terminalProgress() });
  return tools;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const toolchain = await testToolchain();
  const top = mkdtempSync(join(tmpdir(), "ghcr-platform-test-"));
  const program = join(top, "program");
  copyProgram(program, options.files ?? {});
  linkPackages(program);
  const declared = loadFleet(join(program, "services"));
  const fleet = resolveFleet(declared);
  const sandbox = await startSandbox({
    root: program,
    dir: join(top, "sandbox"),
    toolchain,
    progress: silentProgress,
    platform: declared.platform,
    ports: { github: await freePort(), registry: await freePort(), storage: await freePort() },
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  });
  const secrets = Object.fromEntries(
    fleet.services.map((service) => [service.name, secretValueKeys(service)]),
  );
  const { env, config, secretConfig } = sandbox;
  const base = { root: program, dir: sandbox.dir, env, config, secretConfig, secrets };
  const stack = new SandboxStack(base);
  await stack.prepare();
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", program, ...args], { encoding: "utf8" });
  return {
    sandbox,
    toolchain,
    stack,
    program,
    git,
    skopeo: (...args) => run("skopeo", args, { REGISTRY_AUTH_FILE: sandbox.authFile }),
    write(path, content, { commit = false } = {}) {
      mkdirSync(dirname(join(program, path)), { recursive: true });
      writeFileSync(join(program, path), content);
      if (commit) commitAll(program, `Change ${path}`);
    },
    github: (method, path, body, token = sandbox.github.token) =>
      fetch(new URL(path, sandbox.github.url), {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    stackWith: ({ config = {}, env = {} }) =>
      new SandboxStack({ ...base, config: { ...base.config, ...config }, env: { ...base.env, ...env } }),
    async stop() {
      await stopSandbox(sandbox.dir);
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** Gives a copy of the program the npm packages of this checkout. */
export function linkPackages(program: string): void {
  symlinkSync(join(checkout, "node_modules"), join(program, "node_modules"));
}

/**
 * A repository with what git tracks here or would track, so that a test sees the tree as it is and never what is
 * ignored.
 */
export function copyProgram(program: string, files: Readonly<Record<string, string | null>>): void {
  const listed = execFileSync("git", ["-C", checkout, "ls-files", "-coz", "--exclude-standard"], {
    encoding: "utf8",
  });
  for (const path of listed.split("\0").filter((path) => path !== "" && files[path] === undefined)) {
    cpSync(join(checkout, path), join(program, path), { recursive: true, force: true });
  }
  for (const [path, content] of Object.entries(files)) {
    if (content === null) continue;
    mkdirSync(dirname(join(program, path)), { recursive: true });
    writeFileSync(join(program, path), content);
  }
  execFileSync("git", ["-C", program, "init", "--quiet", "--initial-branch=main"]);
  writeFileSync(join(program, ".git", "info", "exclude"), "node_modules\n");
  execFileSync("git", ["-C", program, "config", "user.name", "Test"]);
  execFileSync("git", ["-C", program, "config", "user.email", "engineer@example.org"]);
  commitAll(program, "The platform");
}

function commitAll(program: string, message: string): void {
  execFileSync("git", ["-C", program, "add", "-A"]);
  execFileSync("git", ["-C", program, "commit", "--quiet", "-m", message]);
}

/** Runs a program to its end, e.g. skopeo or git, and gives what it printed; throws with its standard error. */
export function run(command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return stdout;
}

/** Uploads of blobs that the registry has finished, by its own log. */
export function uploadsSoFar({ sandbox }: World): number {
  const log = readFileSync(daemonLog(join(sandbox.dir, "registry"), "registry"), "utf8");
  return log.match(/"PUT \/v2\/albeorla\/[^ ]*\/blobs\/uploads\//g)?.length ?? 0;
}
