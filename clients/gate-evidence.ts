/** Reads back what the gate said of an image: the results that are attached to it. */
import { readManifest } from "../core/images";
import { isDigest, type Digest } from "../core/names";
import type { GateEvidence } from "../core/promotion";
import { gateResultArtifactType, parseGateResult, type GateResult } from "../core/scan";
import { PlatformError } from "../core/errors";
import type { Registry } from "./registry";
import { unlessNotFound } from "./registry-error";

/**
 * The latest result on this very image. Results that can't be read, or are of another image, are no evidence.
 * @param image `<registry>/<owner>/<service>`
 * @param notice told of each result that is none
 */
export async function readGateEvidence(
  registry: Registry,
  repository: string,
  image: string,
  digest: Digest,
  notice: (sentence: string) => void,
): Promise<GateEvidence | undefined> {
  const referrers = await registry.referrers(repository, digest);
  const results: GateResult[] = [];
  for (const referrer of referrers.filter(({ artifactType }) => artifactType === gateResultArtifactType)) {
    try {
      const result = parseGateResult(referrer.digest, await contentOf(registry, repository, referrer.digest));
      if (result.image === image && result.digest === digest) results.push(result);
      else notice(`gate result ${referrer.digest} is of another image`);
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== "invalid-gate-result") throw error;
      notice(`gate result ${referrer.digest} can't be read: ${error.faults[0]?.problem ?? ""}`);
    }
  }
  const [latest] = results.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return latest === undefined ? undefined : { verdict: latest.verdict, scannedAt: latest.at };
}

/** The JSON that the one layer holds; undefined where there is none. */
async function contentOf(registry: Registry, repository: string, digest: Digest): Promise<unknown> {
  const manifest = await unlessNotFound(registry.manifest(repository, digest));
  const read = manifest === undefined ? undefined : readManifest(manifest.json);
  const layer = read?.ok === true ? read.value.layers[0]?.digest : undefined;
  return layer === undefined || !isDigest(layer)
    ? undefined
    : unlessNotFound(registry.config(repository, layer));
}
