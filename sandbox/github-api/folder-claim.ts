/** One process for a data folder: two would write over each other. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";

/**
 * Claims the folder until released or until the process ends, however it ends: a socket that nobody answers on is
 * a claim that its process has left behind.
 * @throws PlatformError `sandbox-data-in-use`
 */
export async function claimFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const hash = createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 16);
  // Not in the folder itself: a socket's path may have 107 bytes, and the folder's may be longer.
  const path = join(tmpdir(), `github-stand-in-${hash}.sock`);
  const server = (await tryListen(path)) ?? (await takeOver(path, folder));
  server.unref();
  return { release: () => new Promise((done) => server.close(() => done())) };
}

async function takeOver(path: string, folder: string): Promise<Server> {
  if (!(await isAnswered(path))) {
    await unlink(path).catch(() => undefined);
    const server = await tryListen(path);
    if (server !== undefined) return server;
  }
  throw new PlatformError({
    code: "sandbox-data-in-use",
    where: folder,
    problem: "another GitHub stand-in works in this folder",
    fix: "stop it (make down), or choose another folder",
  });
}

function tryListen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
