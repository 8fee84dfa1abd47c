import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import { bundle, type Bundle } from "./bundle";

const root = join(__dirname, "..");

describe("the bundled ghcr command", () => {
  const folder = mkdtempSync(join(tmpdir(), "it's a bundle "));
  let made: Bundle;
  before(async () => {
    made = await bundle(root);
    mkdirSync(join(folder, "setup"));
    for (const file of ["action.yml", "main.cjs"])
      cpSync(join(root, "setup", file), join(folder, "setup", file));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is the same file out of another checkout in another folder", async () => {
    const copy = join(folder, "checkout");
    const packages = made.inputs.flatMap((file) => /^node_modules\/(@[^/]+\/)?[^/]+\//.exec(file)?.[0] ?? []);
    const files = [...made.inputs, "tsconfig.json", ...packages.map((name) => `${name}package.json`)];
    for (const file of new Set(files)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
    const again = await bundle(copy);
    assert.ok(Buffer.from(again.bytes).equals(made.bytes));
    // And not the same whatever goes in.
    const exit = readFileSync(join(copy, "cli/exit.ts"), "utf8");
    writeFileSync(join(copy, "cli/exit.ts"), exit.replace("ends with $", "ended with $"));
    assert.ok(!Buffer.from((await bundle(copy)).bytes).equals(made.bytes));
  });

  it("names no place of the machine that it was made on, and holds nothing of the tests", () => {
    assert.ok(!Buffer.from(made.bytes).includes(root));
    assert.deepEqual(
      made.inputs.filter((file) => /\.test\.|\/testing\//.test(file)),
      [],
    );
  });

  it("is put on the path by the action, and answers there as the checkout's own command", () => {
    writeFileSync(join(folder, "setup", "ghcr.cjs"), made.bytes);
    const { path } = setUp();
    const args = ["tags", "--event", "push", "--ref", "refs/tags/v1.2.3", "--sha", "a".repeat(40)];
    const all = [...args, "--default-branch", "main", "--json"];
    const command = join(path, "ghcr");
    // No environment: neither Node nor any package is found on a path.
    const ours = execFileSync(command, all, { encoding: "utf8", env: {}, cwd: "/" });
    assert.equal(ours, execFileSync(join(root, "cli", "ghcr"), all, { encoding: "utf8" }));
    assert.match(ours, /"1\.2\.3"/);
  });

  it("is missed by the action with a word on what to do", () => {
    rmSync(join(folder, "setup", "ghcr.cjs"), { force: true });
    assert.throws(setUp, /::error::.*ghcr\.cjs is not there: use a release/);
  });

  it("is started as the action's own description says", () => {
    const action = readFileSync(join(folder, "setup", "action.yml"), "utf8");
    assert.match(action, /using: node24\n {2}main: main\.cjs/);
    assert.ok(existsSync(join(folder, "setup", "main.cjs")));
  });

  /** Runs the action as a runner does. */
  function setUp(): { path: string } {
    const file = join(folder, "github-path");
    writeFileSync(file, "");
    execFileSync(process.execPath, [join(folder, "setup", "main.cjs")], {
      env: { RUNNER_TEMP: folder, GITHUB_PATH: file },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { path: readFileSync(file, "utf8").trimEnd() };
  }
}).timeout(60_000);
