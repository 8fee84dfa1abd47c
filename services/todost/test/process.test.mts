import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RunningService } from "#running-service";

describe("the process of todost", () => {
  it("keeps its to-dos over a restart, and over a kill", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "todost-"));
    const first = new RunningService({ DATA_DIR: dataDir });
    await first.request("POST", "/todos", { title: "before the stop" });
    assert.equal(await first.stop(), 0);

    const second = new RunningService({ DATA_DIR: dataDir });
    await second.request("POST", "/todos", { title: "before the kill" });
    second.process.kill("SIGKILL");
    await second.exited();

    const third = new RunningService({ DATA_DIR: dataDir });
    const { todos } = (await third.request("GET", "/todos")).body as { todos: { title: string }[] };
    await third.stopAndForget();
    assert.deepEqual(
      todos.map((todo) => todo.title),
      ["before the stop", "before the kill"],
    );
  });

  it("lets a running request end when it is told to stop, then exits with 0", async () => {
    const service = new RunningService();
    const { port } = new URL(await service.url());
    const body = JSON.stringify({ title: "in the middle" });
    const socket = connect(Number(port), "127.0.0.1").setEncoding("utf8");
    socket.write(
      `POST /todos HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, 5));
    // Answered after the half request has arrived: one process, one event loop, and this one is later.
    await service.request("GET", "/healthz");

    service.process.kill("SIGTERM");
    while (!service.log.some((line) => line.message === "stopping")) {
      await once(service.process.stdout!, "data");
    }
    socket.write(body.slice(5));
    let received = "";
    for await (const text of socket) received += String(text);
    assert.match(received, /^HTTP\/1\.1 201 /);
    assert.match(received, /connection: close/i);
    await service.exited();
    assert.equal(service.process.exitCode, 0);
    assert.equal(service.log.at(-1)?.message, "stopped");
    rmSync(service.dataDir, { recursive: true });
  });

  it("logs one line of JSON a request, whatever the path holds", async () => {
    const service = new RunningService();
    await service.request("GET", "/todos?limit=1");
    await service.request("GET", "/nothing%0Aforged");
    await service.stopAndForget();
    assert.deepEqual(
      service.log
        .filter((line) => line.message === "request")
        .map((line) => [line["method"], line["path"], line["status"], line["finished"]]),
      [
        ["GET", "/todos?limit=1", 200, true],
        ["GET", "/nothing%0Aforged", 404, true],
      ],
    );
  });

  it("answers a malformed request with JSON too", async () => {
    const service = new RunningService();
    const socket = connect(Number(new URL(await service.url()).port), "127.0.0.1").setEncoding("utf8");
    socket.write("NOT HTTP\r\n\r\n");
    let received = "";
    for await (const text of socket) received += String(text);
    await service.stopAndForget();
    assert.match(received, /^HTTP\/1\.1 400 [\s\S]*"bad-request"/);
  });

  for (const [variable, value] of [
    ["PORT", "eighty"],
    ["PORT", "70000"],
    ["DATA_DIR", "/nonexistent/folder"],
  ] as const) {
    it(`stops with exit code 2 and names ${variable} when it is ${value}`, async () => {
      const service = new RunningService({ [variable]: value });
      await service.exited();
      assert.equal(service.process.exitCode, 2);
      assert.ok(String(service.log[0]?.["problem"]).startsWith(`${variable} must be`));
      if (variable !== "DATA_DIR") rmSync(service.dataDir, { recursive: true });
    });
  }
});
