import assert from "node:assert/strict";
import { refusal, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("Actions permissions", (trial) => {
  it("allow everything until told otherwise, and a token that reads", async () => {
    const at = await trial.repository("open-actions");
    const { data } = await trial.alice.actions.getGithubActionsPermissionsRepository(at);
    assert.deepEqual(data, { enabled: true, allowed_actions: "all", sha_pinning_required: false });
    const workflow = await trial.alice.actions.getGithubActionsDefaultWorkflowPermissionsRepository(at);
    assert.deepEqual(workflow.data, {
      default_workflow_permissions: "read",
      can_approve_pull_request_reviews: false,
    });
  });

  it("list the allowed actions only while selected ones are allowed", async () => {
    const at = await trial.repository("selected-actions");
    const selected = { github_owned_allowed: true, verified_allowed: false, patterns_allowed: ["docker/*"] };
    assert.equal(
      (await refusal(trial.alice.actions.setAllowedActionsRepository({ ...at, ...selected }))).status,
      409,
    );
    await trial.alice.actions.setGithubActionsPermissionsRepository({
      ...at,
      enabled: true,
      allowed_actions: "selected",
      sha_pinning_required: true,
    });
    await trial.alice.actions.setAllowedActionsRepository({ ...at, ...selected });
    assert.deepEqual((await trial.alice.actions.getAllowedActionsRepository(at)).data, selected);
    const { data } = await trial.alice.actions.getGithubActionsPermissionsRepository(at);
    assert.equal(data.sha_pinning_required, true);
    assert.match(data.selected_actions_url ?? "", /selected-actions$/);
  });

  it("refuse a level that there is none of", async () => {
    const at = await trial.repository("levels");
    const path = `/repos/acme/${at.repo}/actions/permissions/workflow`;
    const body = JSON.stringify({ default_workflow_permissions: "admin" });
    assert.equal((await trial.fetch(path, { method: "PUT", body })).status, 422);
  });
});
