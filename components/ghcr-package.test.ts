import assert from "node:assert/strict";
import { GhcrPackage } from "./ghcr-package";
import { serviceOf } from "./testing/declarations";
import { declare, valueOf } from "./testing/mocks";

const service = serviceOf({ name: "todost", visibility: "public", retention: { keepBuilds: 3 } });
const declared = () => declare(() => new GhcrPackage("todost-package", { owner: "Octo-Cat", service }));

describe("a declared package", () => {
  it("creates nothing: GitHub makes it with the first push", async () => {
    assert.deepEqual((await declared()).tree(), ["GhcrPackage todost-package"]);
  });

  it("is named as the registry names it, in lower case", async () => {
    assert.equal(await valueOf((await declared()).result.packageName), "octo-cat/todost");
  });

  it("keeps in the state what it is to be compared with", async () => {
    const program = await declared();
    assert.deepEqual(program.outputsOf(program.get("GhcrPackage", "todost-package")), {
      packageName: "octo-cat/todost",
      visibility: "public",
      retention: { keepBuilds: 3, pullRequestDays: 7, developmentDays: 14, untaggedDays: 7 },
    });
  });
});
