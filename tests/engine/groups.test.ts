import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SandboxStack } from "../../sandbox/stack";
import { startWorld, type World } from "./world";

interface JournalEntry {
  readonly method: string;
  readonly path: string;
}

describe("a service that moves to another group", () => {
  let world: World;
  let payments: SandboxStack;
  const declaration = "services/todost/service.ts";

  before(async () => {
    world = await startWorld();
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    const { sandbox, program } = world;
    payments = new SandboxStack({
      ...{ root: program, dir: sandbox.dir, name: "payments", env: sandbox.env, secrets: {} },
      config: { ...sandbox.config, group: "payments" },
      secretConfig: sandbox.secretConfig,
    });
    await payments.prepare();
  });
  after(() => world.stop());

  function ghcr(...args: readonly string[]) {
    const { sandbox, program } = world;
    const { status, stdout, stderr } = spawnSync(join(program, "cli", "ghcr"), args, {
      cwd: join(sandbox.dir, "project"),
      encoding: "utf8",
      env: { ...process.env, ...world.stack.engineEnv() },
    });
    return { code: status, out: stdout, err: stderr };
  }

  async function changes(stack: SandboxStack): Promise<readonly string[]> {
    const { code, stdout, output } = await stack.run("preview", ["--json"]);
    assert.equal(code, 0, output);
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    return steps.filter(({ op }) => op !== "same" && op !== "read").map(({ op, urn }) => `${op} ${urn}`);
  }

  async function writes(): Promise<readonly string[]> {
    const asked = (await (await world.github("GET", "_sandbox/journal")).json()) as JournalEntry[];
    return asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  }

  it("is named with what would move, and nothing moves, in a dry run", () => {
    const { code, out } = ghcr("move", "todost", "--from", "sandbox", "--to", "payments", "--dry-run");
    assert.equal(code, 0);
    assert.match(out, /would move \d+ resources from sandbox to payments:/);
    assert.match(out, /todost-environments-production\n/);
  });

  it("is not found under a wrong name, which costs nothing", () => {
    const { code, err } = ghcr("move", "todos", "--from", "sandbox", "--to", "payments");
    assert.equal(code, 1);
    assert.match(err, /there are hello-python, todost/);
  });

  it("moves with its secrets' values, and neither stack changes anything on GitHub or builds anew", async () => {
    await world.github("DELETE", "_sandbox/journal");
    const secrets = JSON.parse(await world.stack.secretConfig()) as Record<string, unknown>;
    const { code, out, err } = ghcr("move", "todost", "--from", "sandbox", "--to", "payments");
    assert.equal(code, 0, err);
    assert.match(out, /moved \d+ resources of todost from sandbox to payments/);
    assert.match(out, /have group: "payments" in services\/todost\/service.ts/);
    for (const text of [out, err]) assert.ok(!text.includes(JSON.stringify(secrets["todost"]).slice(2, -2)));

    const text = readFileSync(join(world.program, declaration), "utf8");
    world.write(declaration, text.replace('name: "todost",', 'name: "todost",\n  group: "payments",'));
    // Not a commit: its revision would be in the image's labels.
    world.git("update-index", "--assume-unchanged", declaration);

    // A component's note of whose environments its workflows name, for the policy; nothing on GitHub.
    assert.deepEqual(
      (await changes(world.stack)).map((change) => change.split("::").slice(-2).join(" ")),
      ["ghcr-platform:index:RepositoryAutomation platform"],
    );
    // What a stack has of its own: the builder, and the tags' and checks' commands stay as they are.
    const own = (await changes(payments)).map((change) => change.split("::").at(-1) ?? "");
    assert.deepEqual(
      own.filter((name) => !name.startsWith("builder")),
      [],
    );
    const up = await payments.run("up", ["--yes", "--skip-preview"]);
    assert.equal(up.code, 0, up.output);
    assert.deepEqual(await writes(), []);
    assert.deepEqual(JSON.parse(await payments.secretConfig()), { todost: secrets["todost"] });
  });

  it("is there already the second time, and can go back", async () => {
    const again = ghcr("move", "todost", "--from", "sandbox", "--to", "payments");
    assert.deepEqual([again.code, again.err], [0, ""]);
    assert.match(again.out, /todost is in payments already/);
    const back = ghcr("move", "todost", "--from", "payments", "--to", "sandbox");
    assert.equal(back.code, 0, back.err);
    assert.match(back.out, /take "group" out of services\/todost\/service.ts/);
    world.git("update-index", "--no-assume-unchanged", declaration);
    world.git("checkout", "--", declaration);
    assert.deepEqual(await changes(world.stack), []);
    assert.deepEqual(await writes(), []);
  });
});
