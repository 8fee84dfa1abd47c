import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import { isKnownPlatform, knownPlatforms, parsePlatform, platformFault, platformOf, platformParts } from ".";

describe("a platform", () => {
  it("is os/architecture, and a variant where that says more", () => {
    for (const text of [
      ...knownPlatforms,
      "linux/arm/v6",
      "linux/386",
      "windows/amd64",
      "linux/arm64/v8.1",
    ]) {
      assert.equal(parsePlatform("platform", text), text);
    }
  });

  it("has one spelling, whoever wrote it", () => {
    assert.equal(parsePlatform("platform", "linux/arm64/v8"), "linux/arm64");
    assert.equal(parsePlatform("platform", "linux/amd64/v1"), "linux/amd64");
    assert.equal(parsePlatform("platform", "linux/arm"), "linux/arm/v7");
    assert.equal(platformOf({ os: "linux", architecture: "arm64", variant: "v8" }), "linux/arm64");
    assert.equal(platformOf({ os: "linux", architecture: "amd64", variant: "" }), "linux/amd64");
  });

  it("is not what an attestation's entry in an index says", () => {
    assert.equal(platformOf({ os: "unknown", architecture: "unknown" }), undefined);
    for (const text of ["unknown/unknown", "unknown/amd64", "linux/unknown"]) {
      assert.throws(() => parsePlatform("platform", text), PlatformError);
    }
  });

  it("is refused where it isn't of that form, with the likely one proposed", () => {
    for (const text of ["", "linux", "/amd64", "linux/", "linux/arm/v7/x", "Linux/AMD64", "linux/x86_64\n"]) {
      assert.equal(platformFault("platforms", text)?.code, "invalid-platform", text);
    }
    assert.equal(platformFault("platforms", "x86_64")?.fix, "write it like linux/amd64");
    assert.equal(
      platformFault("platforms", "Linux/aarch64 ")?.fix,
      "write it like linux/amd64 or linux/arm64",
    );
    assert.equal(
      platformFault("platforms", "linux/AARCH_64")?.fix,
      "write it like linux/amd64 or linux/arm64",
    );
    assert.equal(platformFault("platforms", "Linux/ARM64")?.fix, "write it like linux/arm64");
  });

  it("is known where services are built for it", () => {
    assert.ok(isKnownPlatform("linux/arm64"));
    assert.ok(!isKnownPlatform("linux/arm64/v8"));
    assert.ok(!isKnownPlatform("windows/amd64"));
  });

  it("comes apart into what is put together again, and reading it twice changes nothing", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/).filter((text) => text !== "unknown");
    const variant = fc.option(fc.stringMatching(/^v[0-9](\.[0-9])?$/), { nil: undefined });
    fc.assert(
      fc.property(part, fc.oneof(part, fc.constantFrom("amd64", "arm64", "arm")), variant, (...parts) => {
        const [os, architecture] = parts;
        const platform = platformOf({ os, architecture, variant: parts[2] });
        assert.ok(platform !== undefined);
        assert.equal(parsePlatform("platform", platform), platform);
        assert.equal(platformOf(platformParts(platform)), platform);
      }),
    );
  });
});
