/** The gate's results that are attached to an image. */
import { readManifest } from "../core/images";
import { isDigest, type Digest } from "../core/names";
import type { GateEvidence } from "../core/promotion";
import { gateResultArtifactType, parseGateResult, type GateResult } from "../core/scan";
import { PlatformError } from "../core/errors";
import { unlessNotFound } from "./registry-error";
import type { Registry } from "./registry";

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
  notice: (sentence: string) => void = () => undefined,
): Promise<readonly AttachedResult[]> {
  const referrers = await registry.referrers(repository, image);
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

/** The JSON that the one layer holds; undefined where there is none. */
async function contentOf(registry: Registry, repository: string, digest: Digest): Promise<unknown> {
  const manifest = await unlessNotFound(registry.manifest(repository, digest));
  const read = manifest === undefined ? undefined : readManifest(manifest.json);
  const layer = read?.ok === true ? read.value.layers[0]?.digest : undefined;
  if (layer === undefined || !isDigest(layer)) return undefined;
  return unlessNotFound(registry.config(repository, layer));
}
