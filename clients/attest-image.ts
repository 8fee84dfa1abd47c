/**
 * Attaches all evidence of an image: the gate's result, an SBOM to each platform's manifest, provenance, a signature.
 * What is there already, and says the same, is not attached again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withCosign, type Cosign, type SigningKey, type Trust } from "./cosign";
import { readReferrers, requireEvidence, type EvidencedImage, type ReferrersOf } from "./evidence";
import { keepSbom, keepSignature, keepWithIndex, type Kept } from "./evidence-pieces";
import { sbomsOf, type PlatformSbom, type SbomRequest } from "./image-sboms";
import { digestOf } from "./registry";
import type { PlatformReport } from "./scan-image";
import { PlatformError } from "../core/errors";
import {
  builderRun,
  evidenceKinds,
  githubIssuer,
  literally,
  provenanceOf,
  sbomArtifactType,
  sbomName,
  type BuildDefinition,
  type EvidenceRow,
  type Provenance,
  type Signing,
} from "../core/evidence";
import { imagePlatforms, manifestIn, type ImagePlatform } from "../core/images";
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
