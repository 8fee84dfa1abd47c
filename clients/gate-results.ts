/** The gate's results that are attached to an image. */
import { imagePlatforms, readManifest, type ServedManifest } from "../core/images";
import { formatImageReference, isDigest, type Digest, type PinnedReference } from "../core/names";
import type { GateEvidence } from "../core/promotion";
import {
  evidenceFaults,
  gateResultArtifactType,
  isRepetition,
  mergeGateResults,
  parseGateResult,
  type GateResult,
} from "../core/scan";
import { PlatformError } from "../core/errors";
import { readServedImage } from "./images";
import { attach, type Attachment } from "./referrers";
import { unlessNotFound } from "./registry-error";
import type { Referrer, Registry } from "./registry";

export interface AttachedResult {
  /** Of the referrer. */
  readonly digest: Digest;
  readonly result: GateResult;
}

/**
 * Latest first. What can't be read as a result is left out: it is no evidence.
 * @param notice told of each that is left out
 */
export async function readAttachedResults(
  registry: Registry,
  repository: string,
  image: Digest,
  notice?: (sentence: string) => void,
): Promise<readonly AttachedResult[]> {
  return resultsAmong(registry, repository, await registry.referrers(repository, image), notice);
}

/** Those among what refers to an image, as `readAttachedResults` gives them. */
export async function resultsAmong(
  registry: Registry,
  repository: string,
  referrers: readonly Referrer[],
  notice: (sentence: string) => void = () => undefined,
): Promise<readonly AttachedResult[]> {
  const results: AttachedResult[] = [];
  for (const { digest } of referrers.filter((each) => each.artifactType === gateResultArtifactType)) {
    try {
      results.push({
        digest,
        result: parseGateResult(digest, await contentOf(registry, repository, digest)),
      });
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== "invalid-gate-result") throw error;
      notice(`gate result ${digest} can't be read: ${error.faults[0]?.problem ?? ""}`);
    }
  }
  return results.sort((one, other) => Date.parse(other.result.at) - Date.parse(one.result.at));
}

/**
 * The latest result on this very image; one that is of another image is no evidence.
 * @param image `<registry>/<owner>/<service>`
 */
export async function readGateEvidence(
  registry: Registry,
  repository: string,
  image: string,
  digest: Digest,
  notice: (sentence: string) => void,
): Promise<GateEvidence | undefined> {
  const attached = await readAttachedResults(registry, repository, digest, notice);
  const isOfThis = ({ result }: AttachedResult): boolean =>
    result.image === image && result.digest === digest;
  for (const other of attached.filter((each) => !isOfThis(each)))
    notice(`gate result ${other.digest} is of another image`);
  const latest = attached.find(isOfThis)?.result;
  return latest === undefined ? undefined : { verdict: latest.verdict, scannedAt: latest.at };
}

/**
 * Keeps the gate's result with the image that it is of. One that says what the latest one says, and is less than a
 * day younger, is not attached again.
 * @param results of single platforms, which become one; together they must be of all
 * @throws PlatformError where they are no evidence: blocked, of another image, or without one of its platforms;
 *   RegistryError
 */
export async function attachGateResult(
  registry: Registry,
  reference: PinnedReference,
  results: readonly GateResult[],
): Promise<void> {
  const { registry: host, repository, digest } = reference;
  const name = formatImageReference(reference);
  const served = await readServedImage(registry, repository, digest);
  const { platforms, faults } = imagePlatforms(name, served);
  const image = { name: `${host}/${repository}`, digest, platforms: platforms.map((each) => each.platform) };
  const all = [...faults, ...evidenceFaults(results, image)];
  if (all.length > 0) throw new PlatformError(all);

  const attachment = newResult(
    served.index,
    results,
    await readAttachedResults(registry, repository, digest),
  );
  if (attachment === undefined) return;
  const attached = await attach(registry, repository, attachment);
  const listed = await registry.referrers(repository, digest);
  if (!listed.some((each) => each.digest === attached.digest)) throw dropped(name);
}

/**
 * What is to be attached to an index for these results, which are evidence. Undefined: the latest that is attached
 * says the same.
 * @param attached latest first
 */
export function newResult(
  index: ServedManifest,
  results: readonly GateResult[],
  [latest]: readonly AttachedResult[],
): Attachment | undefined {
  const result = mergeGateResults(results);
  if (latest !== undefined && isRepetition(result, latest.result)) return undefined;
  return {
    subject: { mediaType: index.mediaType, digest: index.digest, size: index.size },
    artifactType: gateResultArtifactType,
    annotations: { "org.opencontainers.image.created": result.at },
    content: { mediaType: gateResultArtifactType, bytes: Buffer.from(JSON.stringify(result)) },
  };
}

function dropped(name: string): PlatformError {
  return new PlatformError({
    code: "gate-result-dropped",
    where: name,
    problem: "the gate's result was attached, and another client's write has dropped it from the list",
    fix: "run it again once what signs or attests this image has ended",
  });
}

/** The JSON that the one layer holds; undefined where there is none. */
async function contentOf(registry: Registry, repository: string, digest: Digest): Promise<unknown> {
  const manifest = await unlessNotFound(registry.manifest(repository, digest));
  const read = manifest === undefined ? undefined : readManifest(manifest.json);
  const layer = read?.ok === true ? read.value.layers[0]?.digest : undefined;
  if (layer === undefined || !isDigest(layer)) return undefined;
  return unlessNotFound(registry.config(repository, layer));
}
