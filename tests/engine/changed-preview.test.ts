import assert from "node:assert/strict";
import { join } from "node:path";
import { resolveFleet } from "../../core/fleet";
import { changedPreview } from "../../sandbox/changed-preview";
import type { EngineRun, SandboxStack } from "../../sandbox/stack";
import { loadFleet } from "../../services";
import { declaration, declarationFile, nameOf, stackOf, startFleet } from "./fleet-world";
import type { World } from "./world";

describe("a preview of what a change reaches", () => {
  let world: World;
  let stack: SandboxStack;
  before(async () => {
    world = await startFleet([0, 1, 2], true);
    stack = await stackOf(world, "group-0", [0, 1, 2], { group: "group-0" });
    const up = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(up.code, 0, up.output.slice(-2_000));
  });
  after(() => world.stop());

  it("shows what a preview of everything shows", async () => {
    const more = declaration(1, true, "Changed").replace(
      '"LOG_LEVEL":"info"',
      '"LOG_LEVEL":"debug","MORE":"1"',
    );
    world.write(declarationFile(1), more);
    const fleet = resolveFleet(loadFleet(join(world.program, "services")));
    const names = { stack: stack.name, project: "ghcr-platform", group: "group-0" };
    const change =
      changedPreview(world.program, fleet, "HEAD", names) ?? assert.fail("it reaches everything");
    assert.deepEqual(change.services, [nameOf(1)]);
    const whole = stepsOf(await stack.run("preview", ["--json"]));
    const part = stepsOf(await stack.previewChange(change, ["--json"]));
    const changes = (steps: readonly Step[]) =>
      steps
        .filter(({ op, urn }) => op !== "same" && !urn.includes("pulumi:pulumi:Stack"))
        .map(({ op, urn, diffReasons = [] }) => `${op} ${urn} ${diffReasons.join(",")}`)
        .sort();
    assert.deepEqual(changes(part), changes(whole));
    assert.deepEqual(new Set(changes(part).map((line) => line.split(" ")[0])), new Set(["create", "update"]));
  });
});

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly diffReasons?: readonly string[];
}

function stepsOf({ code, stdout, output }: EngineRun): readonly Step[] {
  assert.equal(code, 0, output.slice(-2_000));
  return (JSON.parse(stdout) as { steps: readonly Step[] }).steps;
}
