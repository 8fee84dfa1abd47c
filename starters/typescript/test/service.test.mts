/** Runs the service as a process, as the image does, and talks to it over HTTP: `node --test test/*.test.mts`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";

interface LogLine {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Starts the service on a free port. */
async function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
    env: { HOST: "127.0.0.1", PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log: LogLine[] = [];
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => log.push(JSON.parse(line) as LogLine));
  await once(lines, "line");
  return {
    log,
    request: async (method: string, path: string) => {
      const response = await fetch(`http://127.0.0.1:${String(log[0]?.["port"])}${path}`, { method });
      const text = await response.text();
      return [response.status, text === "" ? undefined : (JSON.parse(text) as unknown)] as const;
    },
    exitCode: async () => {
      await ended;
      return child.exitCode;
    },
    /** Stops it as a container runtime does; resolves to its exit code. */
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}

describe("starter-service", () => {
  it("says that it is healthy and what it was built from", async () => {
    const service = await start({ VERSION: "1.2.3", REVISION: "abc1234" });
    assert.deepEqual(await service.request("GET", "/healthz"), [200, { status: "ok" }]);
    assert.deepEqual(await service.request("HEAD", "/healthz"), [200, undefined]);
    assert.deepEqual(await service.request("GET", "/version?x=1"), [
      200,
      { service: "starter-service", version: "1.2.3", revision: "abc1234" },
    ]);
    await service.stop();
  });

  it("refuses what it has not", async () => {
    const service = await start();
    assert.equal((await service.request("GET", "/nothing"))[0], 404);
    assert.equal((await service.request("GET", "/constructor"))[0], 404);
    assert.equal((await service.request("POST", "/"))[0], 405);
    await service.stop();
  });

  it("ends with 0 when told to stop, and has one line a request", async () => {
    const service = await start();
    await service.request("GET", "/");
    assert.equal(await service.stop(), 0);
    assert.deepEqual(
      service.log.filter(({ message }) => message === "request").map(({ path }) => path),
      ["/"],
    );
    assert.equal(service.log.at(-1)?.message, "stopped");
  });

  it("stops with exit code 2 and says why where the port is wrong", async () => {
    const service = await start({ PORT: "eighty" });
    assert.equal(await service.exitCode(), 2);
    assert.match(String(service.log[0]?.["problem"]), /^PORT must be/);
  });
});
