import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { SandboxStack } from "../../sandbox/stack";
import { ghcrUp, stackOf, startFleet } from "./fleet-world";
import type { World } from "./world";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: { readonly name?: string };
}

/** The process of a run that is killed while GitHub still works on a request of it. */
type Victim = "engine" | "plugin" | "program";

const names: Readonly<Record<Victim, RegExp>> = {
  engine: /^pulumi$/,
  plugin: /^pulumi-resource-github$/,
  program: /^pulumi-language-nodejs$/,
};

/** Every killed run leaves something else undone; the next one makes one more part of the same stack. */
describe("an update that is killed", () => {
  let world: World;
  let stack: SandboxStack;
  before(async () => {
    world = await startFleet([0], false);
    stack = await stackOf(world, "killed", [0]);
    await world.github("DELETE", "_sandbox/journal");
  });
  after(() => world.stop());

  it("as the engine, leaves a lock and a repository that the state doesn't know, and is gone on with", async () => {
    await killDuring("engine", "repos/create-in-org", () => stack.run("up", ["--yes", "--skip-preview"]));
    const plain = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.notEqual(plain.code, 0);
    assert.match(plain.output, /the stack is currently locked by 1 lock\(s\)/);
    // As far as the ruleset, so that there is something left for the next to be killed at.
    await killDuring("plugin", "actions/create-repo-variable", async () => {
      const run = await ghcrUp(world, stack, ["--verbose"]);
      assert.match(run.err, /a run was killed here and left its lock, which is taken away/);
      assert.match(run.err, /1 of what it made is taken into the state: service-000-source-repository/);
      // The variable that the killed plugin had sent for is taken in by the same run.
      assert.match(
        run.err,
        /the run broke off; 1 of what it made is taken into the state: service-000-secrets-LOG_LEVEL/,
      );
      assert.equal(run.code, 0, run.err);
    });
  });

  it("as the program, is gone on with by the next", async () => {
    world.write(
      "services/service-000/service.ts",
      withVariables({ LOG_LEVEL: "info", MODE: "batch", TONE: "dark" }),
    );
    const run = await killDuring("program", "actions/create-repo-variable", () => ghcrUp(world, stack));
    assert.equal(run.code, 1, run.err);
    const next = await ghcrUp(world, stack);
    assert.equal(next.code, 0, next.err);
  });

  it("as a cancelled job's command is asked to stop, ends what is under way, leaves no lock, and is gone on with", async () => {
    const variables = { LOG_LEVEL: "info", MODE: "batch", TONE: "dark", SHAPE: "round", SIZE: "small" };
    world.write("services/service-000/service.ts", withVariables(variables));
    let command: number | undefined;
    const run = await during("actions/create-repo-variable", () =>
      ghcrUp(world, stack, [], undefined, (pid) => (command = pid)),
    ).then(({ outcome }) => {
      process.kill(command ?? 0, "SIGINT");
      return outcome;
    });
    assert.equal(run.code, 1, run.err);
    assert.match(run.err, /ghcr up: was asked to stop; [1-9] of \d+ changes are made and in the state/);
    assert.match(run.err, /fix: go on with: ghcr up --stack killed --yes/);
    assert.deepEqual(lockFiles(), []);
    const next = await ghcrUp(world, stack);
    assert.equal(next.code, 0, next.err);
    assert.doesNotMatch(next.err, /was killed/);
  });

  it("has made nothing twice in the end, and the state knows all of it", async () => {
    const journal = (await (await world.github("GET", "_sandbox/journal")).json()) as Asked[];
    // A commit that was made and never came onto the branch is nothing: it is made again.
    const made = journal
      .filter(
        ({ method, status, path }) =>
          method === "POST" && status === 201 && /^\/(repos|orgs)\/(?!.*\/git\/)/.test(path),
      )
      .map(({ path, body }) => `${path} ${body?.name}`);
    assert.deepEqual([...new Set(made)], made);
    const { code, stdout, output } = await stack.run("preview", ["--json", "--refresh"]);
    assert.equal(code, 0, output);
    const { changeSummary } = JSON.parse(stdout) as { changeSummary: Record<string, number> };
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("on another machine keeps its lock, and the command that takes it away is named", async () => {
    const folder = lockFolder();
    mkdirSync(folder, { recursive: true });
    const lock = { pid: 1, username: "ann", hostname: "elsewhere", timestamp: "2026-11-28T14:00:00Z" };
    writeFileSync(join(folder, "of-another-machine.json"), JSON.stringify(lock));
    world.write("services/service-000/service.ts", withVariables({ LOG_LEVEL: "debug" }));
    const { code, err } = await ghcrUp(world, stack);
    assert.equal(code, 1);
    assert.match(err, /process 1 on elsewhere works on the stack, or was killed while it did/);
    assert.match(
      err,
      /fix: wait for it; once it is certain that it is gone: pulumi cancel --yes --stack killed/,
    );
  });

  /** Runs until the stand-in works on the operation, which takes it two seconds. */
  async function during<T>(
    operation: string,
    run: () => Promise<T>,
  ): Promise<{ readonly outcome: Promise<T> }> {
    await world.github("POST", "_sandbox/faults", [{ match: { operation }, delayMs: 2_000, times: 1 }]);
    const outcome = run();
    const waiting = async () =>
      ((await (await world.github("GET", "_sandbox/faults")).json()) as unknown[]).length;
    await until(async () => (await waiting()) === 0);
    return { outcome };
  }

  function lockFolder(): string {
    const locks = [".pulumi", "locks", "organization", "ghcr-platform", stack.name];
    return join(world.sandbox.dir, "state", ...locks);
  }

  function lockFiles(): readonly string[] {
    return existsSync(lockFolder()) ? readdirSync(lockFolder()) : [];
  }

  /** Kills one process of a run while the stand-in works on the operation, which is done all the same. */
  async function killDuring<T>(victim: Victim, operation: string, run: () => Promise<T>): Promise<T> {
    const { outcome } = await during(operation, run);
    await pause(300);
    const found = ownProcesses().filter(({ name }) => names[victim].test(name));
    assert.notEqual(found.length, 0, victim);
    for (const { pid } of found) process.kill(pid, "SIGKILL");
    // Nobody looks for what was on its way before it is done.
    await pause(2_500);
    return outcome;
  }
}).timeout(600_000);

function withVariables(variables: Readonly<Record<string, string>>): string {
  const service = {
    ...{ name: "service-000", source: { repository: { name: "service-000" } }, secrets: ["API_KEY"] },
    ...{ variables, environments: { production: {} } },
  };
  return `import { defineService } from "../../core/fleet";\n\nexport default defineService(${JSON.stringify(service)});\n`;
}

/** Processes that this one started, and those that they started: nobody else's may be killed. */
function ownProcesses(): readonly { readonly pid: number; readonly name: string }[] {
  const all = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0")[0] ?? "";
        return [{ pid: Number(entry), parent, name: command.split("/").at(-1) ?? "" }];
      } catch {
        return []; // It ended just now.
      }
    });
  const own = new Set([process.pid]);
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of all) if (own.has(parent)) own.add(pid);
  }
  return all.filter(({ pid }) => own.has(pid) && pid !== process.pid);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 100) {
    assert.ok(waited < 120_000, "it never came to that");
    await pause(100);
  }
}
