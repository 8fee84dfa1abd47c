/**
 * Attaches all evidence of an image: the gate's result, an SBOM to each platform's manifest, provenance, a signature.
 * What is there already, and says the same, is not attached again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withCosign, type Cosign, type SigningKey, type Trust } from "./cosign";
import {
  readReferrers,
  requireEvidence,
  statementsAmong,
  type EvidencedImage,
  type ReferrersOf,
} from "./evidence";
import { newResult, resultsAmong } from "./gate-results";
import { sbomsOf, type PlatformSbom, type SbomRequest } from "./image-sboms";
import { attachAll, type Attachment } from "./referrers";
import { digestOf, type Referrer } from "./registry";
import type { PlatformReport } from "./scan-image";
import { PlatformError } from "../core/errors";
import {
  builderRun,
  evidenceKinds,
  githubIssuer,
  isSameBuild,
  literally,
  provenanceOf,
  provenancePredicate,
  provenanceStatement,
  readProvenance,
  sbomArtifactType,
  sbomName,
  statementArtifactType,
  type BuildDefinition,
  type EvidenceKind,
  type EvidenceRow,
  type Provenance,
  type Signing,
} from "../core/evidence";
import { imagePlatforms, manifestIn, type ImagePlatform, type ServedManifest } from "../core/images";
import type { Digest } from "../core/names";
import { evidenceFaults, type GateResult } from "../core/scan";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Evidence extends SbomRequest {
  /** One of the whole image, or one for each platform. */
  readonly gateResults: readonly GateResult[];
  readonly provenance: { readonly build: BuildDefinition; readonly builder: string } | undefined;
  /** Undefined: nothing is signed. */
  readonly signing: SigningKey | undefined;
  readonly cosign: string;
  /** What refers to the image, as it was read before. @default it is read now */
  readonly referrers?: ReferrersOf;
}

/**
 * With what is signed. A key that this machine names goes before what the service declares: it is how a machine
 * without an identity signs. Undefined: nothing is signed.
 */
export function signingKey(declared: Signing, environment: Environment): SigningKey | undefined {
  const key = environment["GHCR_SIGNING_KEY"] ?? "";
  if (key !== "") return { kind: "key", key };
  return declared === "keyless" ? { kind: "keyless" } : undefined;
}

/** What became of one piece. */
export interface Kept {
  readonly kind: EvidenceKind;
  /** `index`, or a platform. */
  readonly of: string;
  readonly action: "attached" | "unchanged";
  /** Of what was attached now; undefined where cosign did. */
  readonly digest?: Digest | undefined;
}

export interface AttestOutcome {
  readonly kept: readonly Kept[];
  /** What the image carries afterwards, read from the registry. */
  readonly evidence: readonly EvidenceRow[];
}

/** @throws PlatformError where a result is no evidence, where signing fails, and where something is missing afterwards */
export async function attestImage(
  image: EvidencedImage,
  asked: Evidence,
  environment: Environment,
  notice: (sentence: string) => void,
): Promise<AttestOutcome> {
  const { registry, served } = image;
  const name = `${registry.host}/${image.repository}`;
  const { digest } = served.index;
  const platforms = requireGated(image, asked.gateResults);
  const sboms = await sbomsOf(image, platforms, asked, environment, notice);
  const options = { program: asked.cosign, registry: registry.host, environment };
  return withCosign(options, async (cosign, folder) => {
    const trust = asked.signing && (await ownTrust(cosign, asked.signing, folder, environment));
    const signer = asked.signing && trust && { key: asked.signing, trust, cosign };
    const provenance = provenanceToKeep(asked, sboms, environment);
    const before = asked.referrers ?? (await readReferrers(image));
    // All that can be told to be wrong is told by now; from here on it writes.
    const pieces = await Promise.all([
      keepWithIndex(image, before.get(digest) ?? [], asked.gateResults, provenance, signer),
      ...sboms.map((sbom) => keepSbom(image, before.get(sbom.manifest.digest) ?? [], sbom)),
    ]);
    const signature = signer === undefined ? [] : [await keepSignature(`${name}@${digest}`, signer)];
    const required = evidenceKinds.filter(
      (kind) =>
        (kind !== "signature" || signer !== undefined) && (kind !== "provenance" || provenance !== undefined),
    );
    // What cosign attaches is in no list that was read here.
    const after = signer === undefined ? new Map(pieces.map(({ to, listed }) => [to, listed])) : undefined;
    const evidence = await requireEvidence(image, required, trust, cosign, after);
    return { kept: [...pieces.flatMap(({ kept }) => kept), ...signature], evidence };
  });
}

