/** Attaches one manifest's pieces of evidence. What is there already, and says the same, is not attached again. */
import type { Cosign, SigningKey, Trust } from "./cosign";
import { statementsAmong, type EvidencedImage } from "./evidence";
import { newResult, resultsAmong } from "./gate-results";
import type { PlatformSbom } from "./image-sboms";
import { attachAll, type Attachment } from "./referrers";
import type { Referrer } from "./registry";
import {
  isSameBuild,
  provenancePredicate,
  provenanceStatement,
  readProvenance,
  sbomArtifactType,
  statementArtifactType,
  type EvidenceKind,
  type Provenance,
} from "../core/evidence";
import type { ServedManifest } from "../core/images";
import type { Digest } from "../core/names";
import type { GateResult } from "../core/scan";

/** What became of one piece. */
export interface Kept {
  readonly kind: EvidenceKind;
  /** `index`, or a platform. */
  readonly of: string;
  readonly action: "attached" | "unchanged";
  /** Of what was attached now; undefined where cosign did. */
  readonly digest?: Digest | undefined;
}

/** What became of the pieces of one manifest. */
export interface KeptWith {
  readonly to: Digest;
  readonly kept: readonly Kept[];
  /** What refers to it afterwards. */
  readonly listed: readonly Referrer[];
}

export async function keepSbom(
  { registry, repository }: EvidencedImage,
  listed: readonly Referrer[],
  { platform, manifest, text }: PlatformSbom,
): Promise<KeptWith> {
  const sbom = attachment(manifest, sbomArtifactType, Buffer.from(text));
  const { attached, listed: after } = await attachAll(registry, repository, manifest, [sbom], listed);
  const kept = attached.map(({ digest, isNew }): Kept => ({
    ...{ kind: "sbom", of: platform, action: isNew ? "attached" : "unchanged", digest },
  }));
  return { to: manifest.digest, kept, listed: after };
}

/** Who signs, and is trusted to have signed. */
export interface Signer {
  readonly key: SigningKey;
  readonly trust: Trust;
  readonly cosign: Cosign;
}

/** The gate's result and the provenance; what says the same as what is there already is not attached again. */
export async function keepWithIndex(
  image: EvidencedImage,
  listed: readonly Referrer[],
  gateResults: readonly GateResult[],
  provenance: Provenance | undefined,
  signer: Signer | undefined,
): Promise<KeptWith> {
  const { registry, repository, served } = image;
  const { index } = served;
  const [results, isKnown] = await Promise.all([
    resultsAmong(registry, repository, listed),
    provenance !== undefined && isKept(image, provenance, listed, signer),
  ]);
  const result = newResult(index, gateResults, results);
  const isNew = provenance !== undefined && !isKnown;
  const statement = isNew && signer === undefined ? statementOf(image, provenance) : undefined;
  const pieces = [result, statement].filter((piece) => piece !== undefined);
  const { attached, listed: after } = await attachAll(registry, repository, index, pieces, listed);
  if (isNew && signer !== undefined) {
    const reference = `${registry.host}/${repository}@${index.digest}`;
    await signer.cosign.attestProvenance(signer.key, reference, provenance);
  }
  const kept = (kind: EvidenceKind, isNewPiece: boolean, piece: Attachment | undefined): Kept => ({
    ...{ kind, of: "index", action: isNewPiece ? "attached" : "unchanged" },
    digest: attached.find((_, place) => pieces[place] === piece)?.digest,
  });
  const gate = kept("gate", result !== undefined, result);
  return {
    ...{ to: index.digest, listed: after },
    kept: provenance === undefined ? [gate] : [gate, kept("provenance", isNew, statement)],
  };
}

/** Whether the same build is attested already, by whoever signs where somebody does. */
async function isKept(
  { registry, repository, served }: EvidencedImage,
  provenance: Provenance,
  listed: readonly Referrer[],
  signer: Signer | undefined,
): Promise<boolean> {
  const { digest } = served.index;
  const reference = `${registry.host}/${repository}@${digest}`;
  const attested =
    signer === undefined
      ? (await statementsAmong(registry, repository, listed)).map(({ json }) => json)
      : (await signer.cosign.verifyProvenance(signer.trust, reference)).statements;
  return attested
    .map((json) => readProvenance(json, digest))
    .some((each) => !("problem" in each) && isSameBuild(each, provenance));
}

function statementOf({ registry, repository, served }: EvidencedImage, provenance: Provenance): Attachment {
  const image = { name: `${registry.host}/${repository}`, digest: served.index.digest };
  const bytes = Buffer.from(JSON.stringify(provenanceStatement(image, provenance)));
  return {
    ...attachment(served.index, statementArtifactType, bytes),
    // As in-toto's and BuildKit's own tools name it, so that a list tells one statement from another.
    annotations: { "in-toto.io/predicate-type": provenancePredicate },
  };
}

export async function keepSignature(reference: string, { key, trust, cosign }: Signer): Promise<Kept> {
  const piece = { kind: "signature", of: "index" } as const;
  if ((await cosign.verify(trust, reference)).kind === "verified") return { ...piece, action: "unchanged" };
  await cosign.sign(key, reference);
  return { ...piece, action: "attached" };
}

function attachment(subject: ServedManifest, type: string, bytes: Uint8Array): Attachment {
  const { mediaType, digest, size } = subject;
  return {
    subject: { mediaType, digest, size },
    artifactType: type,
    annotations: {},
    content: { mediaType: type, bytes },
  };
}
