/** Reads the evidence that an image carries: what refers to its index and to each platform's manifest. */
import {
  bundleArtifactType,
  evidenceRowFaults,
  judgeEvidence,
  provenancePredicate,
  readProvenance,
  sbomArtifactType,
  sbomProblem,
  statementArtifactType,
  type EvidenceKind,
  type EvidenceRow,
  type FoundEvidence,
  type Provenance,
} from "../core/evidence";
import { PlatformError } from "../core/errors";
import { imagePlatforms, readManifest, type ServedImage } from "../core/images";
import { parseJson } from "../core/json";
import { isDigest, type Digest } from "../core/names";
import type { Cosign, Trust } from "./cosign";
import { resultsAmong } from "./gate-results";
import { unlessNotFound } from "./registry-error";
import type { Referrer, Registry } from "./registry";

/** An image in a registry, with what it lists. */
export interface EvidencedImage {
  readonly registry: Registry;
  readonly repository: string;
  readonly served: ServedImage;
}

/** An in-toto statement that is attached to an image. */
export interface AttachedStatement {
  /** Of the referrer. */
  readonly digest: Digest;
  readonly signed: boolean;
  /** As it was parsed, by whoever wrote it: nothing is checked. */
  readonly json: unknown;
}

/** What refers to an image's index and to each platform's manifest, by that one's digest. */
export type ReferrersOf = ReadonlyMap<Digest, readonly Referrer[]>;

/** @throws PlatformError where the image does not list its platforms as the platform's images do */
export async function readReferrers({ registry, repository, served }: EvidencedImage): Promise<ReferrersOf> {
  const { index } = served;
  const { platforms, faults } = imagePlatforms(`${registry.host}/${repository}@${index.digest}`, served);
  if (faults.length > 0) throw new PlatformError(faults);
  const subjects = [index.digest, ...platforms.map(({ digest }) => digest)];
  return new Map(
    await Promise.all(
      subjects.map(async (digest) => [digest, await registry.referrers(repository, digest)] as const),
    ),
  );
}

/**
 * @param cosign undefined: nobody looks at signatures
 * @param referrers as they were read a moment ago. @default they are read now
 * @throws PlatformError where the image does not list its platforms as the platform's images do
 */
export async function readEvidence(
  image: EvidencedImage,
  trust: Trust | undefined,
  cosign: Cosign | undefined,
  referrers?: ReferrersOf,
): Promise<readonly EvidenceRow[]> {
  const { registry, repository, served } = image;
  const name = `${registry.host}/${repository}`;
  const { digest } = served.index;
  const reference = `${name}@${digest}`;
  const { platforms, faults } = imagePlatforms(reference, served);
  if (faults.length > 0) throw new PlatformError(faults);

  const known = referrers ?? (await readReferrers(image));
  const listed = known.get(digest) ?? [];
  const [statements, results, sboms] = await Promise.all([
    statementsAmong(registry, repository, listed),
    resultsAmong(registry, repository, listed),
    Promise.all(
      platforms.map(async ({ platform, digest: manifest }) => ({
        platform,
        sboms: await sbomsAmong(image, manifest, known.get(manifest) ?? []),
      })),
    ),
  ]);
  const provenances = statements.filter(({ json }) => predicateOf(json) === provenancePredicate);
  const read = provenances.map(({ json }) => readProvenance(json, digest));
  const looked = trust === undefined || cosign === undefined ? undefined : { trust, cosign };
  const nobody = {
    kind: "unverifiable",
    why: "neither a key nor a certificate's identity is given",
  } as const;
  const attested = await looked?.cosign.verifyProvenance(looked.trust, reference);
  const gate = results.find(({ result }) => result.image === name && result.digest === digest)?.result;
  const found: FoundEvidence = {
    image: reference,
    platforms: sboms,
    gate,
    signatures: statements.filter(({ signed, json }) => signed && predicateOf(json) !== provenancePredicate)
      .length,
    signature: (await looked?.cosign.verify(looked.trust, reference)) ?? nobody,
    provenance: {
      found: read.filter(isProvenance),
      problems: read.flatMap((each) => (isProvenance(each) ? [] : [each.problem])),
      verified: (attested?.statements ?? []).map((json) => readProvenance(json, digest)).filter(isProvenance),
      verdict: attested?.verdict ?? nobody,
    },
    trusting: looked !== undefined,
  };
  return judgeEvidence(found);
}

/** @throws PlatformError with every requirement that is not met */
export async function requireEvidence(
  image: EvidencedImage,
  required: readonly EvidenceKind[],
  trust: Trust | undefined,
  cosign: Cosign | undefined,
  referrers?: ReferrersOf,
): Promise<readonly EvidenceRow[]> {
  const { registry, repository, served } = image;
  const rows = await readEvidence(image, trust, cosign, referrers);
  const faults = evidenceRowFaults(`${registry.host}/${repository}@${served.index.digest}`, rows, required);
  if (faults.length > 0) throw new PlatformError(faults);
  return rows;
}

/** In-toto statements among what refers to an image: those that nobody signed, and those in Sigstore bundles. */
export async function statementsAmong(
  registry: Registry,
  repository: string,
  referrers: readonly Referrer[],
): Promise<readonly AttachedStatement[]> {
  const statements: AttachedStatement[] = [];
  for (const referrer of referrers) {
    const type = referrer.artifactType ?? "";
    const signed = bundleArtifactType.test(type);
    if (!signed && type !== statementArtifactType) continue;
    const { json } = (await contentOf(registry, repository, referrer)) ?? {};
    statements.push({ digest: referrer.digest, signed, json: signed ? payloadOf(json) : json });
  }
  return statements;
}

async function sbomsAmong(
  { registry, repository }: EvidencedImage,
  manifest: Digest,
  referrers: readonly Referrer[],
) {
  const sboms: { content: Digest; problem: string | undefined }[] = [];
  for (const referrer of referrers.filter(({ artifactType }) => artifactType === sbomArtifactType)) {
    const content = await contentOf(registry, repository, referrer);
    const of = { image: `${registry.host}/${repository}`, digest: manifest };
    sboms.push({
      content: content?.digest ?? referrer.digest,
      problem: content === undefined ? "can't be read" : sbomProblem(content.json, of),
    });
  }
  return sboms;
}

/** The JSON in the one layer of what refers to an image, and that layer's digest; undefined where there is none. */
async function contentOf(
  registry: Registry,
  repository: string,
  { digest }: Referrer,
): Promise<{ readonly digest: Digest; readonly json: unknown } | undefined> {
  const manifest = await unlessNotFound(registry.manifest(repository, digest));
  const read = manifest === undefined ? undefined : readManifest(manifest.json);
  const layer = read?.ok === true ? read.value.layers[0]?.digest : undefined;
  if (layer === undefined || !isDigest(layer)) return undefined;
  const json = await unlessNotFound(registry.config(repository, layer));
  return json === undefined ? undefined : { digest: layer, json };
}

/** The statement in a Sigstore bundle's envelope (DSSE); undefined where there is none. */
function payloadOf(bundle: unknown): unknown {
  const { dsseEnvelope } = (bundle ?? {}) as { dsseEnvelope?: { payload?: unknown } };
  if (typeof dsseEnvelope?.payload !== "string") return undefined;
  return parseJson(Buffer.from(dsseEnvelope.payload, "base64"));
}

function predicateOf(statement: unknown): unknown {
  return (statement as { predicateType?: unknown } | null | undefined)?.predicateType;
}

function isProvenance(read: Provenance | { readonly problem: string }): read is Provenance {
  return !("problem" in read);
}
