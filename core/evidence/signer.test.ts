import assert from "node:assert/strict";
import { workflowSigner } from ".";

describe("who signs a repository's images", () => {
  const { identity } = workflowSigner({ owner: "albeorla", name: "billing.api", defaultBranch: "main" });
  const workflow = "https://github.com/albeorla/billing.api/.github/workflows/container-publish.yml";

  it("is its publishing workflow on the default branch and on releases", () => {
    for (const ref of ["refs/heads/main", "refs/tags/v1.2.3"])
      assert.match(`${workflow}@${ref}`, new RegExp(identity));
  });

  it("is nobody else, and not that workflow as a pull request or another branch has it", () => {
    for (const other of [
      `${workflow}@refs/heads/main2`,
      `${workflow}@refs/heads/evil`,
      `${workflow}@refs/pull/12/merge`,
      `${workflow}@refs/tags/vandal`,
      `https://example.com/${workflow}@refs/heads/main`,
      `${workflow.replace("billing.api", "billing-api")}@refs/heads/main`,
      `${workflow.replace("container-publish", "other")}@refs/heads/main`,
    ])
      assert.doesNotMatch(other, new RegExp(identity));
  });
});
