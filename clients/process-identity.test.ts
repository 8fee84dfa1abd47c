import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processStart, signal } from "./process-identity";

describe("processStart", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  const start = async (command: string, ...args: string[]): Promise<number> => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    await once(child, "spawn");
    return child.pid ?? 0;
  };

  it("stays the same while a process runs", async () => {
    const pid = await start("sleep", "30");
    const first = processStart(pid);
    assert.ok(first);
    assert.equal(processStart(pid), first);
  });

  it("is undefined once the process has ended", async () => {
    const pid = await start("sleep", "30");
    const child = children[0];
    assert.ok(child);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(processStart(pid), undefined);
  });

  it("is undefined for a process that has ended and waits to be collected", async () => {
    // The shell becomes `sleep 30`, which never collects the child that the shell started.
    await start("sh", "-c", "sleep 0 & echo $!; exec sleep 30");
    const [line] = (await once(children[0]?.stdout ?? process.stdin, "data")) as [Buffer];
    const pid = Number(line.toString());
    while (processStart(pid) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    // Signal 0 asks whether the number is taken: it is, by what is left of the child.
    assert.equal(process.kill(pid, 0), true);
  });

  it("reads past a command's name with blanks and parentheses", async () => {
    const folder = mkdtempSync(join(tmpdir(), "process-"));
    const odd = join(folder, "a) S 1 (b");
    symlinkSync("/bin/sleep", odd);
    const [plain, named] = [await start("/bin/sleep", "30"), await start(odd, "30")];
    rmSync(folder, { recursive: true });
    assert.equal(processStart(named)?.replace(/\d+$/, ""), processStart(plain)?.replace(/\d+$/, ""));
    assert.ok(
      Number(processStart(named)?.match(/\d+$/)?.[0]) >= Number(processStart(plain)?.match(/\d+$/)?.[0]),
    );
  });

  it("is undefined for a number that no process has, which can be signalled without an error", () => {
    const beyond = 4_194_305; // more than Linux ever gives out (proc(5), pid_max)
    assert.equal(processStart(beyond), undefined);
    signal(beyond, "SIGTERM");
  });
});
