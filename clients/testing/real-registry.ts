/** A registry that this project did not write, for tests: Debian's docker-registry or a build of distribution. */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface RealRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Uploads a blob and gives its digest. */
  pushBlob(repository: string, content: Uint8Array): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it with a storage of its own in a temporary folder; `stop` removes both. */
export async function startRealRegistry(): Promise<RealRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "config.yml");
  const storage = { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ version: 0.1, log: { level: "error" }, storage, http: { addr: host } }),
  );
  const child = spawn(registryBinary(), ["serve", config], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await answering(`http://${host}/v2/`, child);
  return {
    host,
    pushBlob: (repository, content) => pushBlob(host, repository, content),
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function registryBinary(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    join(cache, "ghcr-platform", "toolchain", "bin"),
  ].filter((folder) => folder !== "");
  const candidates = folders.flatMap((folder) => [join(folder, "docker-registry"), join(folder, "registry")]);
  const binary = candidates.find((path) => existsSync(path));
  if (binary === undefined) {
    throw new Error("these tests need a registry: make up builds one, or apt-get install docker-registry");
  }
  return binary;
}

/** Distribution specification 1.1, "Pushing a blob monolithically", POST then PUT. */
async function pushBlob(host: string, repository: string, content: Uint8Array): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const started = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(started.headers.get("location") ?? "", `http://${host}`);
  location.searchParams.set("digest", digest);
  const body = Buffer.from(content);
  const stored = await fetch(location, {
    method: "PUT",
    body,
    headers: { "content-type": "application/octet-stream" },
  });
  if (stored.status !== 201) throw new Error(`blob upload: ${stored.status} ${await stored.text()}`);
  return digest;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`the registry ended with ${child.exitCode} before it answered`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
