import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import { collisions, imageName, parseServiceName, serviceName, serviceNameFault } from ".";

/** OCI distribution specification 1.1, copied from "Pulling manifests", of which a service's name is one part. */
const ociPathComponent = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;

/** Spellings near real ones, and anything at all. */
const spelling = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "Z", "7", "_", ".", "-", " ", "/", "é", "\u212a"), maxLength: 12 }),
  fc.string({ unit: "binary" }),
);

describe("a service's name", () => {
  for (const [spelt, meant] of [
    ["hello-python", "hello-python"],
    ["hello_python", "hello-python"],
    ["hello__python", "hello-python"],
    ["hello.python", "hello-python"],
    ["Hello Python", "hello-python"],
    [" todost ", "todost"],
    ["a - b_.c", "a-b-c"],
    ["7", "7"],
    ["a".repeat(100), "a".repeat(100)],
  ] as const) {
    it(`of the spelling ${JSON.stringify(spelt.slice(0, 20))} is ${meant.slice(0, 20)}`, () => {
      assert.equal(serviceName(spelt), meant);
    });
  }

  for (const ambiguous of [
    "",
    " ",
    "-",
    "-todost",
    "todost-",
    "_todost",
    "todost.",
    "team/todost",
    "tödost",
    "todost\n",
    "to\tdost",
    "to\u00a0dost",
    "\u212aelvin",
    "\u0130stanbul",
    "a".repeat(101),
  ]) {
    it(`is refused where it has no one meaning: ${JSON.stringify(ambiguous.slice(0, 20))}`, () => {
      assert.throws(
        () => serviceName(ambiguous, "here"),
        (error: unknown) =>
          error instanceof PlatformError &&
          error.code === "invalid-service-name" &&
          error.faults[0]?.where === "here" &&
          error.faults[0].got === ambiguous,
      );
    });
  }

  it("is proposed where a declaration spells it freely, and only then", () => {
    assert.equal(serviceNameFault("name", "Hello_Python")?.fix, 'write "hello-python"');
    assert.equal(serviceNameFault("name", "/")?.fix, "choose another name");
    assert.throws(() => parseServiceName("name", "Hello_Python"), PlatformError);
    assert.equal(parseServiceName("name", "hello-python"), "hello-python");
  });

  it("is the same after a second normalisation, a part that OCI allows, and fit for an image's name", () => {
    fc.assert(
      fc.property(spelling, (text) => {
        let name: string;
        try {
          name = serviceName(text);
        } catch (error) {
          assert.ok(error instanceof PlatformError);
          return;
        }
        assert.equal(serviceName(name), name);
        assert.equal(serviceNameFault("name", name), undefined);
        assert.match(name, ociPathComponent);
        const image = imageName({ registry: "ghcr.io", owner: "o".repeat(39), service: name });
        assert.equal(image, `ghcr.io/${"o".repeat(39)}/${name}`);
      }),
    );
  });

  it("keeps its letters and digits, in their order", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019"), minLength: 1, maxLength: 6 });
    const separator = fc.string({ unit: fc.constantFrom("_", ".", "-", " "), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(word, fc.array(fc.tuple(separator, word), { maxLength: 4 }), (first, rest) => {
        const name = serviceName(first + rest.flat().join(""));
        assert.equal(name, [first, ...rest.map(([, each]) => each)].join("-").toLowerCase());
      }),
    );
  });
});

describe("names that collide", () => {
  it("are found in groups, in the order given, exact repetitions among them", () => {
    assert.deepEqual(collisions(["b", "to_dost", "a", "ToDost", "to-dost", "A", "b"]), [
      ["b", "b"],
      ["to_dost", "to-dost"],
      ["a", "A"],
    ]);
  });

  it("are none where all names differ, and none of nothing", () => {
    assert.deepEqual(collisions(["hello-python", "todost"]), []);
    assert.deepEqual(collisions([]), []);
  });

  it("are names of one service, and all of them", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "A", "_", "-"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (names) => {
        const meant = names.flatMap((each) => {
          try {
            return [[each, serviceName(each)] as const];
          } catch {
            return [];
          }
        });
        const groups = collisions(names);
        for (const [each, service] of meant) {
          const all = meant.filter(([, other]) => other === service).map(([spelt]) => spelt);
          const found = groups.filter((group) => group.includes(each));
          assert.deepEqual(found, all.length > 1 ? [all] : []);
        }
      }),
    );
  });
});
