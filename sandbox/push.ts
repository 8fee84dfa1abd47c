/**
 * `make ghcr-push` and `make ghcr-development-push`: publishes one service from the checkout, past the stack. The
 * same steps as everywhere: build, push by digest, check, scan, only then tag, and attach the evidence.
 */
import { join, relative } from "node:path";
import { readPublishPlan } from "../clients/publish-plans";
import { PlatformError } from "../core/errors";
import { buildDefinition } from "../core/evidence";
import { parseSettings, type Fleet } from "../core/fleet";
import { imageEpoch, type PublishKind } from "../core/publish";
import type { Progress } from "./progress";
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
  const configuration = asConfiguration({ ...sandbox.config, ...sandbox.secretConfig });
  const settings = parseSettings("sandbox", configuration);
  const plan = readPublishPlan(root, fleet, service, settings, options.kind);
  const page = sourceOf(sandbox, service.repository);
  const source = { "org.opencontainers.image.source": page };
  const labels = { ...plan.labels, ...source };
  const { digest } = await progress.step(`build ${service.name}`, { typical: "5 s" }, () =>
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
  const image = `${plan.image}@${digest}`;
  const env = { ...process.env, ...sandbox.env, ...ghcrEnvironment(sandbox.login) };
  const ghcr = (args: readonly string[], stdin?: string) =>
    run(join(root, "cli", "ghcr"), args, { cwd: root, env, ...(stdin === undefined ? {} : { stdin }) });
  await progress.step("check every platform", { typical: "2 s" }, () =>
    ghcr([
      ...["image", "check", "--image", image, "--platforms", plan.platforms.join(","), "--non-root"],
      ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ]),
  );
  const scanned = await progress.step("scan every platform", { typical: "3 s" }, () =>
    ghcr(["image", "scan", "--input", "-", "--json"], JSON.stringify({ image, ...plan.scan })),
  );
  const tagged = await progress.step("tag", { typical: "2 s" }, () =>
    ghcr(["image", "tag", "--image", image, "--tags", plan.tags.join(","), "--git", root]),
  );
  const { result } = JSON.parse(scanned) as { readonly result: unknown };
  const evidence = {
    ...{ image, gateResults: [result], database: plan.scan.database },
    provenance: buildDefinition({ ...plan.provenance, source: page }),
    builder: `${page}#ghcr-push`,
  };
  await progress.step("attach the evidence", { typical: "3 s" }, () =>
    ghcr(["image", "attest", "--input", "-"], JSON.stringify(evidence)),
  );
  return tagged;
}

/** Settings as the engine hands them over: structured ones as JSON. */
function asConfiguration(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

function sourceOf({ github, owner }: Sandbox, repository: string): string {
  return new URL(`${owner.login}/${repository}`, github.url).href;
}
