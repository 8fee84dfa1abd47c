/** Scans an image with Trivy: every platform, judged. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readServedImage } from "./images";
import { layoutOf, readLayoutImage } from "./oci-layout";
import { found, registryOf } from "./registry-access";
import { withTrivy, type Trivy } from "./trivy";
import { PlatformError } from "../core/errors";
import { renderSbom } from "../core/evidence";
import { imagePlatforms, manifestIn, type ImagePlatform, type ServedImage } from "../core/images";
import { annotationKeys, rfc3339 } from "../core/labels";
import { formatImageReference, type Digest, type PinnedReference, type Platform } from "../core/names";
import { imageEpoch } from "../core/publish";
import {
  exceptionNotices,
  findingsExitCode,
  gateResultOf,
  judge,
  renderIgnoreFile,
  type Exception,
  type ExceptionNotice,
  type GateResult,
  type PlatformVerdict,
  type ScanOutcome,
} from "../core/scan";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is scanned, and by which rules. */
export interface ImageScan {
  readonly target: { readonly reference: PinnedReference } | { readonly layout: string };
  /** @default all that it lists */
  readonly platforms?: readonly Platform[] | undefined;
  /** References of the vulnerability database, the first that answers. */
  readonly database: string;
  readonly exceptions: readonly Exception[];
  readonly staticImage: string | undefined;
  readonly breakGlass?: GateResult["breakGlass"];
  /** What is wanted of each platform beside the JSON report. @default nothing */
  readonly also?: readonly ("sarif" | "sbom")[];
}

/** The image to scan, with what each platform's report is held against. */
export interface OpenedImage {
  /** As it is shown. */
  readonly name: string;
  /** Without its digest. */
  readonly repository: string;
  readonly digest: Digest;
  readonly served: ServedImage;
  readonly platforms: readonly ImagePlatform[];
}

/** @throws PlatformError where it is not there, or does not list its platforms as the platform's images do */
export async function openImage(
  { target, platforms: wanted }: Pick<ImageScan, "target" | "platforms">,
  environment: Environment,
): Promise<OpenedImage> {
  const [name, repository, served] =
    "layout" in target
      ? [target.layout, target.layout, readLayoutImage(target.layout)]
      : await openRemote(target.reference, environment);
  const { platforms, faults } = imagePlatforms(name, served);
  const missing = (wanted ?? []).filter((one) => !platforms.some(({ platform }) => platform === one));
  const all = [
    ...faults,
    ...missing.map((platform) => ({
      code: "platform-missing",
      where: name,
      problem: `it holds ${platforms.map((each) => each.platform).join(", ")}`,
      got: platform,
      fix: "ask for a platform that it holds",
    })),
  ];
  if (all.length > 0) throw new PlatformError(all);
  return {
    name,
    repository,
    served,
    digest: served.index.digest,
    platforms: platforms.filter(({ platform }) => wanted === undefined || wanted.includes(platform)),
  };
}

async function openRemote(
  reference: PinnedReference,
  environment: Environment,
): Promise<[name: string, repository: string, served: ServedImage]> {
  const name = formatImageReference(reference);
  const registry = registryOf(reference, environment);
  const served = await found(name, readServedImage(registry, reference.repository, reference.digest));
  return [name, `${reference.registry}/${reference.repository}`, served];
}

/** What Trivy says of one platform; a part is undefined where it was not asked for, or there is no report. */
export interface PlatformReport {
  readonly platform: Platform;
  readonly json: unknown;
  readonly sarif: string | undefined;
  /** SPDX, ready to be attached to `digest`. */
  readonly sbom: string | undefined;
  /** Of the platform's manifest. */
  readonly digest: Digest;
}

/** What the gate says of the whole image. */
export interface Judged {
  readonly result: GateResult;
  readonly verdicts: readonly PlatformVerdict[];
  readonly notices: readonly ExceptionNotice[];
}

