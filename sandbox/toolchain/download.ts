/** Way (b): an official release, downloaded to a temporary folder and unpacked only if it is the pinned one. */
import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import pRetry, { AbortError } from "p-retry";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import type { PinnedRelease } from "./release-lock";

/** The release can't be had just now, for a reason that isn't the release's own; another way may do. */
export class Unreachable extends Error {}

/** How patient a download is. */
export interface Patience {
  /** Milliseconds until a connection must stand. */
  readonly connect: number;
  /** Milliseconds without a byte after which a download counts as broken. */
  readonly idle: number;
  /** Further attempts at a download that broke. */
  readonly retries: number;
}

const PATIENCE: Patience = { connect: 3_000, idle: 30_000, retries: 2 };

/** Downloads releases. Remembers for its life which hosts don't answer, so that each is waited for once. */
export class Downloader {
  readonly #silent = new Map<string, Promise<void>>();

  constructor(private readonly patience: Patience = PATIENCE) {}

  /**
   * Downloads and unpacks a release into `folder`, which exists and is empty. `say` hears of progress.
   * Unreachable if its host doesn't answer, refuses, or breaks off; PlatformError if it isn't the pinned file.
   */
  async unpack(release: PinnedRelease, folder: string, say: (detail: string) => void): Promise<void> {
    if (release.executable !== undefined) {
      const file = join(folder, release.executable);
      await this.fetch(release.url, file, release.sha256, say);
      chmodSync(file, 0o755);
      return;
    }
    const archive = join(folder, ".release.tar.gz");
    await this.fetch(release.url, archive, release.sha256, say);
    await run("tar", ["-xzf", archive, "--no-same-owner", "-C", folder]);
    rmSync(archive);
  }

  /** Downloads one file; see `unpack`. Without a `sha256` any content will do. Resolves to its SHA-256. */
  async fetch(
    url: string,
    file: string,
    sha256: string | undefined,
    say: (detail: string) => void = () => {},
  ): Promise<string> {
    await this.#reach(new URL(url));
    const got = await pRetry(() => this.#attempt(url, file, say), {
      retries: this.patience.retries,
      minTimeout: 500,
    }).catch((error: unknown) => {
      rmSync(file, { force: true });
      throw new Unreachable(`${url}: ${reason(error)}`);
    });
    if (sha256 === undefined || got === sha256) return got;
    rmSync(file, { force: true });
    throw new PlatformError({
      code: "wrong-checksum",
      where: url,
      problem: `the download isn't the pinned release: its SHA-256 isn't ${sha256}; it was thrown away`,
      got,
      fix: "find out who changed it; if its publisher did, pin it anew: sandbox/node sandbox/toolchain/pin-releases.ts",
    });
  }

  async #attempt(url: string, file: string, say: (detail: string) => void): Promise<string> {
    const breaker = new AbortController();
    const idle = (): NodeJS.Timeout =>
      setTimeout(
        () => breaker.abort(new Error(`nothing came for ${this.patience.idle / 1000} s`)),
        this.patience.idle,
      );
    let timer = idle();
    try {
      const response = await fetch(url, { signal: breaker.signal });
      if (!response.ok || response.body === null) {
        const problem = new Error(`HTTP ${response.status}`);
        throw response.status >= 500 || response.status === 429 ? problem : new AbortError(problem);
      }
      const expected = Number(response.headers.get("content-length") ?? 0);
      const hash = createHash("sha256");
      let received = 0;
      const watched = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          clearTimeout(timer);
          timer = idle();
          received += chunk.length;
          hash.update(chunk);
          say(`${megabytes(received)}${expected > 0 ? ` of ${megabytes(expected)}` : ""} MB`);
          yield chunk;
        }
      };
      // A body shorter than its length is an error of fetch's own.
      await pipeline(response.body, watched, createWriteStream(file));
      return hash.digest("hex");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Throws Unreachable if the host can't be connected to. Behind a proxy only the proxy can tell. */
  #reach(url: URL): Promise<void> {
    if (process.env["NODE_USE_ENV_PROXY"] !== undefined) return Promise.resolve();
    const known = this.#silent.get(url.host);
    if (known !== undefined) return known;
    const attempt = new Promise<void>((resolve, reject) => {
      const port = Number(url.port || (url.protocol === "http:" ? 80 : 443));
      const socket = connect({ host: url.hostname, port, timeout: this.patience.connect });
      const fail = (why: string): void => {
        socket.destroy();
        reject(new Unreachable(`${url.host} can't be reached (${why})`));
      };
      socket.once("connect", () => resolve(void socket.destroy()));
      socket.once("timeout", () => fail(`no connection within ${this.patience.connect / 1000} s`));
      socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    });
    this.#silent.set(url.host, attempt);
    return attempt;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** The innermost reason of an error of fetch, which hides it under `cause`. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return reason(cause);
  return error instanceof Error ? error.message : String(error);
}
