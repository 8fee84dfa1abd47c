import assert from "node:assert/strict";
import { PlatformError } from "../errors";
import { parseRegistryHost, registryHostFault } from ".";

describe("a registry's host", () => {
  for (const host of [
    "ghcr.io",
    "127.0.0.1:18481",
    "localhost",
    "localhost:5000",
    "registry:5000",
    "a-b.example.org:65535",
    "[::1]:5000",
    "[::ffff:127.0.0.1]",
  ]) {
    it(`may be ${host}`, () => {
      assert.equal(parseRegistryHost("registry", host), host);
    });
  }

  it("has its capitals lowered", () => {
    assert.equal(parseRegistryHost("registry", "GHCR.io"), "ghcr.io");
  });

  for (const [host, why] of [
    ["", "is empty"],
    ["registry", "is a folder of Docker Hub to Docker's clients"],
    ["https://ghcr.io", "has a scheme"],
    ["ghcr.io/", "has a path"],
    ["ghcr.io:", "has no port after its colon"],
    ["ghcr.io:0", "has port 0"],
    ["ghcr.io:65536", "has a port beyond 65535"],
    ["ghcr.io:080", "has a port with a leading zero"],
    ["user@ghcr.io", "has a user"],
    ["ghcr..io", "has an empty label"],
    ["-ghcr.io", "starts with a hyphen"],
    ["ghcr-.io", "has a label that ends in a hyphen"],
    ["ghcr.io.", "ends in a dot"],
    ["256.1.1.1", "looks like an address and is none"],
    ["::1", "is an address without brackets"],
    ["[::1", "has one bracket"],
    ["[1::2::3]", "is no address"],
    ["ghcr.io\n", "has a line break"],
    ["gh_cr.io", "has an underscore"],
    [`${"a.".repeat(127)}io`, "is longer than 255 characters"],
  ] as const) {
    it(`is refused where it ${why}`, () => {
      assert.equal(registryHostFault("registry", host)?.code, "invalid-registry");
      assert.throws(() => parseRegistryHost("registry", host), PlatformError);
    });
  }
});
