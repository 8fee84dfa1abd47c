import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { preflightFaults } from "../../clients/preflight";
import { PlatformError } from "../../core/errors";
import { freePort } from "../../sandbox/ports";
import { silentProgress } from "../../sandbox/progress";
import { startSandbox } from "../../sandbox/sandbox";
import { platform } from "../../services/platform";
import { startWorld, testToolchain, type World } from "./world";

describe("bad input", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.stop());

  /** Runs `up`, which must fail, say all of this, and leave neither a resource nor a write on GitHub behind. */
  async function refused(stack: World["stack"], ...said: readonly (RegExp | string)[]): Promise<void> {
    await world.github("DELETE", "_sandbox/journal");
    await stack.prepare();
    const { code, output } = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.notEqual(code, 0, output);
    for (const text of said)
      assert.ok(typeof text === "string" ? output.includes(text) : text.test(output), `${text}\n${output}`);
    assert.ok(!/\n\s+at .*\(/.test(output), `a stack trace:\n${output}`);
    const writes = (
      (await (await world.github("GET", "_sandbox/journal")).json()) as { method: string; path: string }[]
    ).filter(({ method }) => method !== "GET");
    assert.deepEqual(writes, []);
    const counts = await stack.resourceCounts();
    // A component is a name in the state, and nothing anywhere else.
    const made = Object.keys(counts).filter((type) =>
      /^(Repository|FileSet|Actions|Branch|Image$|Command)/.test(type),
    );
    assert.deepEqual(made, []);
  }

  /** Changes files of the program for one attempt. */
  async function withFiles(
    files: Record<string, string | null>,
    attempt: () => Promise<void>,
  ): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) rmSync(join(world.program, path));
      else world.write(path, content);
    }
    try {
      await attempt();
    } finally {
      world.git("checkout", "--quiet", "--", ".");
      world.git("clean", "--quiet", "-fd");
    }
  }

  const declaration = (name: string) =>
    `import { defineService } from "../../core/fleet";\n\nexport default defineService({ name: ${JSON.stringify(name)} });\n`;

  it("names an unknown configuration key and the line that removes it", () =>
    refused(
      world.stackWith({ config: { registri: "ghcr.io" } }),
      "Pulumi.sandbox.yaml: ghcr-platform:registri",
      "pulumi config rm ghcr-platform:registri --stack sandbox",
    ));

  it("names key, value and the line that mends a wrong value", () =>
    refused(
      world.stackWith({ config: { buildCache: "nowhere" } }),
      "ghcr-platform:buildCache",
      '"nowhere"',
      "pulumi config set ghcr-platform:buildCache <value> --stack sandbox",
    ));

  it("refuses a value of the wrong type", () =>
    refused(
      world.stackWith({ config: { githubWriteDelayMs: "soon" } }),
      "githubWriteDelayMs",
      /integer|number/,
    ));

  it("names the file, the field and the value of an invalid service name", () =>
    withFiles({ "services/bad/service.ts": declaration("Bad Name!") }, () =>
      refused(world.stack, "services/bad/service.ts: name", '"Bad Name!"', "fix:"),
    ));

  it("names both files of two services with one name", () =>
    withFiles({ "services/twin/service.ts": declaration("todost") }, () =>
      refused(
        world.stack,
        "services/todost/service.ts",
        "services/twin/service.ts",
        "two services publish to one image name",
      ),
    ));

  it("names a Dockerfile that is missing", () =>
    withFiles({ "services/todost/Dockerfile": null }, () =>
      refused(world.stack, "services/todost/service.ts: dockerfile", '"services/todost/Dockerfile"'),
    ));

  it("names a platform that no builder node builds", () => {
    const { address } = world.sandbox.builder;
    const nodes = [{ endpoint: address, platforms: ["linux/amd64"] }];
    return refused(
      world.stackWith({ config: { builderNodes: nodes } }),
      "services/todost/service.ts: platforms",
      '"linux/arm64"',
      "ghcr-platform:builderNodes",
    );
  });

  it("names a declared secret that has no value, and the line that sets it", () => {
    const file = "services/hello-python/service.ts";
    const old = readFileSync(join(world.program, file), "utf8");
    return withFiles(
      { [file]: old.replace('secrets: ["GREETING_KEY"]', 'secrets: ["GREETING_KEY", "OTHER_KEY"]') },
      () => refused(world.stack, "OTHER_KEY", `pulumi config set --secret --path`),
    );
  });

  it("stops at a registry that doesn't answer", async () =>
    refused(
      world.stackWith({ config: { registry: `127.0.0.1:${await freePort()}` } }),
      "ghcr-platform:registry: the registry can't be reached (ECONNREFUSED)",
    ));

  it("stops at a GitHub that doesn't answer", async () =>
    refused(world.stackWith({ config: { githubUrl: `http://127.0.0.1:${await freePort()}/` } }), /refused/));

  it("stops at a token that GitHub refuses", () =>
    refused(world.stackWith({ env: { GITHUB_TOKEN: "ghp_nobodys" } }), "401"));

  it("says before anything is started whether a token is refused or lacks a right, and that a host is down", async () => {
    const question = {
      githubUrl: world.sandbox.github.url,
      owner: "albeorla",
      repository: "ghcr-platform",
      registry: world.sandbox.registry,
    };
    const codes = async (token: string, change: Partial<typeof question> = {}) =>
      (await preflightFaults({ ...question, token, ...change })).map(({ code }) => code);
    assert.deepEqual(await codes(world.sandbox.github.token), []);
    assert.deepEqual(await codes("ghp_nobodys"), ["token-refused"]);
    const made = async (grant: object) => {
      const body = { login: "platform-engineer", ...grant };
      return ((await (await world.github("POST", "_sandbox/tokens", body)).json()) as { token: string })
        .token;
    };
    assert.deepEqual(await codes(await made({ scopes: ["repo"] })), ["token-lacks-right"]);
    const weak = await made({ permissions: { metadata: "read", contents: "write" } });
    assert.ok(
      (await codes(weak)).length >= 3 && (await codes(weak)).every((code) => code === "token-lacks-right"),
    );
    const down = `127.0.0.1:${await freePort()}`;
    assert.deepEqual(await codes("x", { githubUrl: `http://${down}/`, registry: down }), [
      "github-unreachable",
      "registry-unreachable",
    ]);
  });

  it("warns in a preview of what the token lacks", async () => {
    const { token } = (await (
      await world.github("POST", "_sandbox/tokens", { login: "platform-engineer", scopes: ["repo"] })
    ).json()) as { token: string };
    const stack = world.stackWith({ env: { GITHUB_TOKEN: token } });
    await stack.prepare();
    const { code, output } = await stack.run("preview", []);
    assert.equal(code, 0, output);
    assert.match(output, /warning: GITHUB_TOKEN: the token lacks the scope "workflow"/);
  });

  it("names a port that is in use, and how another one is chosen", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const { port } = blocker.address() as { port: number };
    const start = async () =>
      startSandbox({
        root: world.program,
        dir: join(world.sandbox.dir, "second"),
        toolchain: await testToolchain(),
        progress: silentProgress,
        platform,
        ports: { github: port, registry: await freePort(), storage: await freePort() },
      });
    await assert.rejects(start, (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.match(error.message, new RegExp(`${port}`));
      assert.match(error.message, /GHCR_SANDBOX_GITHUB_PORT/);
      return true;
    });
    blocker.close();
  });

  it("still publishes after all of these", async () => {
    await world.stack.prepare();
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
  });
});
