import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { whileLocked } from "./process-lock";

/** Holds the lock of its argument until its input ends; says `got` or the code of what it is refused with. */
const holder = `
  require("ts-node/register/transpile-only");
  const { whileLocked } = require(${JSON.stringify(join(__dirname, "process-lock"))});
  const held = () => new Promise((end) => {
    console.log("got");
    process.stdin.resume().once("end", end);
  });
  whileLocked(process.argv[1], "a test", held).catch(({ code, stack }) => console.log(code ?? stack));
`;

describe("a lock that is a process's", () => {
  let folder = "";
  let file = "";
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "process-lock-"));
    file = join(folder, "journal");
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  async function start(): Promise<{ child: ChildProcess; said: string }> {
    const child = spawn(process.execPath, ["-e", holder, file], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const [said] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return { child, said: said.toString().trim() };
  }

  const taken = async (): Promise<string> =>
    whileLocked(file, "the next one", async () => "got").catch((error: unknown) => {
      assert.ok(error instanceof PlatformError, String(error));
      return error.message;
    });

  it("lets one in at a time, and says who is there, since when, and what to do", async () => {
    const { child, said } = await start();
    assert.equal(said, "got");
    const refused = await taken();
    assert.match(refused, new RegExp(`^${file}: a test is working with it \\(process ${child.pid} on `));
    assert.match(refused, /since 20\d\d-[^]*fix: wait until that has ended/);
    child.stdin?.end();
    await once(child, "exit");
    assert.equal(await taken(), "got");
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is taken over from a process that was killed, by one of all that come at once", async () => {
    const { child } = await start();
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(existsSync(`${file}.lock`));
    const all = await Promise.all(Array.from({ length: 6 }, start));
    assert.deepEqual(all.map(({ said }) => said).sort(), ["got", ...Array<string>(5).fill("in-use")]);
  });

  it("is not taken for alive because its number was given to another process", async () => {
    const lock = { who: "x", pid: process.pid, start: "long ago", host: hostname(), since: "" };
    writeFileSync(`${file}.lock`, JSON.stringify(lock));
    assert.equal(await taken(), "got");
  });

  it("stays with a process of another machine, and where it can't be read", async () => {
    const dead = spawnSync("true").pid;
    const lock = { who: "x", pid: dead, start: "long ago", host: "elsewhere", since: "" };
    for (const content of [JSON.stringify(lock), "{"]) {
      writeFileSync(`${file}.lock`, content);
      assert.match(await taken(), /is working with it/);
      assert.equal(readFileSync(`${file}.lock`, "utf8"), content);
    }
  });

  it("is given back when the work fails", async () => {
    await assert.rejects(
      whileLocked(file, "x", () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await taken(), "got");
  });

  it("says where nothing can be written", async () => {
    file = join(folder, "missing", "journal");
    assert.match(await taken(), /nothing can be written beside it/);
  });
});
