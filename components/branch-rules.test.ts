import assert from "node:assert/strict";
import type { BranchRulesDeclaration } from "../core/fleet";
import { gate, job, run, type Check } from "../core/workflow";
import { BranchRules } from "./branch-rules";
import { repositoryOf } from "./testing/declarations";
import { declare, valueOf } from "./testing/mocks";

const checkCalled = (name: string): Check =>
  gate({
    name,
    runsOn: "ubuntu-24.04",
    jobs: [
      job({
        id: "test",
        name: "test",
        purpose: "Tests.",
        runsOn: "ubuntu-24.04",
        permissions: {},
        timeoutMinutes: 1,
        steps: [run({ name: "test", script: "true" })],
      }),
    ],
  }).check;

const declared = (rules: BranchRulesDeclaration = {}, checks: readonly Check[] = []) =>
  declare(
    () =>
      new BranchRules("shop-rules", {
        repository: "shop",
        rules: repositoryOf({ name: "shop", rules }).rules,
        checks,
      }),
  );

const branchRules = async (...args: Parameters<typeof declared>) =>
  (await declared(...args)).get("RepositoryRuleset", "shop-rules-default-branch").inputs["rules"] as Record<
    string,
    unknown
  >;

describe("branch rules", () => {
  it("are a ruleset for the default branch and one for release tags", async () => {
    assert.deepEqual((await declared()).tree(), [
      "BranchRules shop-rules",
      "  RepositoryRuleset shop-rules-default-branch",
      "  RepositoryRuleset shop-rules-release-tags",
    ]);
  });

  it("change the default branch by reviewed pull requests in a straight line only", async () => {
    const { rules, ...frame } = (await declared()).get(
      "RepositoryRuleset",
      "shop-rules-default-branch",
    ).inputs;
    assert.deepEqual(frame, {
      repository: "shop",
      name: "default branch",
      target: "branch",
      enforcement: "active",
      bypassActors: [{ actorType: "RepositoryRole", actorId: 5, bypassMode: "always" }],
      conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
    });
    assert.deepEqual(rules, {
      deletion: true,
      nonFastForward: true,
      requiredLinearHistory: true,
      pullRequest: {
        requiredApprovingReviewCount: 1,
        requireCodeOwnerReview: false,
        dismissStaleReviewsOnPush: true,
        requireLastPushApproval: true,
      },
    });
  });

  it("let a release tag neither move nor go", async () => {
    const { target, enforcement, conditions, rules } = (await declared()).get(
      "RepositoryRuleset",
      "shop-rules-release-tags",
    ).inputs;
    assert.deepEqual(
      { target, enforcement, conditions, rules },
      {
        target: "tag",
        enforcement: "active",
        conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
        rules: { deletion: true, nonFastForward: true, update: true },
      },
    );
  });

  it("require the checks by their gates' names, from GitHub Actions and no other app", async () => {
    const rules = await branchRules({}, [checkCalled("images published"), checkCalled("preview made")]);
    assert.deepEqual(rules["requiredStatusChecks"], {
      strictRequiredStatusChecksPolicy: true,
      requiredChecks: [
        { context: "images published", integrationId: 15368 },
        { context: "preview made", integrationId: 15368 },
      ],
    });
  });

  it("are as strict as declared", async () => {
    const rules = await branchRules({ requiredReviews: 2, codeOwners: true, upToDate: false }, [
      checkCalled("images published"),
    ]);
    const { requiredApprovingReviewCount, requireCodeOwnerReview } = rules["pullRequest"] as Record<
      string,
      unknown
    >;
    assert.deepEqual([requiredApprovingReviewCount, requireCodeOwnerReview], [2, true]);
    const { strictRequiredStatusChecksPolicy } = rules["requiredStatusChecks"] as Record<string, unknown>;
    assert.equal(strictRequiredStatusChecksPolicy, false);
  });

  it("ask for no approval of the last push where they ask for no review, which nobody could give", async () => {
    const { requireLastPushApproval } = (await branchRules({ requiredReviews: 0 }))["pullRequest"] as Record<
      string,
      unknown
    >;
    assert.equal(requireLastPushApproval, false);
  });

  it("let the declared identities pass, by both rulesets, and nobody else", async () => {
    const bypass = [{ type: "Integration", id: 42 } as const];
    for (const { name, inputs } of (await declared({ bypass })).all("RepositoryRuleset")) {
      assert.deepEqual(
        inputs["bypassActors"],
        [{ actorType: "Integration", actorId: 42, bypassMode: "always" }],
        name,
      );
    }
  });

  it("say the rulesets' ids, to the program and in the state", async () => {
    const program = await declared();
    const rulesetIds = ["shop-rules-default-branch-id", "shop-rules-release-tags-id"];
    assert.deepEqual(await valueOf(program.result.rulesetIds), rulesetIds);
    assert.deepEqual(program.outputsOf(program.get("BranchRules", "shop-rules")), { rulesetIds });
  });
});
