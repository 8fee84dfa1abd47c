/** Judges the evidence that an image carries. */
import type { Fault } from "../errors";
import type { Digest } from "../names";
import { evidenceKinds, type EvidenceKind } from "./kinds";
import { sbomName, vouchedFor, type Provenance } from "./provenance";

/** Whether a signature is of whoever is trusted. */
export type Verdict =
  | { readonly kind: "verified" }
  | { readonly kind: "failed"; readonly why: string }
  /** Nobody looked: the tool isn't there, or wasn't told whom to trust. */
  | { readonly kind: "unverifiable"; readonly why: string };

/** What was found with an image. */
export interface FoundEvidence {
  /** `<registry>/<owner>/<service>@sha256:…` of the index. */
  readonly image: string;
  readonly platforms: readonly {
    readonly platform: string;
    /** SBOMs that are attached to the platform's manifest, by the digest of their content. */
    readonly sboms: readonly { readonly content: Digest; readonly problem: string | undefined }[];
  }[];
  /** The latest result of the gate on this image; undefined: none. */
  readonly gate: { readonly verdict: "passed" | "blocked" | "forced"; readonly at: string } | undefined;
  /** How many signed statements on this image are attached that only sign it. */
  readonly signatures: number;
  readonly signature: Verdict;
  readonly provenance: {
    /** Attached, signed or not, on this image. */
    readonly found: readonly Provenance[];
    /** Why others that are attached are none. */
    readonly problems: readonly string[];
    /** Those whose signature is of whoever is trusted. */
    readonly verified: readonly Provenance[];
    readonly verdict: Verdict;
  };
  /** Whether anyone was named who is trusted; provenance then has to be theirs. */
  readonly trusting: boolean;
}

export type EvidenceState =
  /** Its signature is of whoever is trusted, or what is signed vouches for it. */
  | "verified"
  /** There, and right as far as it can be told without a signature. */
  | "present"
  | "missing"
  /** There, and not as required. */
  | "refused"
  /** There may be some; nobody could look. */
  | "unverifiable";

export interface EvidenceRow {
  readonly kind: EvidenceKind;
  /** `index`, or the platform whose manifest it is of. */
  readonly of: string;
  readonly state: EvidenceState;
  readonly detail: string;
}

/** One row for each piece of evidence that an image of these platforms can have. */
export function judgeEvidence(found: FoundEvidence): readonly EvidenceRow[] {
  return [
    gateRow(found),
    ...found.platforms.map((each) => sbomRow(found, each)),
    provenanceRow(found),
    signatureRow(found),
  ];
}

/** What of the required is not as it has to be. */
export function evidenceRowFaults(
  image: string,
  rows: readonly EvidenceRow[],
  required: readonly EvidenceKind[],
): Fault[] {
  return rows
    .filter(({ kind, state }) => required.includes(kind) && state !== "verified" && state !== "present")
    .map(({ kind, of, state, detail }) => ({
      code: `${kind}-${state}`,
      where: of === "index" ? image : `${image} (${of})`,
      problem: `its ${names[kind]} is required and ${state === "missing" ? "missing" : state === "refused" ? "not as required" : "can't be verified here"}: ${detail}`,
      fix: state === "unverifiable" ? lookFix : fixes[kind],
    }));
}

/** What a name of evidence stands for; undefined: there is none of that name. */
export function evidenceKind(text: string): EvidenceKind | undefined {
  return evidenceKinds.find((kind) => kind === text);
}

const names: Readonly<Record<EvidenceKind, string>> = {
  gate: "gate's result",
  sbom: "SBOM",
  provenance: "provenance",
  signature: "signature",
};

const lookFix =
  "install cosign and name whom to trust: --cosign-key, or --certificate-identity with --certificate-issuer";
const fixes: Readonly<Record<EvidenceKind, string>> = {
  gate: "scan the image and attach the result: ghcr image scan, ghcr image attest",
  sbom: "publish the image again, which attaches it; or ghcr image attest",
  provenance: "publish the image again by its workflow, which attaches it",
  signature: "publish the image by its workflow, which signs it, and use that digest",
};

function gateRow({ gate }: FoundEvidence): EvidenceRow {
  const row = { kind: "gate", of: "index" } as const;
  if (gate === undefined) return { ...row, state: "missing", detail: "no result of this image is attached" };
  if (gate.verdict === "blocked") return { ...row, state: "refused", detail: `blocked at ${gate.at}` };
  return { ...row, state: "present", detail: `${gate.verdict} at ${gate.at}` };
}

function sbomRow(
  { provenance }: FoundEvidence,
  { platform, sboms }: FoundEvidence["platforms"][number],
): EvidenceRow {
  const row = { kind: "sbom", of: platform } as const;
  const right = sboms.filter(({ problem }) => problem === undefined);
  if (right.length === 0) {
    const [wrong] = sboms;
    if (wrong === undefined) return { ...row, state: "missing", detail: "none is attached to its manifest" };
    return { ...row, state: "refused", detail: `what is attached ${wrong.problem ?? ""}` };
  }
  const vouching = (all: readonly Provenance[]) =>
    all.flatMap((one) => vouchedFor(one, sbomName(platform)) ?? []);
  const matches = (digests: readonly Digest[]) => right.some(({ content }) => digests.includes(content));
  const signed = vouching(provenance.verified);
  if (matches(signed)) return { ...row, state: "verified", detail: "signed provenance names its digest" };
  if (signed.length > 0)
    return { ...row, state: "refused", detail: "signed provenance names another SBOM than what is attached" };
  const told = matches(vouching(provenance.found)) ? ", and the provenance names its digest" : "";
  return { ...row, state: "present", detail: `attached to its manifest${told}` };
}

function provenanceRow({
  provenance: { found, problems, verified, verdict },
  trusting,
}: FoundEvidence): EvidenceRow {
  const row = { kind: "provenance", of: "index" } as const;
  const [first] = verified.length > 0 ? verified : found;
  if (first === undefined) {
    const [problem] = problems;
    if (problem !== undefined) return { ...row, state: "refused", detail: `what is attached ${problem}` };
    return { ...row, state: "missing", detail: "none is attached" };
  }
  const by = `built by ${first.runDetails.builder.id}`;
  if (verified.length > 0) return { ...row, state: "verified", detail: by };
  if (!trusting)
    return { ...row, state: "present", detail: `${by}, by its own word: no signature was looked at` };
  if (verdict.kind === "unverifiable") return { ...row, state: "unverifiable", detail: verdict.why };
  return {
    ...row,
    state: "refused",
    detail: verdict.kind === "failed" ? verdict.why : "its signature is of another statement",
  };
}

function signatureRow({ signature, signatures, trusting }: FoundEvidence): EvidenceRow {
  const row = { kind: "signature", of: "index" } as const;
  if (signature.kind === "verified") return { ...row, state: "verified", detail: "of whoever is trusted" };
  // An older one stands under a tag of its own, where only cosign finds it.
  if (signatures === 0 && (signature.kind === "failed" || !trusting))
    return { ...row, state: "missing", detail: "none is attached" };
  return { ...row, state: signature.kind === "failed" ? "refused" : "unverifiable", detail: signature.why };
}
