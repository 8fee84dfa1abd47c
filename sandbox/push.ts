/**
 * `make ghcr-push` and `make ghcr-development-push`: publishes one service from the checkout, past the stack. The
 * same steps as everywhere: build, push by digest, check, scan, only then tag, and attach the evidence.
 */
import { join, relative } from "node:path";
import { readPublishPlan } from "../clients/publish-plans";
import { PlatformError } from "../core/errors";
import { buildDefinition } from "../core/evidence";
import { parseSettings, type Fleet, type Settings } from "../core/fleet";
import { imageEpoch, type PublishKind } from "../core/publish";
import type { Progress } from "./progress";
import { bundledCommand } from "./command";
import { ghcrEnvironment } from "./registry-login";
import { run } from "./run";
import type { Sandbox } from "./sandbox";

export interface PushOptions {
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly fleet: Fleet;
  /** Name of the service. */
  readonly service: string;
  readonly kind: Exclude<PublishKind, "up">;
  readonly progress: Progress;
}

/** The title of the step that scans, for who times it. */
export const scanStep = "scan every platform";

/** Publishes and returns what the tag step printed. */
export async function push(options: PushOptions): Promise<string> {
  const { root, sandbox, fleet, progress } = options;
  const service = fleet.services.find(({ name }) => name === options.service);
  if (service === undefined || service.publish !== "up") {
    const known = fleet.services.filter(({ publish }) => publish === "up").map(({ name }) => name);
    throw new PlatformError({
      code: "unknown-service",
      where: "SERVICE",
      problem: `no service of that name is built from this checkout; there are ${known.join(", ")}`,
      got: options.service,
      fix: `make ghcr-push SERVICE=${known[0] ?? "<name>"}`,
    });
  }
  const settings = settingsOf(sandbox);
  const plan = readPublishPlan(root, fleet, service, settings, options.kind);
  const page = sourceOf(sandbox, service.repository);
  const source = { "org.opencontainers.image.source": page };
  const labels = { ...plan.labels, ...source };
  const env = { ...process.env, ...sandbox.env, ...ghcrEnvironment(sandbox.login) };
  const command = await bundledCommand(root, join(sandbox.dir, "command"));
  const ghcr = (
    name: "check" | "scan" | "tag" | "attest",
    request: Promise<object>,
    flags: readonly string[] = [],
  ) => {
    const stdin = request.then((content) => JSON.stringify(content));
    const args = [command, "image", name, "--input", "-", ...flags];
    const done = run(process.execPath, args, { cwd: root, env, stdin });
    // What came before has failed then, and is thrown.
    done.catch(() => undefined);
    return done;
  };
  const built = progress.step(`build ${service.name}`, { typical: "5 s" }, () =>
    sandbox.builder.build({
      context: join(root, plan.context),
      dockerfile: relative(plan.context, plan.dockerfile),
      platforms: plan.platforms,
      buildArgs: plan.buildArgs,
      labels,
      annotations: { ...plan.annotations, ...source },
      names: [plan.image],
      sourceDateEpoch: imageEpoch,
      login: sandbox.login,
    }),
  );
  const image = built.then(({ digest }) => `${plan.image}@${digest}`);
  // The commands start while it is built: each waits for what it is to do.
  const checked = ghcr(
    "check",
    image.then((reference) => ({ image: reference, platforms: plan.platforms, labels, nonRoot: true })),
  );
  const passed = image.then(async (reference) => {
    await progress.step("check every platform", { typical: "2 s" }, () => checked);
    const said = await progress.step(scanStep, { typical: "3 s" }, () =>
      ghcr("scan", Promise.resolve({ image: reference, ...plan.scan }), ["--json"]),
    );
    return { reference, result: (JSON.parse(said) as { readonly result: unknown }).result };
  });
  const tagged = ghcr(
    "tag",
    passed.then(({ reference }) => ({ image: reference, tags: plan.tags, git: root })),
  );
  const attested = ghcr(
    "attest",
    passed.then(async ({ reference, result }) => {
      await tagged;
      return {
        ...{ image: reference, gateResults: [result], database: plan.scan.database },
        provenance: buildDefinition({ ...plan.provenance, source: page }),
        builder: `${page}#ghcr-push`,
      };
    }),
  );
  await passed;
  const said = await progress.step("tag", { typical: "2 s" }, () => tagged);
  await progress.step("attach the evidence", { typical: "3 s" }, () => attested);
  return said;
}

/** As a stack of the sandbox has them: the engine hands structured ones over as JSON. */
export function settingsOf({ config, secretConfig }: Sandbox): Settings {
  const entries = Object.entries({ ...config, ...secretConfig }).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseSettings("sandbox", Object.fromEntries(entries));
}

function sourceOf({ github, owner }: Sandbox, repository: string): string {
  return new URL(`${owner.login}/${repository}`, github.url).href;
}
