/** The scripts of `container-retention.yml`, from the inventory to the journal, against the stand-ins. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { testImage } from "../clients/testing/images";
import type { Plan } from "../core/retention";
import { tokens, useGhcr } from "../sandbox/ghcr/trial";
import { terminalProgress } from "../sandbox/progress";
import { ensureDebianPackages } from "../sandbox/toolchain";
import { runStepBeside, type StepRun } from "./workflow-step";
import { renderedFiles } from "./workflow-variants";

const files = renderedFiles();
const plain = files.get("two-services/container-retention.yml") ?? "";
const approved = files.get("approved-retention/container-retention.yml") ?? "";
const day = 86_400_000;
/** That of the command's other runs: the steps have a cache folder of their own. */
const compiled =
  process.env["NODE_COMPILE_CACHE"] ?? join(homedir(), ".cache/ghcr-platform/node-compile-cache");

describe("the retention workflow's scripts", function () {
  // Each step starts the command as a process of its own.
  this.timeout(300_000);
  // The first pushes lie far enough back for anything to go.
  let daysAgo = 60;
  const trial = useGhcr({ clock: () => new Date(Date.now() - daysAgo * day) });
  let folder = "";
  before(async function () {
    this.timeout("2m");
    // Hosted runners have it.
    await ensureDebianPackages(["jq"], terminalProgress());
  });
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "workflow-retention-"));
    mkdirSync(join(folder, "source/services/todost"), { recursive: true });
    await trial.push("acme/todost", testImage({ salt: "release" }), "1.0.0");
    for (const tag of ["dev-ann-0000001", "dev-ann-0000002"])
      await trial.push("acme/todost", testImage({ salt: tag }), tag);
    daysAgo = 0;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("plan what the declared policy lets go, show it, and keep what the plan was made of", async () => {
    const planned = await plan(plain);
    assert.match(planned.summary, /^### Retention of acme\/todost\n/);
    assert.match(planned.summary, /\| dev-ann-0000002 \| development \|/);
    assert.deepEqual(deletedTags(), ["dev-ann-0000001", "dev-ann-0000002"]);
    for (const kept of ["policy", "inventory", "plan"])
      assert.ok(existsSync(join(folder, `retention/todost.${kept}.json`)), kept);
  });

  it("sort plans: within the brake, above it, and none where the run only plans", async () => {
    const scheduled = await sort(plain, {});
    assert.deepEqual(scheduled.outputs, { ready: "[]", asking: "[]", apply: "false", ask: "false" });
    // 6 of 9 versions are above 50 percent.
    assert.match(scheduled.log, /::warning::the brake is on, and no approvers are declared.*: todost/);
    const asked = await sort(approved, {});
    const todost = '[{"service":"todost"}]';
    assert.deepEqual(asked.outputs, { ready: "[]", asking: todost, apply: "false", ask: "true" });
    for (const only of [
      { EVENT: "workflow_dispatch", MODE: "plan" },
      { EVENT: "workflow_dispatch", MODE: "apply", REF: "refs/heads/other" },
    ]) {
      const { outputs, log } = await sort(approved, only);
      assert.deepEqual([outputs["ask"], outputs["asking"]], ["false", "[]"]);
      assert.match(log, /this run only plans/);
    }
  });

  it("keep what the repository lists as in use", async () => {
    const digest = testImage({ salt: "dev-ann-0000001" }).index.digest;
    const list = JSON.stringify([{ digest, by: "the demo cluster" }]);
    writeFileSync(join(folder, "source/services/todost/in-use.json"), list);
    await plan(plain);
    assert.deepEqual(deletedTags(), ["dev-ann-0000002"]);
    const within = await sort(plain, { EVENT: "workflow_dispatch", MODE: "apply" });
    assert.deepEqual([within.outputs["apply"], within.outputs["ready"]], ["true", '[{"service":"todost"}]']);
  });

  it("apply that very plan, and leave a journal to restore from", async () => {
    const file = join(folder, "retention/todost.plan.json");
    const made = readFileSync(file, "utf8");
    writeFileSync(file, made.replace('"tag":"dev-ann-0000002"', '"tag":"dev-bob-0000002"'));
    const edited = await apply("apply", plain);
    assert.equal(edited.status, 1);
    assert.match(edited.log, /is not the plan that this inventory and this policy give/);

    writeFileSync(file, made);
    const done = await apply("apply", plain);
    assert.equal(done.status, 0, done.log);
    assert.match(done.summary, /### todost\n\n```\n3 deleted\n/);
    const tags = Object.values(await trial.versions("todost"))
      .flat()
      .sort();
    assert.deepEqual(tags, ["1.0.0", "dev-ann-0000001"]);
    assert.match(readFileSync(join(folder, "retention/todost.journal.jsonl"), "utf8"), /"deleting"/);
  });

  it("go on without a package that was never pushed, and say so", async () => {
    const planned = await plan(plain, "hello-python");
    assert.match(planned.log, /::warning::hello-python: no such package yet/);
    assert.equal(existsSync(join(folder, "retention/hello-python.plan.json")), false);
  });

  async function plan(workflow: string, service = "todost"): Promise<StepRun> {
    const inventory = await step(workflow, "plan", "Inventory", {
      ...{ OWNER: "acme", GHCR_OWNER_TYPE: "Organization", REGISTRY: trial.host, SERVICE: service },
      XDG_CACHE_HOME: join(folder, "cache"),
    });
    assert.equal(inventory.status, 0, inventory.log);
    const planned = await step(workflow, "plan", "Plan", { SERVICE: service });
    assert.equal(planned.status, 0, planned.log);
    return planned;
  }

  async function sort(workflow: string, env: Readonly<Record<string, string>>): Promise<StepRun> {
    const scheduled = { EVENT: "schedule", MODE: "", REF: "refs/heads/main" };
    const sorted = await step(workflow, "sort", "Sort", { ...scheduled, ...env });
    assert.equal(sorted.status, 0, sorted.log);
    return sorted;
  }

  function apply(job: string, workflow: string): Promise<StepRun> {
    return step(workflow, job, "Apply", {
      ...{ GHCR_OWNER_TYPE: "Organization", REGISTRY: trial.host, SERVICE: "todost" },
    });
  }

  function step(
    workflow: string,
    job: string,
    name: string,
    env: Readonly<Record<string, string>>,
  ): Promise<StepRun> {
    return runStepBeside({
      ...{ workflow, job, step: name, folder, path: [join(__dirname, "..", "cli")] },
      env: { GHCR_USERNAME: "alice", GHCR_TOKEN: tokens.alice, ...env },
      machine: {
        GITHUB_API_URL: `${trial.github.url}/api/v3`,
        DOCKER_CONFIG: "/nowhere",
        NODE_COMPILE_CACHE: compiled,
      },
    });
  }

  function deletedTags(): string[] {
    const made = JSON.parse(readFileSync(join(folder, "retention/todost.plan.json"), "utf8")) as Plan;
    return made.versions.flatMap(({ action, tags }) => (action === "delete" ? tags : [])).sort();
  }
});
