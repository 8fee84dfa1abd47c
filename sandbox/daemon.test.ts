import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PlatformError } from "../core/errors";
import { daemonLog, daemonStatus, startDaemon, stopDaemon, type DaemonOptions } from "./daemon";
import { processStart } from "../clients/process-identity";

/** Says that it is ready by a file, and then does nothing until it is told to end. */
const OBEDIENT = `require("fs").writeFileSync("ready", ""); setInterval(() => {}, 1000);`;

describe("a daemon", () => {
  let dir: string;
  let strangers: ChildProcess[];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "daemon-"));
    strangers = [];
  });
  afterEach(async () => {
    await stopDaemon(dir, "dummy", 0);
    for (const stranger of strangers) stranger.kill("SIGKILL");
    rmSync(dir, { recursive: true });
  });

  const dummy = (program = OBEDIENT, more: Partial<DaemonOptions> = {}): DaemonOptions => ({
    name: "dummy",
    command: process.execPath,
    args: ["-e", program],
    dir,
    healthy: () => Promise.resolve(existsSync(join(dir, "ready"))),
    ...more,
  });

  it("is started once and found again", async () => {
    const first = await startDaemon(dummy());
    const second = await startDaemon(dummy());
    assert.deepEqual([first.reused, second], [false, { pid: first.pid, reused: true }]);
    assert.deepEqual(daemonStatus(dir, "dummy"), {
      state: "running",
      pid: first.pid,
      command: process.execPath,
    });
  });

  it("outlives the command that starts it", async () => {
    const command = `
      const { startDaemon } = require(${JSON.stringify(join(__dirname, "daemon.ts"))});
      const { existsSync } = require("node:fs");
      startDaemon({ name: "dummy", command: process.execPath, args: ["-e", ${JSON.stringify(OBEDIENT)}],
        dir: ${JSON.stringify(dir)}, healthy: async () => existsSync(${JSON.stringify(join(dir, "ready"))}) });`;
    const starter = spawnSync(process.execPath, ["-r", "./loader/typescript.cjs", "-e", command], {
      cwd: join(__dirname, ".."),
      encoding: "utf8",
    });
    assert.deepEqual([starter.status, starter.stderr], [0, ""]);
    assert.equal(daemonStatus(dir, "dummy").state, "running");
    assert.equal((await startDaemon(dummy())).reused, true);
  });

  it("is replaced when its arguments or its settings change", async () => {
    const first = await startDaemon(dummy());
    const second = await startDaemon(dummy(`${OBEDIENT} // other`));
    const third = await startDaemon(dummy(`${OBEDIENT} // other`, { settings: "a: 1" }));
    const fourth = await startDaemon(dummy(`${OBEDIENT} // other`, { settings: "a: 1" }));
    assert.equal(new Set([first.pid, second.pid, third.pid]).size, 3);
    assert.deepEqual(fourth, { pid: third.pid, reused: true });
    assert.deepEqual([processStart(first.pid), processStart(second.pid)], [undefined, undefined]);
  });

  it("is prepared for before it is started, and not where it runs already", async () => {
    let prepared = 0;
    const prepare = (): Promise<void> => {
      prepared += 1;
      assert.equal(daemonStatus(dir, "dummy").state, "stopped");
      return Promise.resolve();
    };
    await startDaemon(dummy(OBEDIENT, { prepare }));
    await startDaemon(dummy(OBEDIENT, { prepare }));
    assert.equal(prepared, 1);
  });

  it("gets the environment that it is given and nothing else of ours", async () => {
    const program = `require("fs").writeFileSync("env", JSON.stringify(process.env)); ${OBEDIENT}`;
    process.env["DAEMON_TEST_TOKEN"] = "secret";
    try {
      await startDaemon(dummy(program, { env: { ONLY: "this" } }));
    } finally {
      delete process.env["DAEMON_TEST_TOKEN"];
    }
    const env = JSON.parse(readFileSync(join(dir, "env"), "utf8")) as Record<string, string>;
    assert.deepEqual([env["ONLY"], env["DAEMON_TEST_TOKEN"]], ["this", undefined]);
  });

  it("that ends while it is starting is reported with the end of its log, and leaves nothing behind", async () => {
    const program = `console.error("line one"); console.error("no such disk"); process.exit(3);`;
    await assert.rejects(startDaemon(dummy(program)), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "daemon-failed");
      assert.match(error.message, /^dummy: ended while it was starting \(exit code 3\)[\s\S]*no such disk/);
      assert.ok(error.message.includes(daemonLog(dir, "dummy")));
      return true;
    });
    assert.ok(!existsSync(join(dir, "dummy.pid")));
  });

  it("that can't be started at all is reported too", async () => {
    const start = startDaemon(dummy("", { command: join(dir, "nothing") }));
    await assert.rejects(start, /dummy: can't be started: .*ENOENT/);
    assert.deepEqual(daemonStatus(dir, "dummy"), { state: "stopped" });
  });

  it("that doesn't become healthy in time is ended", async () => {
    const program = `require("fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000);`;
    const healthy = (): Promise<boolean> => Promise.reject(new Error("connection refused"));
    const start = startDaemon(dummy(program, { healthy, startTimeoutMs: 500 }));
    await assert.rejects(start, /dummy: is not healthy after 0.5 s/);
    assert.deepEqual(daemonStatus(dir, "dummy"), { state: "stopped" });
    if (existsSync(join(dir, "pid"))) {
      assert.equal(processStart(Number(readFileSync(join(dir, "pid"), "utf8"))), undefined);
    }
  });

  it("is stopped once, and its log is kept", async () => {
    const { pid } = await startDaemon(dummy(`console.log("hello"); ${OBEDIENT}`));
    assert.equal(await stopDaemon(dir, "dummy"), true);
    assert.equal(await stopDaemon(dir, "dummy"), false);
    assert.equal(processStart(pid), undefined);
    assert.equal(readFileSync(daemonLog(dir, "dummy"), "utf8"), "hello\n");
  });

  it("that ignores SIGTERM is made to end, with what it started", async () => {
    const program = `
      process.on("SIGTERM", () => {});
      const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
      require("fs").writeFileSync("child", String(child.pid)); ${OBEDIENT}`;
    const { pid } = await startDaemon(dummy(program));
    const child = Number(readFileSync(join(dir, "child"), "utf8"));
    assert.notEqual(processStart(child), undefined);
    await stopDaemon(dir, "dummy", 200);
    assert.equal(processStart(pid), undefined);
    // Killed with it, and a moment later gone from the system's list.
    for (const until = Date.now() + 5_000; processStart(child) !== undefined && Date.now() < until;)
      await delay(20);
    assert.equal(processStart(child), undefined);
  });

  it("leaves a stranger alone that has its number by now", async () => {
    const { pid } = await startDaemon(dummy());
    const file = join(dir, "dummy.pid");
    const content = JSON.parse(readFileSync(file, "utf8")) as { started: string };
    await stopDaemon(dir, "dummy");
    const stranger = await spawnLaterThan(content.started);
    strangers.push(stranger);
    // As if the system had given the daemon's number to the stranger.
    writeFileSync(file, JSON.stringify({ ...content, pid: stranger.pid }));

    assert.deepEqual(daemonStatus(dir, "dummy"), { state: "stopped" });
    assert.equal(await stopDaemon(dir, "dummy"), false);
    const next = await startDaemon(dummy());
    assert.equal(next.reused, false);
    assert.notEqual(next.pid, pid);
    assert.equal(stranger.exitCode ?? stranger.signalCode, null);
    assert.notEqual(processStart(stranger.pid ?? 0), undefined);
  });

  for (const content of ["", "{", "null", `{"pid":1,"started":"x","identity":"y"}`, `{"pid":"12"}`]) {
    it(`counts as stopped when its pid file holds ${JSON.stringify(content)}`, async () => {
      writeFileSync(join(dir, "dummy.pid"), content);
      assert.deepEqual(daemonStatus(dir, "dummy"), { state: "stopped" });
      assert.equal((await startDaemon(dummy())).reused, false);
    });
  }
});

/** A process whose start differs from another's: the clock that both are read from has ticks of 10 ms. */
async function spawnLaterThan(started: string): Promise<ChildProcess> {
  for (;;) {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    if (processStart(child.pid ?? 0) !== started) return child;
    child.kill("SIGKILL");
  }
}
