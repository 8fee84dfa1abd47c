/** The SBOM of each of an image's platforms, from wherever there is one. */
import { PlatformError } from "../core/errors";
import { sbomProblem } from "../core/evidence";
import { parseJson } from "../core/json";
import { manifestIn, type ImagePlatform, type ServedManifest } from "../core/images";
import type { Digest, PinnedReference } from "../core/names";
import type { EvidencedImage } from "./evidence";
import { storedSbom } from "./sbom-store";
import { scanImage } from "./scan-image";

type Environment = Readonly<Record<string, string | undefined>>;

/** A platform's SBOM, with the manifest that it is attached to. */
export interface PlatformSbom {
  readonly platform: string;
  readonly manifest: ServedManifest;
  readonly text: string;
}

/** Where SBOMs come from. */
export interface SbomRequest {
  readonly reference: PinnedReference;
  /** SBOMs as text, of whichever platforms. */
  readonly sboms: readonly string[];
  /** Vulnerability database, where an SBOM has to be made for lack of one. */
  readonly database: string;
}

/**
 * Those that were given, those that a scan made on this machine, and for the rest a scan of its own.
 * @throws PlatformError where one that was given is of another image, and where none can be made
 */
export async function sbomsOf(
  { registry, repository, served }: EvidencedImage,
  platforms: readonly ImagePlatform[],
  asked: SbomRequest,
  environment: Environment,
  notice: (sentence: string) => void,
): Promise<readonly PlatformSbom[]> {
  const name = `${registry.host}/${repository}`;
  const handedOver = asked.sboms.map((text): HandedOver => ({ text, json: parseJson(text) }));
  refuseStrangers(name, handedOver, platforms);
  const texts = new Map<Digest, string>();
  for (const { digest } of platforms) {
    const of = { image: name, digest };
    const given = handedOver.find(({ json }) => sbomProblem(json, of) === undefined);
    const text = given?.text ?? storedSbom(environment, of);
    if (text !== undefined) texts.set(digest, text);
  }
  const missing = platforms.filter(({ digest }) => !texts.has(digest));
  if (missing.length > 0) {
    notice(`no SBOM of ${missing.map(({ platform }) => platform).join(", ")} is at hand: made anew`);
    const scan = {
      target: { reference: asked.reference },
      ...{ database: asked.database, exceptions: [], staticImage: undefined, also: ["sbom"] as const },
    };
    const opened = { name: `${name}@${served.index.digest}`, repository: name, digest: served.index.digest };
    const { reports } = await scanImage(scan, { ...opened, served, platforms: missing }, environment);
    for (const { digest, sbom } of reports.values()) if (sbom !== undefined) texts.set(digest, sbom);
  }
  return platforms.map(({ platform, digest }) => {
    const text = texts.get(digest);
    const manifest = manifestIn(served, digest);
    if (text !== undefined && manifest !== undefined) return { platform, manifest, text };
    throw new PlatformError({
      code: "no-sbom",
      where: `${name}@${served.index.digest} (${platform})`,
      problem: "Trivy gives no report of it to make an SBOM from",
      fix: "see what it says: ghcr image scan --reports; then hand its SBOM on: --sbom",
    });
  });
}

interface HandedOver {
  readonly text: string;
  /** Undefined where the text is no JSON. */
  readonly json: unknown;
}

/** An SBOM that was handed over and is of none of the platforms was meant for another image. */
function refuseStrangers(
  image: string,
  sboms: readonly HandedOver[],
  platforms: readonly ImagePlatform[],
): void {
  const faults = sboms.flatMap(({ json }) => {
    const problems = platforms.map(({ digest }) => sbomProblem(json, { image, digest }));
    const [problem] = problems.includes(undefined) ? [] : problems;
    const fix = "hand over what ghcr image scan --reports wrote of this image";
    return problem === undefined
      ? []
      : [{ code: "no-evidence", where: "sboms", problem: `one ${problem}`, fix }];
  });
  if (faults.length > 0) throw new PlatformError(faults);
}
