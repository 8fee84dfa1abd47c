/** What a transparency log keeps of an entry that is proposed to it. */
import { createHash } from "node:crypto";
import { z } from "zod";

const proposedEnvelope = z.object({
  kind: z.literal("dsse"),
  spec: z.object({
    proposedContent: z.object({ envelope: z.string(), verifiers: z.array(z.string()) }),
  }),
});

const envelopeSchema = z.object({
  payload: z.base64(),
  signatures: z.array(z.object({ sig: z.string() })),
});

/**
 * Of an envelope (DSSE) its digests and signatures, not what it says; of anything else all.
 * https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json
 * @throws Error where an envelope can't be read
 */
export function loggedEntry(proposed: unknown): object {
  const read = proposedEnvelope.safeParse(proposed);
  if (!read.success) return z.looseObject({ kind: z.string() }).parse(proposed);
  const { envelope, verifiers } = read.data.spec.proposedContent;
  const { payload, signatures } = envelopeSchema.parse(JSON.parse(envelope));
  return {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: sha256(envelope),
      payloadHash: sha256(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}

function sha256(content: string | Buffer): { readonly algorithm: string; readonly value: string } {
  return { algorithm: "sha256", value: createHash("sha256").update(content).digest("hex") };
}
