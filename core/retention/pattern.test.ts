import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePattern, patternFault } from "./pattern";

const matches = (pattern: string, tag: string): boolean => parsePattern(pattern).matches(tag);

describe("patterns of tags", () => {
  it("match whole tags", () => {
    const cases: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
      ["nightly", ["nightly"], ["nightly-1", "x-nightly", "Nightly", ""]],
      ["nightly-*", ["nightly-", "nightly-1", "nightly-1-2"], ["nightly", "x-nightly-1"]],
      ["*-rc.*", ["1.0.0-rc.1", "-rc."], ["1.0.0-rc1", "rc.1"]],
      ["v?.?", ["v1.2", "v..x".replace("x", "y")], ["v1.22", "v.2"]],
      ["a[0-9]b[!x-z]", ["a5bq", "a0b-"], ["axbq", "a5bx", "a5b"]],
      ["[-._]*", ["-1", "._"], ["1-"]],
      ["**a**", ["a", "xax"], ["x", ""]],
    ];
    for (const [pattern, yes, no] of cases) {
      for (const tag of yes) assert.ok(matches(pattern, tag), `${pattern} ${tag}`);
      for (const tag of no) assert.ok(!matches(pattern, tag), `${pattern} ${tag}`);
    }
  });

  it("match what the same regular expression matches", () => {
    const pattern = fc.array(fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]"), {
      minLength: 1,
      maxLength: 6,
    });
    const tag = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 }).map((each) => each.join(""));
    fc.assert(
      fc.property(pattern, tag, (parts, text) => {
        const source = parts
          .map((part) => (part === "*" ? ".*" : part === "?" ? "." : part.replace("[!", "[^")))
          .join("");
        assert.equal(matches(parts.join(""), text), new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("take steps that grow with pattern times tag, however many runs there are", () => {
    let steps = 0;
    const tag = new Proxy(Object("a".repeat(128)) as object, {
      get: (target, key) => {
        steps++;
        return Reflect.get(target, key) as unknown;
      },
    }) as unknown as string;
    assert.ok(!matches(`${"*a".repeat(60)}*b`, tag));
    assert.ok(steps < 128 * 122 * 4, `${steps} steps`);
  });

  it("are read or refused, whatever they are", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (patternFault(text) !== undefined) assert.throws(() => parsePattern(text));
        else parsePattern(text).matches("1.0.0");
      }),
    );
  });
});
