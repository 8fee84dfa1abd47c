/**
 * Attaches all evidence of an image: the gate's result, an SBOM to each platform's manifest, provenance, a signature.
 * What is there already, and says the same, is not attached again.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withCosign, type Cosign, type SigningKey, type Trust } from "./cosign";
import { requireEvidence, statementsAmong, type EvidencedImage } from "./evidence";
import { newResult, resultsAmong } from "./gate-results";
import { attach, attachAll, type Attachment } from "./referrers";
import { digestOf, type Referrer } from "./registry";
import { storedSbom } from "./sbom-store";
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
  sbomProblem,
  statementArtifactType,
  type BuildDefinition,
  type EvidenceKind,
  type EvidenceRow,
  type Provenance,
  type Signing,
} from "../core/evidence";
import { imagePlatforms, type ImagePlatform, type ServedManifest } from "../core/images";
import type { Digest, PinnedReference } from "../core/names";
import { evidenceFaults, type GateResult } from "../core/scan";
import { scanImage } from "./scan-image";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Evidence {
  readonly reference: PinnedReference;
  /** One of the whole image, or one for each platform. */
  readonly gateResults: readonly GateResult[];
  /** SBOMs as text, of whichever platforms. */
  readonly sboms: readonly string[];
  readonly provenance: { readonly build: BuildDefinition; readonly builder: string } | undefined;
  /** Undefined: nothing is signed. */
  readonly signing: SigningKey | undefined;
  readonly cosign: string;
  /** Vulnerability database, where an SBOM has to be made for lack of one. */
  readonly database: string;
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
  const { platforms, faults } = imagePlatforms(`${name}@${digest}`, served);
  const gated = { name, digest, platforms: platforms.map(({ platform }) => platform) };
  const all = [...faults, ...evidenceFaults(asked.gateResults, gated)];
  if (all.length > 0) throw new PlatformError(all);

  const sboms = await sbomsOf(image, platforms, asked, environment, notice);
  const options = { program: asked.cosign, registry: registry.host, environment };
  return withCosign(options, async (cosign, folder) => {
    const trust = asked.signing && (await ownTrust(cosign, asked.signing, folder, environment));
    const signer = asked.signing && trust && { key: asked.signing, trust, cosign };
    const provenance = provenanceToKeep(asked, sboms, environment);
    // All that can be told to be wrong is told by now; from here on it writes.
    const [index, ...platformSboms] = await Promise.all([
      keepWithIndex(image, asked.gateResults, provenance, signer),
      ...sboms.map((sbom) => keepSbom(image, sbom)),
    ]);
    const signature = signer === undefined ? [] : [await keepSignature(`${name}@${digest}`, signer)];
    const required = evidenceKinds.filter(
      (kind) =>
        (kind !== "signature" || signer !== undefined) && (kind !== "provenance" || provenance !== undefined),
    );
    const evidence = await requireEvidence(image, required, trust, cosign);
    return { kept: [...index, ...platformSboms, ...signature], evidence };
  });
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

interface PlatformSbom {
  readonly platform: string;
  readonly manifest: ServedManifest;
  readonly text: string;
}

/** Those that were given, those that a scan made on this machine, and for the rest a scan of its own. */
async function sbomsOf(
  { registry, repository, served }: EvidencedImage,
  platforms: readonly ImagePlatform[],
  asked: Evidence,
  environment: Environment,
  notice: (sentence: string) => void,
): Promise<readonly PlatformSbom[]> {
  const name = `${registry.host}/${repository}`;
  const texts = new Map<Digest, string>();
  for (const { digest } of platforms) {
    const of = { image: name, digest };
    const given = asked.sboms.find((text) => sbomProblem(parsed(text), of) === undefined);
    const text = given ?? storedSbom(environment, of);
    if (text !== undefined) texts.set(digest, text);
  }
  refuseStrangers(name, asked.sboms, platforms);
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
    const manifest = served.index.digest === digest ? served.index : served.manifests.get(digest);
    if (text !== undefined && manifest !== undefined) return { platform, manifest, text };
    throw new PlatformError({
      code: "no-sbom",
      where: `${name}@${served.index.digest} (${platform})`,
      problem: "Trivy gives no report of it to make an SBOM from",
      fix: "see what it says: ghcr image scan --reports; then hand its SBOM on: --sbom",
    });
  });
}

/** An SBOM that was handed over and is of none of the platforms was meant for another image. */
function refuseStrangers(image: string, sboms: readonly string[], platforms: readonly ImagePlatform[]): void {
  const faults = sboms.flatMap((text) => {
    const problems = platforms.map(({ digest }) => sbomProblem(parsed(text), { image, digest }));
    const [problem] = problems.includes(undefined) ? [] : problems;
    const fix = "hand over what ghcr image scan --reports wrote of this image";
    return problem === undefined
      ? []
      : [{ code: "no-evidence", where: "sboms", problem: `one ${problem}`, fix }];
  });
  if (faults.length > 0) throw new PlatformError(faults);
}

async function keepSbom(
  { registry, repository }: EvidencedImage,
  { platform, manifest, text }: PlatformSbom,
): Promise<Kept> {
  const sbom = attachment(manifest, sbomArtifactType, Buffer.from(text));
  const { digest, isNew } = await attach(registry, repository, sbom);
  return { kind: "sbom", of: platform, action: isNew ? "attached" : "unchanged", digest };
}

interface Signer {
  readonly key: SigningKey;
  readonly trust: Trust;
  readonly cosign: Cosign;
}

/** The gate's result and the provenance; what says the same as what is there already is not attached again. */
async function keepWithIndex(
  image: EvidencedImage,
  gateResults: readonly GateResult[],
  provenance: Provenance | undefined,
  signer: Signer | undefined,
): Promise<readonly Kept[]> {
  const { registry, repository, served } = image;
  const { index } = served;
  const listed = await registry.referrers(repository, index.digest);
  const [results, isKnown] = await Promise.all([
    resultsAmong(registry, repository, listed),
    provenance !== undefined && isKept(image, provenance, listed, signer),
  ]);
  const result = newResult(index, gateResults, results);
  const isNew = provenance !== undefined && !isKnown;
  const statement = isNew && signer === undefined ? statementOf(image, provenance) : undefined;
  const pieces = [result, statement].filter((piece) => piece !== undefined);
  const attached = await attachAll(registry, repository, index, pieces);
  if (isNew && signer !== undefined) {
    const reference = `${registry.host}/${repository}@${index.digest}`;
    await signer.cosign.attestProvenance(signer.key, reference, provenance);
  }
  const kept = (kind: EvidenceKind, isNewPiece: boolean, piece: Attachment | undefined): Kept => ({
    ...{ kind, of: "index", action: isNewPiece ? "attached" : "unchanged" },
    digest: attached.find((_, place) => pieces[place] === piece)?.digest,
  });
  return [
    kept("gate", result !== undefined, result),
    ...(provenance === undefined ? [] : [kept("provenance", isNew, statement)]),
  ];
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
