import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveFleet, type AutomationDeclaration } from "../../core/fleet";
import { silentProgress } from "../../sandbox/progress";
import { dispatch, push, type RunEvent } from "../../sandbox/workflow/events";
import type { WorkflowResult } from "../../sandbox/workflow/run-workflow";
import { Stage } from "../../sandbox/workflow/stage";
import { loadFleet } from "../../services";
import { declaration, declarationFile, stackOf, startFleet } from "./fleet-world";
import type { World } from "./world";

const workflow = "pulumi-up.yml";

/**
 * The rendered pulumi-up.yml, run whole by act with the real engine, its plugins and the bundled command, on a GitHub
 * whose hours are minutes. Not emulated: permissions, concurrency, and that the job waits for its environment's
 * reviewers. Stand-ins: `npm ci` takes this checkout's packages, `gh` knows no run before.
 */
describe("the rendered pulumi-up.yml, run", () => {
  const bin = mkdtempSync(join(tmpdir(), "pulumi-up-"));
  let world: World;
  let stage: Stage | undefined;
  before(async () => {
    world = await startFleet([0], false);
    const automation: AutomationDeclaration = {
      stateUrl: "s3://state",
      stateSecrets: ["PULUMI_CONFIG_PASSPHRASE"],
    };
    // The plugin as production has it: one request after the other, and as much faster as the hours are shorter.
    const pace = { githubWriteDelayMs: 8, githubRetryDelayMs: 50, githubParallelRequests: false };
    const stack = await stackOf(world, "prod", [0], pace);
    world.write("Pulumi.prod.yaml", readFileSync(stack.configFile, "utf8"));
    world.write(
      "services/automation.ts",
      `import type { FleetDeclaration } from "../core/fleet";\n\nexport const automation: FleetDeclaration["automation"] = ${JSON.stringify(automation)};\n`,
      { commit: true },
    );
    program("npm", `[ "$1" = ci ] && ln -s '${join(__dirname, "..", "..", "node_modules")}' node_modules`);
    program("gh", ":");
    const fleet = resolveFleet({ ...loadFleet(join(world.program, "services")), automation });
    assert.ok(fleet.automation);
    // No object store is here.
    const stateUrl = `file://${join(world.sandbox.dir, "state")}?metadata=skip`;
    const { PATH = "", ...env } = world.toolchain.env();
    stage = await Stage.open({
      root: join(__dirname, "..", ".."),
      toolchain: world.toolchain,
      progress: silentProgress,
      sandbox: {
        ...{ owner: world.sandbox.owner, github: world.sandbox.github, registry: world.sandbox.registry },
        ...{ baseImages: world.sandbox.baseImages, login: world.sandbox.login },
        vulnerabilityDatabase: world.sandbox.vulnerabilityDatabase,
      },
      fleet: { ...fleet, automation: { ...fleet.automation, stateUrl } },
      source: world.program,
      path: [bin, ...PATH.split(":")],
      env,
      secrets: {
        PLATFORM_GITHUB_TOKEN: world.sandbox.github.token,
        PULUMI_CONFIG_PASSPHRASE: readFileSync(join(world.sandbox.dir, "secrets", "passphrase"), "utf8"),
      },
    });
  });
  after(async () => {
    await stage?.close();
    await world.stop();
    rmSync(bin, { recursive: true });
  });

  it("brings up what was merged, and waits where the hour's requests are used up", async () => {
    await limits({ requestsPerHour: 40, speed: 60 });
    const { jobs, log } = await run(push("main", head()));
    await limits({});
    assert.deepEqual([...jobs], [["up", "success"]], log);
    assert.match(log, /GitHub is asked about \d+ times for it[^]*nothing is deleted or replaced/);
    // The command waits where the plugin ended with the hour, the plugin itself where it is refused.
    assert.match(log, /requests of this hour are used up; going on|nothing was finished for \d+ s/);
    assert.match(log, /prod is up: [1-9]\d* changes on GitHub/);
    assert.equal((await variable()).status, 200);
  });

  it("says of what is there that nothing changes, and asks for nothing more", async () => {
    const { jobs, log } = await run(push("main", head()));
    assert.deepEqual([...jobs], [["up", "success"]], log);
    assert.match(log, /prod is as declared: nothing was changed/);
  });

  it("stops before it deletes what no comment showed, and goes on once that is agreed to", async () => {
    world.write(declarationFile(0), declaration(0, false).replace('"LOG_LEVEL":"info"', ""), {
      commit: true,
    });
    const stopped = await run(push("main", head()));
    assert.deepEqual([...stopped.jobs], [["up", "failure"]], stopped.log);
    const [urn = ""] = /urn:pulumi:\S+::service-000-secrets-LOG_LEVEL/.exec(stopped.log) ?? [];
    assert.match(stopped.log, /would be deleted, and its commit came with no pull request/);
    assert.doesNotMatch(stopped.log, /prod is up/);
    assert.equal((await variable()).status, 200);

    const agreed = await run(dispatch("main", head(), { accept: urn }));
    assert.deepEqual([...agreed.jobs], [["up", "success"]], agreed.log);
    assert.equal((await variable()).status, 404);
  });

  function run(event: RunEvent): Promise<WorkflowResult> {
    assert.ok(stage);
    stage.refresh();
    return stage.run(event, workflow);
  }

  function head(): string {
    return world.git("rev-parse", "HEAD").trim();
  }

  function variable(): Promise<Response> {
    return world.github("GET", "repos/albeorla/service-000/actions/variables/LOG_LEVEL");
  }

  async function limits(body: unknown): Promise<void> {
    assert.ok((await world.github("POST", "_sandbox/limits", body)).ok);
  }

  function program(name: string, script: string): void {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}).timeout(600_000);
