import assert from "node:assert/strict";
import type { OwnRulesDeclaration } from "../core/fleet";
import { RepositoryAutomation } from "./repository-automation";
import { SourceRepository } from "./source-repository";
import { repositoryOf } from "./testing/declarations";
import { declare } from "./testing/mocks";

const declared = (ownRules: OwnRulesDeclaration) =>
  declare(() => {
    const plan = repositoryOf({ name: "shop", existing: true, ownRules });
    const repository = new SourceRepository("shop", { repository: plan });
    return new RepositoryAutomation("shop-automation", { repository, plan, workflows: [], after: [] });
  });

describe("rules that a repository brought along", () => {
  it("take the place of the platform's, with a resource each", async () => {
    const program = await declared({
      rulesets: [{ name: "main" }],
      protections: [{ pattern: "release/*" }],
    });
    assert.deepEqual(
      program.tree().filter((line) => /Rule|Protection/.test(line)),
      [
        "  OwnBranchRules shop-automation-rules",
        "    BranchProtection shop-automation-rules-protection-release/*",
        "    RepositoryRuleset shop-automation-rules-ruleset-main",
      ],
    );
  });

  it("are nothing at all where none is declared", async () => {
    const program = await declared({});
    assert.deepEqual(
      program.tree().filter((line) => /Ruleset|Protection/.test(line)),
      [],
    );
  });

  it("say of a ruleset what is declared, in the provider's words", async () => {
    const program = await declared({
      rulesets: [
        {
          name: "main",
          include: ["refs/heads/main"],
          bypass: [{ type: "Team", id: 7, mode: "pull_request" }],
          forbids: ["force-push", "unsigned-commits"],
          pullRequest: { requiredReviews: 2, conversations: true },
          checks: { required: [{ name: "build" }, { name: "lint", app: 15368 }] },
        },
      ],
    });
    const { repository: _, ...inputs } = program.get(
      "RepositoryRuleset",
      "shop-automation-rules-ruleset-main",
    ).inputs;
    assert.deepEqual(inputs, {
      name: "main",
      target: "branch",
      enforcement: "active",
      bypassActors: [{ actorType: "Team", actorId: 7, bypassMode: "pull_request" }],
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
      rules: {
        nonFastForward: true,
        requiredSignatures: true,
        pullRequest: {
          requiredApprovingReviewCount: 2,
          requireCodeOwnerReview: false,
          dismissStaleReviewsOnPush: false,
          requireLastPushApproval: false,
          requiredReviewThreadResolution: true,
        },
        requiredStatusChecks: {
          strictRequiredStatusChecksPolicy: false,
          requiredChecks: [{ context: "build" }, { context: "lint", integrationId: 15368 }],
        },
      },
    });
  });

  it("say of classic protection what is declared, by the repository's global id", async () => {
    const program = await declared({
      protections: [
        { pattern: "main", reviews: { dismissStale: true }, checks: { required: ["build"] }, admins: true },
      ],
    });
    const { inputs } = program.get("BranchProtection", "shop-automation-rules-protection-main");
    assert.deepEqual(
      [inputs["pattern"], inputs["enforceAdmins"], inputs["lockBranch"], inputs["requiredStatusChecks"]],
      ["main", true, false, [{ strict: false, contexts: ["build"] }]],
    );
    assert.deepEqual(inputs["requiredPullRequestReviews"], [
      {
        requiredApprovingReviewCount: 1,
        requireCodeOwnerReviews: false,
        dismissStaleReviews: true,
        requireLastPushApproval: false,
      },
    ]);
    assert.notEqual(inputs["repositoryId"], "shop");
  });
});
