import assert from "node:assert/strict";
import fc from "fast-check";
import * as sdk from "@pulumi/pulumi/runtime/rpc";
import {
  containsSecret,
  containsUnknown,
  reveal,
  sameValue,
  secret,
  SECRET_SIGNATURE,
  secretTexts,
  SIGNATURE_KEY,
  UNKNOWN,
} from "./property-values";

describe("property values on the wire", () => {
  it("uses the SDK's own constants", () => {
    assert.equal(SIGNATURE_KEY, sdk.specialSigKey);
    assert.equal(SECRET_SIGNATURE, sdk.specialSecretSig);
    assert.equal(UNKNOWN, sdk.unknownValue);
  });

  it("reveals what a secret holds at any depth and leaves everything else as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(reveal({ a: [secret(value)] }), { a: [value] });
        assert.deepEqual(reveal(value), value);
        assert.equal(containsSecret({ a: [secret(value)] }), true);
        assert.equal(containsSecret(value), false);
      }),
    );
  });

  it("calls values the same whatever the order of their keys and whether they are secret", () => {
    assert.equal(sameValue({ a: 1, b: [2] }, { b: [secret(2)], a: 1 }), true);
    assert.equal(sameValue({ a: 1 }, { a: 2 }), false);
    assert.equal(sameValue(undefined, ""), false);
    assert.equal(sameValue("known", UNKNOWN), false);
  });

  it("finds the texts in secrets and no others", () => {
    const value = {
      plain: "p",
      one: secret("s1"),
      map: secret({ a: "s2", n: 3 }),
      list: ["q", secret("s3")],
    };
    assert.deepEqual(secretTexts(value), ["s1", "s2", "s3"]);
  });

  it("finds an unknown inside lists, maps and secrets", () => {
    assert.equal(containsUnknown({ a: [secret({ b: UNKNOWN })] }), true);
    assert.equal(containsUnknown({ a: ["known"] }), false);
  });
});
