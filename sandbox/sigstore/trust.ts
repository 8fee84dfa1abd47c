/**
 * Whom a client of Sigstore trusts, and whom it asks: both files that its TUF repository hands out.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 */
import { createHash } from "node:crypto";

/** Public keys are SubjectPublicKeyInfo, the certificate an X.509 one; all of them DER. */
export interface Anchors {
  readonly url: string;
  /** From when on they hold. */
  readonly since: Date;
  readonly transparencyLog: Buffer;
  readonly certificateLog: Buffer;
  readonly authority: Buffer;
}

export function trustedRoot({ url, since, transparencyLog, certificateLog, authority }: Anchors): object {
  const validFor = { start: since.toISOString() };
  const log = (key: Buffer) => ({
    baseUrl: url,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: key.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(key).digest("base64") },
  });
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(transparencyLog)],
    ctlogs: [log(certificateLog)],
    certificateAuthorities: [
      {
        subject: { organization: "sigstore.mock", commonName: "sigstore" },
        uri: url,
        certChain: { certificates: [{ rawBytes: authority.toString("base64") }] },
        validFor,
      },
    ],
    timestampAuthorities: [],
  };
}

/** No time stamp: the log's own signs its time. */
export function signingConfig({ url, since }: Pick<Anchors, "url" | "since">): object {
  const services = [
    { url, majorApiVersion: 1, validFor: { start: since.toISOString() }, operator: "sigstore.mock" },
  ];
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: services,
    oidcUrls: services,
    rekorTlogUrls: services,
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [],
    tsaConfig: { selector: "ANY" },
  };
}
