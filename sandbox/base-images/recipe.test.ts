import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES, dockerfile, recipeHash, recipes } from "./recipe";

describe("the base images' recipes", () => {
  it("pin the same Node as package-lock.json, by the same integrity", () => {
    const lock = JSON.parse(readFileSync(join(__dirname, "../../package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    for (const architecture of ARCHITECTURES) {
      const pinned = recipes.node.node?.[architecture];
      assert.ok(pinned);
      const { version, integrity } = lock.packages[`node_modules/${pinned.name}`] ?? {};
      assert.deepEqual([pinned.version, pinned.integrity], [version, integrity]);
    }
  });

  it("have a hash that every part of them is in", () => {
    const recipe = recipes.python;
    const others = [
      { ...recipe, packages: recipe.packages.slice(1) },
      { ...recipe, omitted: [] },
      { ...recipe, links: {} },
      { ...recipe, tag: "other" },
      { ...recipe, environment: {} },
      recipes.node,
    ];
    const hashes = [recipe, ...others].map(recipeHash);
    assert.equal(new Set(hashes).size, hashes.length);
    assert.equal(recipeHash(structuredClone(recipe)), recipeHash(recipe));
    assert.match(recipeHash(recipe), /^[0-9a-f]{16}$/);
  });

  it("become a Dockerfile that runs nothing, has no root and takes its architecture from the build", () => {
    assert.equal(
      dockerfile(recipes.python),
      `FROM scratch
ARG TARGETARCH
ADD \${TARGETARCH}.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENV LANG=C.UTF-8
USER 65532:65532
`,
    );
  });
});