export interface Scanned extends Judged {
  /** By platform. */
  readonly reports: ReadonlyMap<Platform, PlatformReport>;
}

/**
 * @param onJudged told once every platform is judged, while the last one's report is still being made: the others are
 *   in the image's order
 */
export async function scanImage(
  asked: ImageScan,
  image: OpenedImage,
  environment: Environment,
  onJudged: (judged: Judged, others: Promise<readonly PlatformReport[]>) => void = () => undefined,
): Promise<Scanned> {
  const now = new Date();
  const { target, exceptions, staticImage, breakGlass, database } = asked;
  const layouts = mkdtempSync(join(tmpdir(), "ghcr-layout-"));
  try {
    const options = {
      database,
      ignoreFile: renderIgnoreFile(exceptions, now),
      registry: "layout" in target ? undefined : target.reference.registry,
      environment,
    };
    return await withTrivy(options, async (trivy) => {
      const verdicts: PlatformVerdict[] = [];
      const reports: Promise<PlatformReport>[] = [];
      for (const each of image.platforms) {
        const source =
          "layout" in target
            ? { layout: singleLayout(target.layout, image, each, layouts) }
            : { reference: image.name };
        const outcome = await trivy.scan(source, each.platform);
        verdicts.push(judge({ ...each, exceptions, staticImage }, outcome, now));
        // Made beside the next platform's scan, which may end it all before anyone waits for this one.
        const report = reportOf(asked, trivy, outcome, image, each);
        report.catch(() => undefined);
        reports.push(report);
      }
      const { version, database: from } = trivy;
      const facts = { image: image.repository, digest: image.digest, now, staticImage, breakGlass };
      const scanner = { name: "trivy", version, database: from };
      const used = verdicts.flatMap((verdict) => verdict.used);
      const judged = {
        result: gateResultOf({ ...facts, scanner }, verdicts),
        verdicts,
        notices: exceptionNotices(exceptions, used, now),
      };
      const others = Promise.all(reports.slice(0, -1));
      others.catch(() => undefined);
      onJudged(judged, others);
      const made = await Promise.all(reports);
      return { ...judged, reports: new Map(made.map((report) => [report.platform, report])) };
    });
  } finally {
    rmSync(layouts, { recursive: true, force: true });
  }
}

function singleLayout(
  folder: string,
  { served }: OpenedImage,
  { platform, digest }: ImagePlatform,
  into: string,
) {
  const manifest = manifestIn(served, digest);
  if (manifest === undefined) throw new Error(`${digest} was read from the layout and is gone`);
  return layoutOf(folder, manifest, join(into, slug(platform)));
}

async function reportOf(
  { also = [] }: ImageScan,
  trivy: Trivy,
  { exitCode, report: json }: ScanOutcome,
  image: OpenedImage,
  { platform, digest, config }: ImagePlatform,
): Promise<PlatformReport> {
  const wanted = (what: "sarif" | "sbom") => json !== undefined && also.includes(what);
  // Of a scan that did not happen there is nothing to list.
  const scanned = exitCode === 0 || exitCode === findingsExitCode;
  const subject = {
    image: image.repository,
    platform,
    digest,
    created: createdAt(image.served.configs.get(config)),
  };
  return {
    ...{ platform, json, digest },
    sarif: wanted("sarif") ? await trivy.sarif(json) : undefined,
    sbom: scanned && wanted("sbom") ? renderSbom(await trivy.spdx(json), subject) : undefined,
  };
}

/** When the image's commit was made, as its configuration says; of one that doesn't say it, the builds' own epoch. */
function createdAt(config: unknown): string {
  const { config: { Labels: labels = {} } = {} } = (config ?? {}) as {
    config?: { Labels?: Record<string, string> };
  };
  return labels[annotationKeys.created] ?? rfc3339(new Date(imageEpoch * 1000));
}

/** A platform in a file's name: `linux/arm64` as `linux-arm64`. */
export function slug(platform: string): string {
  return platform.replaceAll("/", "-");
}
