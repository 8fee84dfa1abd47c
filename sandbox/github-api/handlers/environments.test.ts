import assert from "node:assert/strict";
import { refusal, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("environments", (trial) => {
  it("hold what protects them, and lose what an update leaves out", async () => {
    const at = await trial.repository("protected");
    const { data: alice } = await trial.alice.users.getAuthenticated();
    const environment_name = "production/eu";
    await trial.alice.repos.createOrUpdateEnvironment({
      ...at,
      environment_name,
      wait_timer: 5,
      prevent_self_review: true,
      reviewers: [{ type: "User", id: alice.id }],
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
    const { data } = await trial.alice.repos.getEnvironment({ ...at, environment_name });
    assert.deepEqual(
      data.protection_rules?.map(({ type }) => type),
      ["wait_timer", "required_reviewers", "branch_policy"],
    );
    await trial.alice.repos.createOrUpdateEnvironment({ ...at, environment_name });
    const after = (await trial.alice.repos.getEnvironment({ ...at, environment_name })).data;
    assert.deepEqual([after.protection_rules, after.deployment_branch_policy], [[], null]);
    assert.equal(after.id, data.id);
  });

  it("take the Terraform provider's can_admins_bypass, and give it back", async () => {
    const at = await trial.repository("bypass");
    const path = `/repos/acme/${at.repo}/environments/production`;
    const body = JSON.stringify({ wait_timer: 0, reviewers: null, can_admins_bypass: false });
    assert.equal((await trial.fetch(path, { method: "PUT", body })).status, 200);
    const read = (await (await trial.fetch(path)).json()) as { can_admins_bypass: boolean };
    assert.equal(read.can_admins_bypass, false);
  });

  it("list the branches and tags that may deploy, once custom ones are allowed", async () => {
    const at = await trial.repository("policies");
    const of = { ...at, environment_name: "staging" };
    await trial.alice.repos.createOrUpdateEnvironment(of);
    assert.equal(
      (await refusal(trial.alice.repos.createDeploymentBranchPolicy({ ...of, name: "main" }))).status,
      404,
    );
    const deployment_branch_policy = { protected_branches: false, custom_branch_policies: true };
    await trial.alice.repos.createOrUpdateEnvironment({ ...of, deployment_branch_policy });
    const branch = await trial.alice.repos.createDeploymentBranchPolicy({ ...of, name: "main" });
    await trial.alice.repos.createDeploymentBranchPolicy({ ...of, name: "v*", type: "tag" });
    const { data } = await trial.alice.repos.listDeploymentBranchPolicies(of);
    assert.deepEqual(
      data.branch_policies.map(({ name, type }) => [name, type]),
      [
        ["main", "branch"],
        ["v*", "tag"],
      ],
    );
    const policy = { ...of, branch_policy_id: branch.data.id ?? 0 };
    await trial.alice.repos.updateDeploymentBranchPolicy({ ...policy, name: "release/*" });
    assert.equal((await trial.alice.repos.getDeploymentBranchPolicy(policy)).data.name, "release/*");
    await trial.alice.repos.deleteDeploymentBranchPolicy(policy);
    assert.equal((await refusal(trial.alice.repos.getDeploymentBranchPolicy(policy))).status, 404);
  });

  it("forget the custom branches when they are not custom any more", async () => {
    const at = await trial.repository("forgetful");
    const of = { ...at, environment_name: "staging" };
    const custom = { protected_branches: false, custom_branch_policies: true };
    await trial.alice.repos.createOrUpdateEnvironment({ ...of, deployment_branch_policy: custom });
    await trial.alice.repos.createDeploymentBranchPolicy({ ...of, name: "main" });
    await trial.alice.repos.createOrUpdateEnvironment({ ...of, deployment_branch_policy: null });
    assert.equal((await trial.alice.repos.listDeploymentBranchPolicies(of)).data.total_count, 0);
  });

  it("refuse what GitHub refuses: both kinds of branches, nobody as reviewer, seven reviewers", async () => {
    const at = await trial.repository("refusing");
    const of = { ...at, environment_name: "staging" };
    const both = { protected_branches: true, custom_branch_policies: true };
    const calls = [
      trial.alice.repos.createOrUpdateEnvironment({ ...of, deployment_branch_policy: both }),
      trial.alice.repos.createOrUpdateEnvironment({ ...of, reviewers: [{ type: "User", id: 1 }] }),
      trial.alice.repos.createOrUpdateEnvironment({
        ...of,
        reviewers: Array(7).fill({ type: "Team", id: 1 }),
      }),
    ];
    for (const call of calls) assert.equal((await refusal(call)).status, 422);
    assert.equal((await trial.alice.repos.getAllEnvironments(at)).data.total_count, 0);
  });

  it("may be reviewed by a team", async () => {
    const at = await trial.repository("team-reviewed");
    const { data: team } = await trial.alice.teams.getByName({ org: "acme", team_slug: "platform" });
    const of = { ...at, environment_name: "staging" };
    const { data } = await trial.alice.repos.createOrUpdateEnvironment({
      ...of,
      reviewers: [{ type: "Team", id: team.id }],
    });
    assert.match(JSON.stringify(data.protection_rules), /"slug":"platform"/);
  });
});
