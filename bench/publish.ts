/**
 * How long publishing both services takes beside plain `buildctl` of the same Dockerfiles in the same run, as ratios:
 * `make bench-publish`. Publishing builds, pushes by digest, checks every platform and tags, without the scan; plain
 * builds and pushes under a tag. Cold is with an empty builder's cache and nothing in the registry; of the other cases'
 * runs the fastest counts, since whatever else the machine does only slows them.
 */
import { cpus, loadavg } from "node:os";
import { join, relative } from "node:path";
import { readPublishPlan } from "../clients/publish-plans";
import { parseSettings, resolveFleet, type Service } from "../core/fleet";
import { imageEpoch } from "../core/publish";
import { silentProgress } from "../sandbox/progress";
import { push } from "../sandbox/push";
import { run } from "../sandbox/run";
import { loadFleet } from "../services";
import { startWorld, type World } from "../tests/engine/world";

const goal = 1.3;
const runs = 3;

interface Figure {
  readonly name: string;
  readonly publishSeconds: number;
  readonly plainSeconds: number;
  readonly ratio: number;
  readonly goal: number;
  readonly holds: boolean;
}

async function main(): Promise<void> {
  console.log(`both services, both platforms (${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)})`);
  const world = await startWorld();
  try {
    const figures = [
      await compared("cold", world, 1, () => prune(world)),
      await compared("no change", world, runs, () => Promise.resolve()),
      await compared("one file changed", world, runs, () => changeOneFile(world)),
    ];
    console.log("The scan's share: not measured, publishing past the stack doesn't scan.");
    console.log(JSON.stringify({ figures }));
    process.exitCode = figures.every(({ holds }) => holds) ? 0 : 1;
  } finally {
    await world.stop();
  }
}

async function compared(
  name: string,
  world: World,
  times: number,
  prepare: () => Promise<unknown>,
): Promise<Figure> {
  const [ours, plain]: [number[], number[]] = [[], []];
  for (let round = 0; round < times; round += 1) {
    await prepare();
    ours.push(await timed(() => publish(world)));
    // Each for itself: what one has built, the other would find.
    await prepare();
    plain.push(await timed(() => plainly(world)));
  }
  const [publishSeconds, plainSeconds] = [Math.min(...ours), Math.min(...plain)];
  const ratio = publishSeconds / plainSeconds;
  console.log(
    `${name.padEnd(18)} publish ${publishSeconds.toFixed(2)} s, plain ${plainSeconds.toFixed(2)} s: ` +
      `${ratio.toFixed(2)} (goal ${goal})`,
  );
  return { name, publishSeconds, plainSeconds, ratio, goal, holds: ratio <= goal };
}

async function publish(world: World): Promise<void> {
  const { program: root, sandbox } = world;
  for (const service of services(world)) {
    await push({
      root,
      sandbox,
      fleet: fleetOf(world),
      service: service.name,
      kind: "development",
      progress: silentProgress,
    });
  }
}

/** What one would write without the platform: one `buildctl build` a service, which tags what it pushes. */
async function plainly(world: World): Promise<void> {
  const { program, sandbox } = world;
  const settings = parseSettings(
    "sandbox",
    Object.fromEntries(
      Object.entries({ ...sandbox.config, ...sandbox.secretConfig }).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  for (const service of services(world)) {
    const plan = readPublishPlan(program, fleetOf(world), service, settings, "development");
    await sandbox.builder.build({
      context: join(program, plan.context),
      dockerfile: relative(plan.context, plan.dockerfile),
      platforms: plan.platforms,
      buildArgs: plan.buildArgs,
      labels: plan.labels,
      annotations: plan.annotations,
      names: [`${sandbox.registry}/${sandbox.owner.login}/plain-${service.name}:latest`],
      sourceDateEpoch: imageEpoch,
      login: sandbox.login,
    });
  }
}

async function prune({ sandbox, toolchain }: World): Promise<void> {
  await run(toolchain.bin("buildctl"), ["--addr", sandbox.builder.address, "prune", "--all"]);
}

let changes = 0;
function changeOneFile(world: World): Promise<void> {
  changes += 1;
  world.write("services/hello-python/src/hello_python/__init__.py", `"""Change ${changes}"""\n`, {
    commit: true,
  });
  world.write("services/todost/src/note.ts", `// Change ${changes}\n`, { commit: true });
  return Promise.resolve();
}

function fleetOf({ program }: World) {
  return resolveFleet(loadFleet(join(program, "services")));
}

function services(world: World): readonly Service[] {
  return fleetOf(world).services;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

void main();
