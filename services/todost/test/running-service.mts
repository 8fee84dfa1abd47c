import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "../src/main.ts");

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

/** The service as a process, as the image runs it, on a free port with a data folder of its own. */
export class RunningService {
  readonly log: LogLine[] = [];
  readonly process: ChildProcess;
  readonly dataDir: string;
  readonly #started: Promise<LogLine>;

  constructor(environment: Record<string, string> = {}) {
    this.dataDir = environment["DATA_DIR"] ?? mkdtempSync(join(tmpdir(), "todost-"));
    this.process = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
      env: { HOST: "127.0.0.1", PORT: "0", DATA_DIR: this.dataDir, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#started = new Promise((resolve) => {
      createInterface({ input: this.process.stdout! }).on("line", (line) => {
        this.log.push(JSON.parse(line) as LogLine);
        resolve(this.log[0]!);
      });
    });
  }

  /** `http://127.0.0.1:<port>`, once the service listens. */
  async url(): Promise<string> {
    return `http://127.0.0.1:${String((await this.#started)["port"])}`;
  }

  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, body === undefined ? undefined : JSON.stringify(body));
  }

  async send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    type = "application/json",
  ): Promise<Answer> {
    const response = await fetch((await this.url()) + path, {
      method,
      ...(body === undefined ? {} : { body, headers: { "content-type": type } }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
  }

  /** Stops it as a container runtime does; resolves to its exit code. Keeps the data folder. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null) {
      this.process.kill("SIGTERM");
      await this.exited();
    }
    return this.process.exitCode;
  }

  async exited(): Promise<void> {
    // "close", not "exit": by then every log line has been read.
    if (this.process.exitCode === null) await once(this.process, "close");
  }

  async stopAndForget(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
