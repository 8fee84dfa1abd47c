import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { baseImages } from ".";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("the base images of a Dockerfile", () => {
  it("are what its stages are built upon, with the digest that pins them", () => {
    const text = [
      "# FROM commented/out",
      "ARG VERSION=24",
      `ARG BASE_IMAGE="gcr.io/distroless/nodejs\${VERSION}:nonroot@${digest}"`,
      "FROM --platform=$BUILDPLATFORM golang:1.26 AS Build",
      "ARG VERSION=99",
      "FROM scratch AS empty",
      "FROM build AS tested",
      "FROM \\",
      "  ${BASE_IMAGE}",
      "COPY --from=build /app /app",
      "COPY --from=0 /app /app",
      "COPY --chmod=755 --from=busybox:1.37 /bin/sh /bin/sh",
    ].join("\n");
    assert.deepEqual(baseImages(text, {}), [
      { name: "golang:1.26", digest: undefined },
      { name: "gcr.io/distroless/nodejs24:nonroot", digest },
      { name: "busybox:1.37", digest: undefined },
    ]);
  });

  it("are those of the build's arguments where it is given any", () => {
    const text = "ARG BASE_IMAGE=other\nARG NONE\nFROM $BASE_IMAGE\nFROM ${NONE:-fallback}\nFROM $NONE";
    assert.deepEqual(baseImages(text, { BASE_IMAGE: `registry.test/base@${digest}` }), [
      { name: "registry.test/base", digest },
      { name: "fallback", digest: undefined },
    ]);
  });

  it("are pinned in the services of this repository", () => {
    for (const service of ["hello-python", "todost"]) {
      const file = join(__dirname, "..", "..", "services", service, "Dockerfile");
      const [base, ...others] = baseImages(readFileSync(file, "utf8"), {});
      assert.ok(base?.digest !== undefined && others.length === 0, service);
    }
  });
});
