/** The registry's front as a daemon of the sandbox: what clients push to and pull from. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { startDaemon, stopDaemon } from "../daemon";
import { assertPortFree } from "../ports";
import { sourceDigest } from "../source-digest";

export interface FrontOptions {
  /** Top of the checkout. */
  readonly root: string;
  /** Holds pid file and log; the front itself keeps nothing. */
  readonly dataDir: string;
  /** Loopback port. */
  readonly port: number;
  /** The plain registry behind, `127.0.0.1:18482`. */
  readonly storage: string;
  /** Base URL of the GitHub stand-in. */
  readonly github: string;
}

const NAME = "front";

/** Starts it detached, or takes the one that runs; returns its host, `127.0.0.1:<port>`. Plain HTTP. */
export async function startFront(options: FrontOptions): Promise<string> {
  const { root, port, storage, github } = options;
  const dataDir = resolve(options.dataDir);
  const host = `127.0.0.1:${port}`;
  const sandbox = join(root, "sandbox");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await startDaemon({
    name: NAME,
    command: join(sandbox, "node"),
    args: [
      join(sandbox, "ghcr", "main.ts"),
      ...["--port", String(port), "--registry", storage, "--github", github],
    ],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    dir: dataDir,
    // It runs code of the stand-in's, too.
    settings: sourceDigest(join(sandbox, "ghcr"), join(sandbox, "github-api")),
    prepare: () =>
      assertPortFree({
        who: "the registry's front",
        port,
        setting: "set GHCR_SANDBOX_REGISTRY_PORT to another port",
      }),
    healthy: async () =>
      (await fetch(`http://${host}/_sandbox/health`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  return host;
}

/** False if none ran. */
export function stopFront(dataDir: string): Promise<boolean> {
  return stopDaemon(resolve(dataDir), NAME);
}
