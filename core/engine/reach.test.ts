import assert from "node:assert/strict";
import fc from "fast-check";
import { reachOf, type ServiceFolder } from "./index";

const services: readonly ServiceFolder[] = [{ name: "todost-web", path: "apps/web" }];

describe("what a change reaches", () => {
  it("is the service whose folder holds the file, and no namesake", () => {
    assert.deepEqual(reachOf(["services/todost/src/main.ts"], services), ["todost"]);
    assert.deepEqual(reachOf(["apps/web/Dockerfile"], services), ["todost-web"]);
  });

  it("is a service that is new, or gone: one side of the comparison has it", () => {
    assert.deepEqual(reachOf(["services/retired/service.ts"], []), ["retired"]);
  });

  it("is the service of a declaration whose source lies elsewhere", () => {
    assert.deepEqual(reachOf(["services/todost-web/service.ts", "services/billing/service.ts"], services), [
      "billing",
      "todost-web",
    ]);
  });

  it("is everything where the program, its packages or its configuration change, or a file is nobody's", () => {
    for (const file of [
      "index.ts",
      "core/tags/decide.ts",
      "components/published-image.ts",
      "provider/server.ts",
      "cli/main.ts",
      "clients/git.ts",
      "services/defaults.ts",
      "services/platform.ts",
      "services/index.ts",
      "package-lock.json",
      "Pulumi.yaml",
      "Pulumi.prod.yaml",
      "tsconfig.json",
      "unheard/of.txt",
    ]) {
      assert.equal(reachOf(["services/todost/src/main.ts", file], services), "everything", file);
    }
  });

  it("is nothing where only docs and tests change", () => {
    assert.deepEqual(
      reachOf(["docs/tags.md", "README.md", "core/tags/move.test.ts", "tests/run.ts"], services),
      [],
    );
  });

  it("is everything for a service that is the whole repository", () => {
    const whole = [{ name: "shop", path: "." }];
    assert.deepEqual(reachOf(["docs/anything.md"], whole), ["shop"]);
  });

  it("only grows with every further file", () => {
    const file = fc.oneof(
      fc.constantFrom(
        "index.ts",
        "docs/a.md",
        "services/todost/x",
        "services/billing/service.ts",
        "apps/web/y",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(file), file, (files, more) => {
        const [before, after] = [reachOf(files, services), reachOf([...files, more], services)];
        if (after === "everything") return;
        assert.notEqual(before, "everything");
        for (const name of before) assert.ok(after.includes(name));
      }),
    );
  });
});
