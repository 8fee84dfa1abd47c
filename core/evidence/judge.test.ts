import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../names";
import {
  evidenceKinds,
  evidenceRowFaults,
  judgeEvidence,
  sbomName,
  type FoundEvidence,
  type Provenance,
  type Verdict,
} from ".";

const right = `sha256:${"a".repeat(64)}` as Digest;
const wrong = `sha256:${"b".repeat(64)}` as Digest;
const platform = "linux/amd64";
const naming = (digest: Digest | undefined): Provenance => ({
  buildDefinition: { buildType: "t", externalParameters: {} },
  runDetails: {
    builder: { id: "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main" },
    byproducts:
      digest === undefined ? [] : [{ name: sbomName(platform), digest: { sha256: digest.slice(7) } }],
  },
});
const verified: Verdict = { kind: "verified" };
const failed: Verdict = { kind: "failed", why: "no matching signatures" };
const unverifiable: Verdict = { kind: "unverifiable", why: "cosign is not installed" };

const whole: FoundEvidence = {
  image: "ghcr.io/albeorla/todost@sha256:c",
  platforms: [{ platform, sboms: [{ content: right, problem: undefined }] }],
  gate: { verdict: "passed", at: "2026-11-28T12:00:00Z" },
  signatures: 1,
  signature: verified,
  provenance: { found: [naming(right)], problems: [], verified: [naming(right)], verdict: verified },
  trusting: true,
};
const unsigned: FoundEvidence = {
  ...whole,
  ...{ signatures: 0, signature: unverifiable, trusting: false },
  provenance: { ...whole.provenance, verified: [], verdict: unverifiable },
};
const states = (found: FoundEvidence) =>
  judgeEvidence(found).map(({ kind, of, state }) => `${kind} ${of} ${state}`);
const codes = (found: FoundEvidence) =>
  evidenceRowFaults(found.image, judgeEvidence(found), evidenceKinds).map(({ code }) => code);

describe("the evidence of an image", () => {
  it("is whole where all is signed by whoever is trusted, and what is signed names the SBOM", () => {
    assert.deepEqual(states(whole), [
      "gate index present",
      "sbom linux/amd64 verified",
      "provenance index verified",
      "signature index verified",
    ]);
    assert.deepEqual(codes(whole), []);
  });

  it("is there where nobody signs, and the signature is missing", () => {
    assert.deepEqual(states(unsigned), [
      "gate index present",
      "sbom linux/amd64 present",
      "provenance index present",
      "signature index missing",
    ]);
    assert.deepEqual(codes(unsigned), ["signature-missing"]);
    const faults = evidenceRowFaults(unsigned.image, judgeEvidence(unsigned), ["gate", "sbom", "provenance"]);
    assert.deepEqual(faults, []);
  });

  it("names each piece that is missing, and whose", () => {
    const nothing: FoundEvidence = {
      ...unsigned,
      ...{ platforms: [{ platform, sboms: [] }, ...unsigned.platforms], gate: undefined },
      provenance: { ...unsigned.provenance, found: [] },
    };
    const faults = evidenceRowFaults(nothing.image, judgeEvidence(nothing), evidenceKinds);
    assert.deepEqual(
      faults.map(({ code, where }) => [code, where]),
      [
        ["gate-missing", nothing.image],
        ["sbom-missing", `${nothing.image} (linux/amd64)`],
        ["provenance-missing", nothing.image],
        ["signature-missing", nothing.image],
      ],
    );
  });

  it("is refused where it is of something else, or of somebody else", () => {
    const cases: readonly (readonly [FoundEvidence, string])[] = [
      [{ ...whole, gate: { verdict: "blocked", at: "2026-11-28T12:00:00Z" } }, "gate-refused"],
      [
        { ...whole, platforms: [{ platform, sboms: [{ content: right, problem: "is of another image" }] }] },
        "sbom-refused",
      ],
      [
        { ...whole, platforms: [{ platform, sboms: [{ content: wrong, problem: undefined }] }] },
        "sbom-refused",
      ],
      [
        {
          ...whole,
          provenance: { ...whole.provenance, found: [], verified: [], problems: ["is of another image"] },
        },
        "provenance-refused",
      ],
      [
        { ...whole, provenance: { ...whole.provenance, verified: [], verdict: failed } },
        "provenance-refused",
      ],
      [{ ...whole, signature: failed }, "signature-refused"],
      [{ ...whole, signature: unverifiable }, "signature-unverifiable"],
    ];
    for (const [found, code] of cases) assert.deepEqual(codes(found), [code]);
  });

  it("lets provenance that isn't of whoever is trusted prove nothing, whatever else is there", () => {
    const sboms = fc.array(
      fc.record({ content: fc.constantFrom(right, wrong), problem: fc.constantFrom(undefined, "is broken") }),
    );
    const found = fc.array(fc.constantFrom(naming(right), naming(wrong), naming(undefined)));
    fc.assert(
      fc.property(sboms, found, fc.constantFrom(failed, unverifiable), (attached, provenances, verdict) => {
        const rows = judgeEvidence({
          ...whole,
          platforms: [{ platform, sboms: attached }],
          provenance: { found: provenances, problems: [], verified: [], verdict },
        });
        assert.ok(rows.every(({ kind, state }) => kind === "signature" || state !== "verified"));
        assert.notEqual(rows.find(({ kind }) => kind === "provenance")?.state, "present");
      }),
    );
  });
});
