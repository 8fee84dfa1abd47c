import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJson } from "./json";

describe("parseJson", () => {
  it("reads any JSON from text and from bytes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(parseJson(text), JSON.parse(text));
        assert.deepEqual(parseJson(Buffer.from(text)), JSON.parse(text));
      }),
    );
  });

  it("has nothing to say of what is no JSON", () => {
    for (const text of ["", "{", "\uFEFF{}", "<html>"]) {
      assert.equal(parseJson(text), undefined);
      assert.equal(parseJson(Buffer.from(text)), undefined);
    }
  });
});
