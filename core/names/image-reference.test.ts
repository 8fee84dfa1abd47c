import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError, type Fault } from "../errors";
import {
  digestFault,
  formatImageReference,
  imageName,
  imageNameFault,
  imageNameParts,
  imageReferenceFault,
  isDigest,
  isTag,
  parseDigest,
  parseImageName,
  parseImageReference,
  parseTag,
  tagFault,
} from ".";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

function faultsOf(run: () => unknown): readonly Fault[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.faults;
  }
  return assert.fail("nothing was found wrong");
}

describe("an image's name", () => {
  it("is the registry's host, the owner's login in lower case and the service's name", () => {
    assert.equal(
      imageName({ registry: "ghcr.io", owner: "albeorla", service: "hello-python" }),
      "ghcr.io/albeorla/hello-python",
    );
    assert.equal(
      imageName({ registry: "127.0.0.1:18481", owner: "AlbeOrla", service: "todost" }),
      "127.0.0.1:18481/albeorla/todost",
    );
  });

  it("is refused with the faults of all its parts at once", () => {
    const faults = faultsOf(() => imageName({ registry: "https://x", owner: "-", service: "a_b" }));
    assert.deepEqual(
      faults.map(({ code, where }) => [code, where]),
      [
        ["invalid-registry", "registry"],
        ["invalid-owner", "owner"],
        ["invalid-service-name", "service"],
      ],
    );
  });

  it("has 255 characters at most, its registry's host among them", () => {
    const parts = { owner: "o".repeat(39), service: "s".repeat(100) };
    const host = (length: number) => `${"a".repeat(60)}.`.repeat(2).slice(0, length - 3) + ".io";
    assert.equal(imageName({ ...parts, registry: host(114) }).length, 255);
    assert.equal(faultsOf(() => imageName({ ...parts, registry: host(115) }))[0]?.code, "invalid-image-name");
  });

  it("may be any that a registry takes, in lower case, and comes apart into host and the rest", () => {
    for (const name of ["docker.io/library/python", "ghcr.io/a/b_c/d__e", "ghcr.io/a", "h:1/a--b.c"]) {
      const slash = name.indexOf("/");
      assert.deepEqual(imageNameParts(parseImageName("name", name)), {
        registry: name.slice(0, slash),
        repository: name.slice(slash + 1),
      });
    }
    for (const name of [
      "",
      "/",
      "python",
      "library/python",
      "ghcr.io",
      "ghcr.io/",
      "/a/b",
      "ghcr.io//a",
      "ghcr.io/a/",
      "ghcr.io/A/b",
      "GHCR.io/a/b",
      "ghcr.io/a/___b",
      "ghcr.io/a/-b",
      "ghcr.io/a/b:1",
      "ghcr.io/a/b\n",
    ]) {
      assert.equal(imageNameFault("name", name)?.code, "invalid-image-name", name);
    }
  });
});

describe("a digest and a tag", () => {
  it("are what the OCI specifications' grammars say", () => {
    assert.ok(isDigest(digest) && isTag("_") && isTag("A.b-c_1") && isTag("x".repeat(128)));
    assert.equal(parseDigest("digest", digest), digest);
    assert.equal(parseTag("tag", "1.2.3"), "1.2.3");
    for (const text of [
      "",
      digest.slice(7),
      digest.toUpperCase(),
      `${digest}0`,
      digest.slice(0, -1),
      `${digest}\n`,
    ]) {
      assert.equal(digestFault("digest", text)?.code, "invalid-digest", text);
      assert.throws(() => parseDigest("digest", text), PlatformError);
    }
    for (const text of ["", ".a", "-a", "a+b", "a/b", "a b", "é", "a\n", "x".repeat(129)]) {
      assert.equal(tagFault("tag", text)?.code, "invalid-tag", text);
      assert.throws(() => parseTag("tag", text), PlatformError);
    }
  });
});

describe("an image's reference", () => {
  it("has a name and may have a tag, a digest or both", () => {
    const name = "127.0.0.1:18481/albeorla/hello-python";
    const parts = { name, registry: "127.0.0.1:18481", repository: "albeorla/hello-python" };
    const none = { tag: undefined, digest: undefined };
    for (const [text, rest] of [
      [name, none],
      [`${name}:1.2.3`, { ...none, tag: "1.2.3" }],
      [`${name}@${digest}`, { ...none, digest }],
      [`${name}:1.2.3@${digest}`, { tag: "1.2.3", digest }],
    ] as const) {
      assert.deepEqual(parseImageReference("reference", text), { ...parts, ...rest });
    }
  });

  for (const text of [
    "",
    ":latest",
    "python:3.12",
    "albeorla/hello-python",
    "ghcr.io/a/b:",
    "ghcr.io/a/b@",
    "ghcr.io/a/b:1:2",
    `ghcr.io/a/b@${digest}:1`,
    `ghcr.io/a/b@${digest}@${digest}`,
    "ghcr.io/a/b@sha256:0",
    "https://ghcr.io/a/b",
    "ghcr.io/a/b ",
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(imageReferenceFault("reference", text)?.code, "invalid-image-reference");
      assert.throws(() => parseImageReference("reference", text), PlatformError);
    });
  }

  it("is read back as it was written", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
    const name = fc
      .tuple(
        fc.constantFrom("ghcr.io", "127.0.0.1:18481", "[::1]:5000"),
        fc.array(component, { minLength: 1, maxLength: 4 }),
      )
      .map(([host, path]) => parseImageName("name", [host, ...path].join("/")));
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/).map((text) => parseTag("tag", text));
    const anyDigest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/).map((text) => parseDigest("digest", text));
    const optional = { nil: undefined };
    fc.assert(
      fc.property(name, fc.option(tag, optional), fc.option(anyDigest, optional), (...parts) => {
        const reference = { name: parts[0], tag: parts[1], digest: parts[2] };
        const text = formatImageReference(reference);
        assert.deepEqual(parseImageReference("reference", text), {
          ...reference,
          ...imageNameParts(parts[0]),
        });
      }),
    );
  });

  it("is either taken apart or refused, whatever the text", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", ".", "/", ":", "@", "1", "-", digest),
      maxLength: 10,
    });
    fc.assert(
      fc.property(text, (any) => {
        if (imageReferenceFault("reference", any) === undefined) {
          assert.equal(formatImageReference(parseImageReference("reference", any)), any);
        } else {
          assert.throws(() => parseImageReference("reference", any), PlatformError);
        }
      }),
    );
  });
});
