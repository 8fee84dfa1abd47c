/**
 * How long publishing both services takes beside plain `buildctl` of the same Dockerfiles in the same run, as ratios:
 * `make bench-publish`. Publishing builds, pushes by digest, checks every platform and tags; its scan is timed apart,
 * since nothing stands beside it. Plain builds and pushes under a tag. The two are run in pairs, each in turn first,
 * and the median of the pairs' ratios counts: what else the machine does at the time slows both of a pair.
 */
import { cpus, loadavg } from "node:os";
import { join, relative } from "node:path";
import { readPublishPlan } from "../clients/publish-plans";
import { resolveFleet } from "../core/fleet";
import { imageEpoch } from "../core/publish";
import type { BuildRequest } from "../sandbox/builder";
import type { Progress } from "../sandbox/progress";
import { push, scanStep, settingsOf } from "../sandbox/push";
import { run } from "../sandbox/run";
import { loadFleet } from "../services";
import { startWorld, type World } from "../tests/engine/world";

const goal = 1.3;
/** An even number: each side is first equally often. */
const pairs = 8;

/** Seconds of one publishing of both services. */
interface Published {
  readonly withoutScan: number;
  readonly scan: number;
}

interface Pair extends Published {
  readonly plain: number;
}

interface Figure {
  readonly name: string;
  /** Medians, in seconds. */
  readonly publishSeconds: number;
  readonly plainSeconds: number;
  readonly scanSeconds: number;
  /** Median of the pairs' ratios, without the scan. */
  readonly ratio: number;
  /** The scan's part of all that publishing takes. */
  readonly scanShare: number;
  readonly goal: number;
  readonly holds: boolean;
}

async function main(): Promise<void> {
  const begun = performance.now();
  console.log(`both services, both platforms (${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)})`);
  const world = await startWorld();
  try {
    // Scanner's database, compiled commands, base images: there from the second publishing on.
    await publish(world);
    const figures = [
      // What is pushed is new each time too, or the registry would have it already.
      await compared("cold", world, 2, async () => {
        changeOneFile(world);
        await prune(world);
      }),
      await compared("no change", world, pairs, () => Promise.resolve()),
      await compared("one file changed", world, pairs, () => Promise.resolve(changeOneFile(world))),
    ];
    console.log(`took ${Math.round((performance.now() - begun) / 1000)} s, load ${loadavg()[0]?.toFixed(1)}`);
    console.log(
      JSON.stringify({
        bench: "publish",
        cores: cpus().length,
        figures,
        holds: figures.every(({ holds }) => holds),
      }),
    );
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
  const all: Pair[] = [];
  for (let round = 0; round < times; round += 1) {
    // Each for itself: what one has built, the other would find.
    const ours = async () => {
      await prepare();
      return publish(world);
    };
    const plainly = async () => {
      await prepare();
      return buildPlainly(world);
    };
    if (round % 2 === 0) all.push({ ...(await ours()), plain: await plainly() });
    else {
      const plain = await plainly();
      all.push({ ...(await ours()), plain });
    }
  }
  const publishSeconds = median(all.map(({ withoutScan }) => withoutScan));
  const [plainSeconds, scanSeconds] = [
    median(all.map(({ plain }) => plain)),
    median(all.map(({ scan }) => scan)),
  ];
  const ratio = median(all.map(({ withoutScan, plain }) => withoutScan / plain));
  const scanShare = median(all.map(({ withoutScan, scan }) => scan / (withoutScan + scan)));
  console.log(
    `${name.padEnd(18)} publish ${publishSeconds.toFixed(2)} s, plain ${plainSeconds.toFixed(2)} s: ` +
      `${ratio.toFixed(2)} (goal ${goal}); the scan ${scanSeconds.toFixed(2)} s more, ${Math.round(scanShare * 100)} % of all`,
  );
  const figure = { name, publishSeconds, plainSeconds, scanSeconds, ratio, scanShare, goal };
  return { ...rounded(figure), holds: ratio <= goal };
}

function rounded<T extends Readonly<Record<string, unknown>>>(figure: T): T {
  const entries = Object.entries(figure).map(([key, value]) => [
    key,
    typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

async function publish(world: World): Promise<Published> {
  const { program: root, sandbox } = world;
  const fleet = fleetOf(world);
  let scan = 0;
  const progress: Progress = {
    note: () => undefined,
    step: async (title, _, work) => {
      const begun = performance.now();
      const done = await work(() => undefined);
      if (title === scanStep) scan += (performance.now() - begun) / 1000;
      return done;
    },
  };
  const total = await timed(async () => {
    for (const { name: service } of fleet.services) {
      await push({ root, sandbox, progress, fleet, service, kind: "development" });
    }
  });
  if (scan === 0) throw new Error("nothing was scanned: push has no step of that name");
  return { withoutScan: total - scan, scan };
}

/**
 * What one would write without the platform: one `buildctl build` a service, which tags what it pushes. What to write
 * there is known beforehand.
 */
async function buildPlainly(world: World): Promise<number> {
  const { program, sandbox } = world;
  const fleet = fleetOf(world);
  const settings = settingsOf(sandbox);
  const requests = fleet.services.map((service): BuildRequest => {
    const plan = readPublishPlan(program, fleet, service, settings, "development");
    return {
      context: join(program, plan.context),
      dockerfile: relative(plan.context, plan.dockerfile),
      platforms: plan.platforms,
      buildArgs: plan.buildArgs,
      labels: plan.labels,
      annotations: plan.annotations,
      names: [`${sandbox.registry}/${sandbox.owner.login}/plain-${service.name}:latest`],
      sourceDateEpoch: imageEpoch,
      login: sandbox.login,
    };
  });
  return timed(async () => {
    for (const request of requests) await sandbox.builder.build(request);
  });
}

async function prune({ sandbox, toolchain }: World): Promise<void> {
  await run(toolchain.bin("buildctl"), ["--addr", sandbox.builder.address, "prune", "--all"]);
}

let changes = 0;
function changeOneFile(world: World): void {
  changes += 1;
  world.write("services/hello-python/src/hello_python/__init__.py", `"""Change ${changes}"""\n`, {
    commit: true,
  });
  world.write("services/todost/src/note.ts", `// Change ${changes}\n`, { commit: true });
}

function fleetOf({ program }: World) {
  return resolveFleet(loadFleet(join(program, "services")));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

void main();
