/**
 * `make ghcr-push` and `make ghcr-development-push`: publishes one service from the checkout, past the stack. The
 * same steps as everywhere: build, push by digest, check, scan, only then tag, and attach the evidence.
 */
import { join, relative } from "node:path";
import { attestEarly, attestImage, signingKey } from "../clients/attest-image";
import { isAncestor as isAncestorIn } from "../clients/git";
import { readEvidence, readReferrers, type EvidencedImage, type ReferrersOf } from "../clients/evidence";
import { readServedImage } from "../clients/images";
import { readPublishPlan } from "../clients/publish-plans";
import { registryOf } from "../clients/registry-access";
import type { Registry } from "../clients/registry";
import { rememberedRegistry } from "../clients/remembered-registry";
import { openImage, scanImage, type PlatformReport } from "../clients/scan-image";
import {
  createTagMover,
  moveTags,
  planTags,
  tagOutcomeLine,
  type TagMover,
  type TagOutcome,
} from "../clients/tag-mover";
import { PlatformError } from "../core/errors";
import { buildDefinition } from "../core/evidence";
import { parseSettings, type Fleet, type Service, type Settings } from "../core/fleet";
import { checkImage } from "../core/images";
import { annotationKeys } from "../core/labels";
import {
  formatImageReference,
  parseImageReference,
  parsePinnedReference,
  parsePlatform,
  parseTag,
  type PinnedReference,
  type Tag,
} from "../core/names";
import { imageEpoch, type PublishKind, type PublishPlan, type ScanPlan } from "../core/publish";
import { blockFaults, type GateResult } from "../core/scan";
import type { Progress } from "./progress";
import { ghcrEnvironment } from "./registry-login";
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
export const scanStep = "check and scan every platform";

/** What was published, and what became of its tags. */
export interface Pushed {
  readonly image: PinnedReference;
  readonly tags: readonly TagOutcome[];
}

/** @throws PlatformError where the image may not be tagged: then it has no tag */
export async function push(options: PushOptions): Promise<Pushed> {
  const { root, sandbox, fleet, kind, progress } = options;
  const service = serviceOf(options);
  const plan = readPublishPlan(root, fleet, service, settingsOf(sandbox), kind);
  const page = sourceOf(sandbox, service.repository);
  const source = { [annotationKeys.source]: page };
  const labels = { ...plan.labels, ...source };
  // What the steps of `ghcr image` do, in one process: what one has read of the image, the next has at hand.
  const environment = { ...process.env, ...sandbox.env, ...ghcrEnvironment(sandbox.login) };
  const { name, registry: host, repository } = parseImageReference("image", plan.image);
  const registry = rememberedRegistry(registryOf({ registry: host }, environment, true));
  const tags = plan.tags.map((tag) => parseTag("tags", tag));
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

  const image = parsePinnedReference("image", `${name}@${digest}`);
  // While the scanner takes its time, the rest of what is to be known before a tag is set.
  const [{ result, sboms, early }, [{ served }]] = await progress.step(scanStep, { typical: "3 s" }, () => {
    const known = Promise.all([
      checked(registry, image, { platforms: plan.platforms, labels }),
      plannedMover(registry, image, tags, root),
    ]);
    // Once it has passed, what is there is put in place while the scanner makes the last SBOM.
    const passed = async (of: GateResult, reports: Promise<readonly PlatformReport[]>) => {
      const [{ referrers, ...attested }, mover] = await known;
      return Promise.all([
        moveTags(mover, tags),
        reports.then((others) => attestEarly(attested, [of], others, referrers)),
      ]);
    };
    return Promise.all([gate(image, plan.scan, environment, passed), known]);
  });
  const moved = await progress.step("tag and attach the evidence", { typical: "1 s" }, async (note) => {
    const [outcomes, referrers] = await early;
    await attestImage(
      { registry, repository, served },
      {
        ...{ reference: image, gateResults: [result], sboms, referrers },
        ...{ cosign: "cosign", database: plan.scan.database },
        provenance: {
          build: buildDefinition({ ...plan.provenance, source: page }),
          builder: `${page}#ghcr-push`,
        },
        signing: signingKey("none", environment),
      },
      environment,
      note,
    );
    return outcomes;
  });
  return { image, tags: moved };
}

/** What a person reads of it. */
export function pushedLines({ image, tags }: Pushed): readonly string[] {
  return [formatImageReference(image), ...tags.map(tagOutcomeLine)];
}

function serviceOf({ fleet, service: wanted }: PushOptions): Service {
  const service = fleet.services.find(({ name }) => name === wanted);
  if (service?.publish === "up") return service;
  const known = fleet.services.filter(({ publish }) => publish === "up").map(({ name }) => name);
  throw new PlatformError({
    code: "unknown-service",
    where: "SERVICE",
    problem: `no service of that name is built from this checkout; there are ${known.join(", ")}`,
    got: wanted,
    fix: `make ghcr-push SERVICE=${known[0] ?? "<name>"}`,
  });
}

/** The image, which is as it has to be, and what is attached to it already. */
interface Checked extends EvidencedImage {
  readonly referrers: ReferrersOf;
}

/** The contents of what is attached are at hand then. */
async function checked(
  registry: Registry,
  { repository, digest }: PinnedReference,
  { platforms, labels }: Pick<PublishPlan, "platforms" | "labels">,
): Promise<Checked> {
  const served = await readServedImage(registry, repository, digest);
  const expected = platforms.map((platform) => parsePlatform("platforms", platform));
  const { faults } = checkImage(served, { platforms: expected, labels, nonRoot: true });
  if (faults.length > 0) throw new PlatformError(faults);
  const image = { registry, repository, served };
  const referrers = await readReferrers(image);
  await readEvidence(image, undefined, undefined, referrers);
  return { ...image, referrers };
}

/** Moves the tags later; that none of them must not move is told now, and what they point at is at hand then. */
async function plannedMover(
  registry: Registry,
  { repository, digest }: PinnedReference,
  tags: readonly Tag[],
  root: string,
): Promise<TagMover> {
  const image = await registry.manifest(repository, digest);
  const isAncestor = (older: string, newer: string) => isAncestorIn(root, older, newer);
  const mover = createTagMover({ registry, repository, image, force: false, isAncestor });
  await planTags(mover, tags);
  return mover;
}

/** What the vulnerability gate leaves of an image that has passed it. */
interface Gated<Early> {
  readonly result: GateResult;
  /** One for each platform, as text. */
  readonly sboms: readonly string[];
  /** What was begun as soon as it had passed. */
  readonly early: Promise<Early>;
}

/** @param passed called for an image that has passed, while the last platform's SBOM is still being made */
async function gate<Early>(
  reference: PinnedReference,
  { database, exceptions, staticImage }: ScanPlan,
  environment: Readonly<Record<string, string | undefined>>,
  passed: (result: GateResult, others: Promise<readonly PlatformReport[]>) => Promise<Early>,
): Promise<Gated<Early>> {
  const scan = { target: { reference }, database, exceptions, staticImage, also: ["sbom"] as const };
  const opened = await openImage(scan, environment);
  let early: Promise<Early> | undefined;
  const scanned = await scanImage(scan, opened, environment, ({ result }, others) => {
    if (result.verdict === "blocked") return;
    early = passed(result, others);
    early.catch(() => undefined);
  });
  const { result, verdicts, reports } = scanned;
  if (early === undefined) throw new PlatformError(blockFaults(verdicts, result.scanner.database));
  return { result, early, sboms: [...reports.values()].flatMap(({ sbom }) => sbom ?? []) };
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
