/** What is kept with an image to prove how it came to be, and under which types a registry lists it. */

export const evidenceKinds = ["gate", "sbom", "provenance", "signature"] as const;
/**
 * `gate`: the vulnerability gate's result, of the index. `sbom`: what a platform's image is made of, one for each
 * platform's manifest. `provenance`: from what, how and where the image was built, of the index. `signature`: that
 * whoever is trusted stands behind the index, and so behind all that it lists by digest.
 */
export type EvidenceKind = (typeof evidenceKinds)[number];

/** `artifactType` of an SBOM: SPDX 2.3 as JSON, as IANA registers it. Trivy looks for it under this type, too. */
export const sbomArtifactType = "application/spdx+json";

/** `artifactType` of an in-toto statement that nobody has signed: in-toto attestation framework, v1. */
export const statementArtifactType = "application/vnd.in-toto+json";

/** `artifactType` of what cosign attaches: a Sigstore bundle with a signed in-toto statement. */
export const bundleArtifactType = /^application\/vnd\.dev\.sigstore\.bundle\.v0\.3\+json$/;

/** Predicate of provenance: https://slsa.dev/spec/v1.2/provenance */
export const provenancePredicate = "https://slsa.dev/provenance/v1";

/** How an image and its provenance are signed. */
export const signings = ["keyless", "none"] as const;
/**
 * `keyless`: by cosign in GitHub Actions, with a certificate of minutes that names the workflow; certificate and
 * signature stand in Sigstore's public log. `none`: not at all.
 */
export type Signing = (typeof signings)[number];
