import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { loggedEntry } from "./log-entry";

const hex = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");

describe("what a transparency log keeps", () => {
  it("is an envelope's digests and signatures, and nothing of what it says", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (payload, sig) => {
        const envelope = JSON.stringify({
          payload: Buffer.from(payload).toString("base64"),
          signatures: [{ sig }],
        });
        const proposedContent = { envelope, verifiers: ["a certificate"] };
        assert.deepEqual(loggedEntry({ apiVersion: "0.0.1", kind: "dsse", spec: { proposedContent } }), {
          apiVersion: "0.0.1",
          kind: "dsse",
          spec: {
            envelopeHash: { algorithm: "sha256", value: hex(envelope) },
            payloadHash: { algorithm: "sha256", value: hex(payload) },
            signatures: [{ signature: sig, verifier: "a certificate" }],
          },
        });
      }),
    );
  });

  it("is all of an entry of another kind", () => {
    const entry = { apiVersion: "0.0.1", kind: "hashedrekord", spec: { data: {} } };
    assert.deepEqual(loggedEntry(entry), entry);
    assert.throws(() => loggedEntry("nothing"));
  });
});
