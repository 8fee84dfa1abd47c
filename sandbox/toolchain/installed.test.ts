import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ToolSpec } from "./catalogue";
import { findInstalled } from "./installed";
import { freshFolder, program } from "./test-support";

const engine: ToolSpec = {
  name: "pulumi",
  version: "3.1.0",
  executables: ["pulumi", "pulumi-language-nodejs"],
  ask: { args: ["version"], answer: /^v3\.1\.0$/m },
};
const plugin: ToolSpec = {
  name: "pulumi-resource-github",
  version: "6.15.0",
  executables: ["pulumi-resource-github"],
  plugin: "github",
};

describe("a tool that is installed", () => {
  const folder = freshFolder();
  const find = (tool: ToolSpec, env: NodeJS.ProcessEnv = {}) =>
    findInstalled(tool, { PATH: `${folder()}/empty:${folder()}/bin`, ...env }, join(folder(), "cache"));

  it("is taken if it says the right version and brings what belongs to it, be it by a link", async () => {
    program(join(folder(), "opt", "pulumi"), 'test "$1" = version && echo v3.1.0');
    program(join(folder(), "opt", "pulumi-language-nodejs"), "true");
    program(join(folder(), "bin", "other"), "true");
    symlinkSync(join(folder(), "opt", "pulumi"), join(folder(), "bin", "pulumi"));
    assert.deepEqual(await find(engine), {
      paths: new Map(engine.executables.map((name) => [name, join(folder(), "opt", name)])),
      verified: "`pulumi version` says so",
    });
  });

  it("is passed over at another version, without what belongs to it, or when it doesn't run", async () => {
    assert.equal(await find(engine), "no");
    program(join(folder(), "bin", "pulumi"), "echo v3.1.01");
    assert.equal(await find(engine), "not 3.1.0 (v3.1.01)");
    program(join(folder(), "bin", "pulumi"), "echo v3.1.0");
    assert.equal(await find(engine), "without pulumi-language-nodejs beside it");
    program(join(folder(), "bin", "pulumi"), "exit 1");
    assert.equal(await find(engine), "not 3.1.0 (no answer)");
  });

  it("doesn't count if it is one of the resolver's own", async () => {
    program(join(folder(), "cache", "bin", "pulumi"), "echo v3.1.0");
    program(join(folder(), "cache", "bin", "pulumi-language-nodejs"), "true");
    assert.equal(await find(engine, { PATH: join(folder(), "cache", "bin") }), "no");
    program(join(folder(), "cache/home/plugins/resource-github-v6.15.0", plugin.name), "true");
    assert.equal(await find(plugin, { PULUMI_HOME: join(folder(), "cache", "home") }), "no");
  });

  it("may be a plugin in the user's own Pulumi home, if its installation ended", async () => {
    const env = { PULUMI_HOME: join(folder(), "home") };
    assert.equal(await find(plugin, env), "no");
    const place = join(folder(), "home", "plugins", "resource-github-v6.15.0");
    const path = program(join(place, plugin.name), "true");
    assert.deepEqual(await find(plugin, env), {
      paths: new Map([[plugin.name, path]]),
      verified: "in the user's Pulumi home at this version",
    });
    writeFileSync(`${place}.partial`, "");
    assert.equal(await find(plugin, env), "no");
  });
});
