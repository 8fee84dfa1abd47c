import assert from "node:assert/strict";
import fc from "fast-check";
import { refPattern } from "./applying";

function matches(pattern: string, ref: string): boolean {
  return refPattern(pattern).test(ref);
}

describe("a ruleset's pattern", () => {
  it("has stars that end at a slash, and double stars that don't", () => {
    assert.ok(matches("refs/heads/release/*", "refs/heads/release/1"));
    assert.ok(!matches("refs/heads/release/*", "refs/heads/release/1/2"));
    assert.ok(!matches("refs/heads/*", "refs/heads/release/1"));
    assert.ok(matches("refs/heads/**/*", "refs/heads/release/1/2"));
    assert.ok(matches("refs/heads/**/*", "refs/heads/main"));
  });

  it("takes dots and brackets as they are meant", () => {
    assert.ok(matches("refs/tags/v1.*", "refs/tags/v1.2"));
    assert.ok(!matches("refs/tags/v1.*", "refs/tags/v1x2"));
    assert.ok(matches("refs/tags/v[0-9]*", "refs/tags/v1.2"));
    assert.ok(!matches("refs/tags/v[!0-9]*", "refs/tags/v1.2"));
    assert.ok(matches("refs/heads/a?c", "refs/heads/abc"));
  });

  it("is of either kind without refs/", () => {
    assert.ok(matches("main", "refs/heads/main"));
    assert.ok(!matches("main", "refs/heads/main2"));
  });

  it("without wildcards matches itself and nothing else", () => {
    const name = fc.stringMatching(/^[a-z0-9.+()^$|-]+$/);
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.equal(matches(`refs/heads/${one}`, `refs/heads/${other}`), one === other);
        assert.ok(matches(`refs/heads/${one}`, `refs/heads/${one}`));
      }),
    );
  });
});
