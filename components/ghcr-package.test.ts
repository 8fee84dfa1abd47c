import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { defaultPolicy } from "../core/retention";
import { GhcrPackage } from "./ghcr-package";
import { serviceOf } from "./testing/declarations";
import { declare, valueOf } from "./testing/mocks";

const service = serviceOf({
  name: "todost",
  visibility: "public",
  retention: { keepBuilds: 3 },
  environments: { staging: {}, production: {} },
});
const declared = () =>
  declare(
    () =>
      new GhcrPackage("todost-package", { owner: "Octo-Cat", service, repository: pulumi.output("tools") }),
  );

describe("a declared package", () => {
  it("is what is compared and the policy; GitHub makes the package with the first push", async () => {
    assert.deepEqual((await declared()).tree(), [
      "GhcrPackage todost-package",
      "  Retention todost-package-retention",
      "  Package todost-package-visibility",
    ]);
  });

  it("is named as the registry names it, in lower case", async () => {
    assert.equal(await valueOf((await declared()).result.packageName), "octo-cat/todost");
  });

  it("is compared with the declared visibility and the repository that it is built from", async () => {
    const program = await declared();
    assert.deepEqual(program.get("Package", "todost-package-visibility").inputs, {
      owner: "Octo-Cat",
      name: "todost",
      visibility: "public",
      repository: "Octo-Cat/tools",
    });
  });

  it("has the fleet's policy with what the service declares, its environments' tags protected", async () => {
    const program = await declared();
    const { owner, name, policy } = program.get("Retention", "todost-package-retention").inputs;
    assert.deepEqual([owner, name], ["Octo-Cat", "todost"]);
    const { rules, environments } = defaultPolicy({
      keepBuilds: 3,
      environments: ["staging", "production"],
    });
    const shown = policy as { rules: unknown; environments: unknown };
    assert.deepEqual(shown.rules, rules);
    assert.deepEqual(shown.environments, environments);
  });
});
