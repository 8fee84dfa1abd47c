/**
 * What one run of `container-publish.yml` has to do: which services changed, what is built where, and under which
 * tags it ends. The workflow's plan job prints this as JSON, and the other jobs' matrices are made of it.
 */
import { isUpdateSettings } from "../base-image-updates";
import { baseImages, buildDefinition, type Signing } from "../evidence";
import type { HealthDeclaration } from "../fleet";
import { labelsFor } from "../labels";
import { imageEpoch } from "../publish";
import type { Exception } from "../scan";

/** A service as the rendered workflow knows it. */
export interface PublishedService {
  readonly name: string;
  /** `<registry>/<owner>/<service>` */
  readonly image: string;
  /** Its folder in the repository, `.` for the top. */
  readonly path: string;
  /** Its Dockerfile, from the repository's top. */
  readonly dockerfile: string;
  /** The runner that builds each platform, by platform. */
  readonly platforms: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly licenses?: string;
  /** How a container is tried. @default GET `/healthz` */
  readonly health?: HealthDeclaration | false;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** What the vulnerability gate goes by where it isn't its own defaults. */
  readonly scan?: ScanRules | undefined;
  /** @default `none` */
  readonly signing?: Signing;
}

/** As `ghcr image scan --input -` takes them. */
export interface ScanRules {
  readonly exceptions?: readonly Exception[] | undefined;
  readonly staticImage?: string | undefined;
  readonly database?: string | undefined;
}

/** What `ghcr tags --json` says of the run. */
export interface RunTags {
  readonly kind: "publish" | "build-only";
  /** Most telling first; none where nothing is pushed. */
  readonly tags: readonly { readonly tag: string; readonly moving: boolean }[];
}

export interface RunFacts {
  readonly services: readonly PublishedService[];
  readonly tags: RunTags;
  readonly event: string;
  readonly ref: string;
  /** The commit that the images are of, 40 hexadecimal digits. */
  readonly revision: string;
  readonly committedAt: Date;
  /** Page of the source repository. */
  readonly source: string;
  readonly vendor: string;
  /** Files that differ from what was built before, from the repository's top; undefined where that can't be told. */
  readonly changedFiles: readonly string[] | undefined;
  /** Text of a service's Dockerfile, by its path; undefined where there is none. */
  readonly dockerfile: (path: string) => string | undefined;
}

/** One build: a service for a platform. Every value is text, as a matrix hands it on. */
export interface Build {
  readonly service: string;
  readonly image: string;
  readonly platform: string;
  /** The platform as part of a file name, `linux-arm64`. */
  readonly slug: string;
  readonly runner: string;
  readonly context: string;
  readonly dockerfile: string;
  /** `key=value` lines. */
  readonly labels: string;
  readonly annotations: string;
  readonly buildArgs: string;
  /** SOURCE_DATE_EPOCH, the same for every build. */
  readonly epoch: string;
  /** What `ghcr image scan --input -` takes, but for the image. */
  readonly scan: string;
  /** What `ghcr image test --input -` takes, but for the image. */
  readonly test: string;
}

/** One image: what its platforms become together. */
export interface PublishedImage {
  readonly service: string;
  readonly image: string;
  /** Comma-separated. */
  readonly tags: string;
  /** What `ghcr image check --input -` takes, but for the digest. */
  readonly check: string;
  /** JSON object of the index's annotations. */
  readonly annotations: string;
  /** What `ghcr image attest --provenance` takes. */
  readonly provenance: string;
  /** What `ghcr image attest --sign` takes. */
  readonly sign: string;
}

export interface Scan {
  readonly service: string;
  readonly image: string;
  readonly platform: string;
  readonly slug: string;
  /** What `ghcr image scan --input -` takes, but for the image. */
  readonly scan: string;
}

/** A container that is tried, on a runner of its own architecture. */
export interface Trial {
  readonly service: string;
  readonly image: string;
  readonly platform: string;
  readonly runner: string;
  /** What `ghcr image test --input -` takes, but for the image. */
  readonly test: string;
}

export interface RunPlan {
  /** `verify` builds, scans and tries without a push; `nothing` does none of it. */
  readonly mode: "publish" | "verify" | "nothing";
  /** Why each service is in the plan or not, for the log. */
  readonly reasons: readonly string[];
  readonly builds: readonly Build[];
  readonly images: readonly PublishedImage[];
  readonly scans: readonly Scan[];
  readonly tests: readonly Trial[];
}

