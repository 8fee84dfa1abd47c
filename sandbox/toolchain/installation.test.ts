import assert from "node:assert/strict";
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { install, type Executable } from "./installation";
import { freshFolder, program } from "./test-support";

describe("an installation", () => {
  const folder = freshFolder();
  const cache = (): string => join(folder(), "cache");
  const executables = (word = "one"): Executable[] => [
    { name: "pulumi", path: program(join(cache(), `pulumi-${word}`, "pulumi"), `echo ${word}`) },
    { name: "node", path: program(join(folder(), "usr", "node"), "true") },
    {
      name: "pulumi-resource-github",
      path: program(join(cache(), "github", "pulumi-resource-github"), "true"),
      plugin: { name: "github", version: "6.15.0" },
    },
  ];

  it("has programs in one folder and plugins where the engine looks for them", async () => {
    const { bin, pulumiHome, executables: placed } = await install(cache(), executables());
    assert.deepEqual(readdirSync(bin).sort(), ["node", "pulumi"]);
    assert.deepEqual(readdirSync(join(pulumiHome, "plugins")), ["resource-github-v6.15.0"]);
    const plugin = join(pulumiHome, "plugins", "resource-github-v6.15.0", "pulumi-resource-github");
    assert.equal(placed.get("pulumi-resource-github"), plugin);
    assert.equal(placed.get("pulumi"), join(bin, "pulumi"));
  });

  it("has files of the cache as files, for the engine looks beside its own, and others by link", async () => {
    const { bin } = await install(cache(), executables());
    assert.equal(lstatSync(join(bin, "pulumi")).isSymbolicLink(), false);
    assert.equal(lstatSync(join(bin, "node")).isSymbolicLink(), true);
  });

  it("is the same for the same tools, and another for others, which changes nothing in the first", async () => {
    const first = await install(cache(), executables());
    assert.deepEqual(await install(cache(), executables().reverse()), {
      ...first,
      executables: first.executables,
    });
    const second = await install(cache(), executables("two"));
    assert.notEqual(second.bin, first.bin);
    assert.match(readFileSync(join(first.bin, "pulumi"), "utf8"), /echo one/);
    assert.match(readFileSync(join(cache(), "bin", "pulumi"), "utf8"), /echo two/);
  });
});
