/** What holds of every kind of name, by the grammars of the specifications themselves. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError, type Fault } from "../errors";
import {
  digestFault,
  formatImageReference,
  imageNameFault,
  imageReferenceFault,
  ownerFault,
  parseDigest,
  parseImageName,
  parseImageReference,
  parseOwnerLogin,
  parsePlatform,
  parseRegistryHost,
  parseRepositoryFullName,
  parseRepositoryName,
  parseServiceName,
  parseTag,
  platformFault,
  registryHostFault,
  repositoryFullNameFault,
  repositoryNameFault,
  serviceNameFault,
  tagFault,
} from ".";

/** OCI distribution specification 1.1, copied from "Pulling manifests". */
const ociName = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const ociTag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** OCI image specification 1.1, descriptor.md: a digest's grammar, and what is registered for sha256. */
const ociDigest = /^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const sha256 = /^sha256:[a-f0-9]{64}$/;

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Texts near the border of some grammar, and anything at all. */
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."aZ09._-/:@+ é\n\u212a"), maxLength: 10 }),
  fc.string({ unit: fc.constantFrom("ghcr.io", "linux", "amd64", "/", ":", "@", digest, "a"), maxLength: 6 }),
  fc.tuple(fc.constantFrom("a", "a-", "a."), fc.nat(300)).map(([unit, times]) => unit.repeat(times)),
  fc.string({ unit: "binary" }),
);

/** Texts a little shorter and longer than the most that is allowed. */
const around = (most: number, start = "") =>
  fc.integer({ min: most - 3, max: most + 3 }).map((length) => start.padEnd(length, "a"));

interface Kind {
  readonly parse: (where: string, text: string) => string;
  readonly fault: (where: string, text: string) => Fault | undefined;
  readonly accepted: string;
}

const parseReference = (where: string, text: string) =>
  formatImageReference(parseImageReference(where, text));

const kinds: Readonly<Record<string, Kind>> = {
  digest: { parse: parseDigest, fault: digestFault, accepted: digest },
  tag: { parse: parseTag, fault: tagFault, accepted: "1.2.3" },
  "image name": { parse: parseImageName, fault: imageNameFault, accepted: "ghcr.io/a/b" },
  "image reference": { parse: parseReference, fault: imageReferenceFault, accepted: "ghcr.io/a/b:1" },
  owner: { parse: parseOwnerLogin, fault: ownerFault, accepted: "Albeorla" },
  platform: { parse: parsePlatform, fault: platformFault, accepted: "linux/arm64/v8" },
  registry: { parse: parseRegistryHost, fault: registryHostFault, accepted: "GHCR.io" },
  repository: { parse: parseRepositoryName, fault: repositoryNameFault, accepted: "ghcr-platform" },
  "full name": { parse: parseRepositoryFullName, fault: repositoryFullNameFault, accepted: "a/b.c" },
  service: { parse: parseServiceName, fault: serviceNameFault, accepted: "hello-python" },
};

describe("a name of any kind", () => {
  for (const [kind, { parse, fault, accepted }] of Object.entries(kinds)) {
    it(`is either parsed or refused with one fault that says where, what and how to mend it: ${kind}`, () => {
      assert.equal(fault("here", accepted), undefined);
      fc.assert(
        fc.property(fc.oneof(anyText, fc.constant(accepted)), (text) => {
          const found = fault("here", text);
          if (found === undefined) {
            assert.doesNotThrow(() => parse("here", text));
            return;
          }
          assert.throws(
            () => parse("here", text),
            (error: unknown) => {
              assert.ok(error instanceof PlatformError, String(error));
              assert.deepEqual(error.faults, [found]);
              return true;
            },
          );
          assert.equal(found.where, "here");
          assert.equal(found.got, text);
          assert.match(found.code, /^invalid-[a-z-]+$/);
          assert.match(found.problem, /^must be .*[^.]$/);
          assert.match(found.fix, /^[a-z].*[^.]$/);
        }),
        { numRuns: 300 },
      );
    });

    it(`means the same when its parsed form is parsed again: ${kind}`, () => {
      fc.assert(
        fc.property(fc.oneof(anyText, fc.constant(accepted)), (text) => {
          if (fault("here", text) !== undefined) return;
          const once = parse("here", text);
          assert.equal(parse("here", once), once);
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe("what the OCI specifications allow", () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
  const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

  it("is a tag, and nothing else is", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, around(128), fc.stringMatching(/^[\w.-]{1,9}$/)), (text) => {
        assert.equal(tagFault("tag", text) === undefined, ociTag.test(text));
      }),
    );
  });

  it("is a digest where it is sha256's", () => {
    const hex = fc.stringMatching(/^sha(256|512):[0-9a-fA-F]{63,65}$/);
    fc.assert(
      fc.property(fc.oneof(anyText, hex, fc.stringMatching(sha256)), (text) => {
        assert.equal(digestFault("digest", text) === undefined, sha256.test(text));
        assert.ok(digestFault("digest", text) !== undefined || ociDigest.test(text));
      }),
    );
  });

  it("is an image's name behind its registry's host, and nothing else is", () => {
    const near = fc.string({ unit: fc.constantFrom(..."a0A._-/"), maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom("ghcr.io", "127.0.0.1:18481"), fc.oneof(path, near), (host, name) => {
        assert.equal(imageNameFault("name", `${host}/${name}`) === undefined, ociName.test(name), name);
      }),
      { numRuns: 1000 },
    );
  });

  it("is every image's name that is accepted, with a host in front, in 255 characters", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, around(255, "ghcr.io/")), (text) => {
        if (imageNameFault("name", text) !== undefined) return;
        assert.ok(text.length <= 255);
        assert.match(text.slice(text.indexOf("/") + 1), ociName);
      }),
    );
  });
});