/** Plans a run. */
export function planRun(facts: RunFacts): RunPlan {
  const choices = facts.services.map((service) => ({ service, ...choose(facts, service) }));
  const services = choices.filter(({ chosen }) => chosen).map(({ service }) => service);
  const builds = services.flatMap((service) => buildsOf(facts, service));
  return {
    mode: services.length === 0 ? "nothing" : facts.tags.kind === "publish" ? "publish" : "verify",
    reasons: choices.map(({ service, reason }) => `${service.name}: ${reason}`),
    builds,
    images: facts.tags.kind === "publish" ? services.map((service) => imageOf(facts, service)) : [],
    scans: builds.map(({ service, image, platform, slug, scan }) => ({
      ...{ service, image, platform, slug, scan },
    })),
    tests: builds.map(({ service, image, platform, runner, test }) => ({
      ...{ service, image, platform, runner, test },
    })),
  };
}

/** Releases and manual runs take every service; otherwise only what changed counts. */
function choose(facts: RunFacts, service: PublishedService): { chosen: boolean; reason: string } {
  if (facts.event === "workflow_dispatch")
    return { chosen: true, reason: "a manual run takes every service" };
  if (facts.ref.startsWith("refs/tags/")) return { chosen: true, reason: "a release takes every service" };
  if (facts.changedFiles === undefined) {
    return { chosen: true, reason: "what was built before can't be told" };
  }
  const changed = facts.changedFiles.find((file) => belongsTo(service, file));
  return changed === undefined
    ? { chosen: false, reason: "unchanged" }
    : { chosen: true, reason: `${changed} changed` };
}

/** Workflow files and settings of bots are no part of an image, wherever its service lies. */
function belongsTo(service: PublishedService, file: string): boolean {
  if (file === service.dockerfile) return true;
  return service.path === "."
    ? !file.startsWith(".github/workflows/") && !isUpdateSettings(file)
    : file.startsWith(`${service.path}/`);
}

function buildsOf(facts: RunFacts, service: PublishedService): Build[] {
  const labels = labelsOf(facts, service);
  return Object.entries(service.platforms).map(([platform, runner]) => ({
    service: service.name,
    image: service.image,
    platform,
    slug: platform.replaceAll("/", "-"),
    runner,
    context: service.path,
    dockerfile: service.dockerfile,
    labels: lines(labels),
    annotations: lines(labels),
    buildArgs: lines(buildArgsOf(facts, service)),
    epoch: String(imageEpoch),
    scan: JSON.stringify({ platforms: [platform], ...service.scan }),
    test: trialOf(service, platform),
  }));
}

function trialOf({ health = {} }: PublishedService, platform: string): string {
  return JSON.stringify({ platform, ...(health === false ? { http: false } : health) });
}

function imageOf(facts: RunFacts, service: PublishedService): PublishedImage {
  const labels = labelsOf(facts, service);
  return {
    service: service.name,
    image: service.image,
    tags: facts.tags.tags.map(({ tag }) => tag).join(","),
    check: JSON.stringify({ platforms: Object.keys(service.platforms), labels, nonRoot: true }),
    annotations: JSON.stringify(labels),
    provenance: JSON.stringify(provenanceOf(facts, service)),
    sign: service.signing ?? "none",
  };
}

function provenanceOf(facts: RunFacts, service: PublishedService) {
  const { name, path: context, dockerfile, platforms } = service;
  const buildArgs = buildArgsOf(facts, service);
  return buildDefinition({
    ...{ service: name, context, dockerfile, buildArgs, source: facts.source },
    ...{ ref: facts.ref, revision: facts.revision, platforms: Object.keys(platforms) },
    baseImages: baseImages(facts.dockerfile(dockerfile) ?? "", buildArgs),
  });
}

function buildArgsOf(facts: RunFacts, { buildArgs }: PublishedService): Readonly<Record<string, string>> {
  return { ...buildArgs, VERSION: version(facts), REVISION: facts.revision };
}

function labelsOf(facts: RunFacts, service: PublishedService): Readonly<Record<string, string>> {
  return labelsFor({
    title: service.name,
    description: service.description,
    licenses: service.licenses,
    committedAt: facts.committedAt,
    revision: facts.revision,
    version: version(facts),
    source: facts.source,
    vendor: facts.vendor,
  });
}

/** The tag that names one build, not one that moves: `1.2.3` or `sha-<7>`; else the first; else the commit. */
function version({ tags: { tags }, revision }: RunFacts): string {
  return (tags.find(({ moving }) => !moving) ?? tags[0])?.tag ?? `sha-${revision.slice(0, 7)}`;
}

function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}