/**
 * Attaches what is there before the rest of an image's evidence: the gate's result, and the SBOMs of some platforms.
 * @param reports of some platforms: those without an SBOM are passed over
 * @param referrers what refers to the image, as it was read a moment ago
 * @returns what refers to it then, for `attestImage`, which attaches the rest
 * @throws PlatformError where a result is no evidence
 */
export async function attestEarly(
  image: EvidencedImage,
  gateResults: readonly GateResult[],
  reports: readonly Pick<PlatformReport, "platform" | "digest" | "sbom">[],
  referrers: ReferrersOf,
): Promise<ReferrersOf> {
  requireGated(image, gateResults);
  const { served } = image;
  const { digest } = served.index;
  const sboms = reports.flatMap(({ platform, digest: of, sbom: text }): PlatformSbom[] => {
    const manifest = manifestIn(served, of);
    return text === undefined || manifest === undefined ? [] : [{ platform, manifest, text }];
  });
  const pieces = await Promise.all([
    keepWithIndex(image, referrers.get(digest) ?? [], gateResults, undefined, undefined),
    ...sboms.map((sbom) => keepSbom(image, referrers.get(sbom.manifest.digest) ?? [], sbom)),
  ]);
  return new Map([...referrers, ...pieces.map(({ to, listed }) => [to, listed] as const)]);
}

/** The image's platforms, all of which the results are of. @throws PlatformError where they are no evidence */
function requireGated(
  { registry, repository, served }: EvidencedImage,
  gateResults: readonly GateResult[],
): readonly ImagePlatform[] {
  const name = `${registry.host}/${repository}`;
  const { digest } = served.index;
  const { platforms, faults } = imagePlatforms(`${name}@${digest}`, served);
  const gated = { name, digest, platforms: platforms.map(({ platform }) => platform) };
  const all = [...faults, ...evidenceFaults(gateResults, gated)];
  if (all.length > 0) throw new PlatformError(all);
  return platforms;
}

function provenanceToKeep(
  { provenance }: Evidence,
  sboms: readonly PlatformSbom[],
  environment: Environment,
): Provenance | undefined {
  if (provenance === undefined) return undefined;
  const byproducts = sboms.map(({ platform, text }) => ({
    name: sbomName(platform),
    digest: digestOf(Buffer.from(text)),
    mediaType: sbomArtifactType,
  }));
  return provenanceOf(provenance.build, { ...builderRun(environment, provenance.builder), byproducts });
}

/** What became of the pieces of one manifest. */
interface KeptWith {
  readonly to: Digest;
  readonly kept: readonly Kept[];
  /** What refers to it afterwards. */
  readonly listed: readonly Referrer[];
}

async function keepSbom(
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

interface Signer {
  readonly key: SigningKey;
  readonly trust: Trust;
  readonly cosign: Cosign;
}

/** The gate's result and the provenance; what says the same as what is there already is not attached again. */
async function keepWithIndex(
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

async function keepSignature(reference: string, { key, trust, cosign }: Signer): Promise<Kept> {
  const piece = { kind: "signature", of: "index" } as const;
  if ((await cosign.verify(trust, reference)).kind === "verified") return { ...piece, action: "unchanged" };
  await cosign.sign(key, reference);
  return { ...piece, action: "attached" };
}

/** Whom this machine's own signatures are of. */
async function ownTrust(
  cosign: Cosign,
  signing: SigningKey,
  folder: string,
  environment: Environment,
): Promise<Trust> {
  if (signing.kind === "key") {
    const file = join(folder, "cosign.pub");
    writeFileSync(file, await cosign.publicKey(signing.key));
    return { key: file };
  }
  const { builder, invocation } = builderRun(environment, "");
  if (invocation !== undefined && (environment["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "") !== "") {
    return { identity: `^${literally(builder)}$`, issuer: githubIssuer };
  }
  throw new PlatformError({
    code: "no-identity",
    where: "ACTIONS_ID_TOKEN_REQUEST_URL",
    problem: "is not set: keyless signing needs a workflow's identity",
    fix: "give the job id-token: write; on another machine name a key: GHCR_SIGNING_KEY",
  });
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
