import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { PlatformError } from "../../core/errors";
import { freePort } from "../ports";
import { startRegistry, stopRegistry } from ".";
import { registryConfig } from "./config";

/** Starts as the registry does, `serve <settings>`, and answers its base; images it has none. */
const DUMMY = `#!${process.execPath}
const { readFileSync } = require("node:fs");
if (process.argv[2] !== "serve") process.exit(64);
const [, host, port] = /addr: (\\S+):(\\d+)/.exec(readFileSync(process.argv[3], "utf8"));
require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/v2/" ? 200 : 404;
  response.end("{}");
}).listen(Number(port), host);
`;

describe("startRegistry", () => {
  let dataDir: string;
  let binary: string;
  let squatter: Server | undefined;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "registry-"));
    binary = join(dataDir, "dummy");
    writeFileSync(binary, DUMMY);
    chmodSync(binary, 0o755);
  });
  afterEach(async () => {
    squatter?.close();
    squatter = undefined;
    await stopRegistry(dataDir);
    rmSync(dataDir, { recursive: true });
  });

  it("takes the registry that runs, and says where it is", async () => {
    const port = await freePort();
    const first = await startRegistry({ dataDir, port, binary });
    const second = await startRegistry({ dataDir, port, binary });
    assert.deepEqual([second.host, second.pid], [`127.0.0.1:${port}`, first.pid]);
    await second.stop();
    assert.equal(await stopRegistry(dataDir), false);
  });

  it("moves to another port when that is asked for", async () => {
    const first = await startRegistry({ dataDir, port: await freePort(), binary });
    const second = await startRegistry({ dataDir, port: await freePort(), binary });
    assert.notEqual(second.pid, first.pid);
    await assert.rejects(fetch(`http://${first.host}/v2/`));
    assert.equal((await fetch(`http://${second.host}/v2/`)).status, 200);
  });

  it("refuses a port that something else has, with the port and the setting, and starts nothing", async () => {
    squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const address = squatter.address();
    assert.ok(typeof address === "object" && address !== null);
    const { port } = address;
    const start = startRegistry({ dataDir, port, binary, portSetting: "make up REGISTRY_PORT=18581" });
    await assert.rejects(start, (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "port-in-use");
      assert.ok(error.message.includes(`127.0.0.1:${port}`));
      assert.ok(error.message.includes("make up REGISTRY_PORT=18581"));
      return true;
    });
    assert.ok(!existsSync(join(dataDir, "registry.pid")));
  });

  it("writes its settings where the registry reads them", async () => {
    const port = await freePort();
    await startRegistry({ dataDir, port, binary });
    assert.equal(
      readFileSync(join(dataDir, "config.yml"), "utf8"),
      registryConfig({ storage: join(dataDir, "storage"), address: `127.0.0.1:${port}` }),
    );
  });
});

describe("registryConfig", () => {
  it("keeps images in the given folder, allows deletion, and listens on the given address only", () => {
    const config = parse(registryConfig({ storage: "/data: odd", address: "127.0.0.1:18481" })) as unknown;
    assert.deepEqual(config, {
      version: 0.1,
      log: { level: "warn", formatter: "text", accesslog: { disabled: false } },
      storage: {
        filesystem: { rootdirectory: "/data: odd" },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: "127.0.0.1:18481", headers: { "X-Content-Type-Options": ["nosniff"] } },
    });
  });
});
