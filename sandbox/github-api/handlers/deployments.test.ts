import assert from "node:assert/strict";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("deployments", (trial) => {
  it("are of a commit, carry what they are told, and are listed the newest first", async () => {
    const at = await trial.repository("deployed");
    const made = await trial.alice.repos.createDeployment({
      ...{ ...at, ref: "main", environment: "production", task: "promote", description: "week 48" },
      ...{ payload: { digest: "sha256:…" }, required_contexts: [], auto_merge: false },
      production_environment: true,
    });
    assert.ok(made.status === 201);
    const { data: main } = await trial.alice.repos.getBranch({ ...at, branch: "main" });
    assert.equal(made.data.sha, main.commit.sha);
    await trial.alice.repos.createDeployment({ ...at, ref: main.commit.sha, environment: "staging" });
    const all = (await trial.alice.repos.listDeployments(at)).data;
    assert.deepEqual(
      all.map(({ environment }) => environment),
      ["staging", "production"],
    );
    const asked = { ...at, environment: "production", task: "promote" };
    const [one, ...more] = (await trial.alice.repos.listDeployments(asked)).data;
    assert.deepEqual([one?.payload, one?.description, more], [{ digest: "sha256:…" }, "week 48", []]);
  });

  it("that succeed end those before them in the environment, and in no other", async () => {
    const at = await trial.repository("succeeded");
    const deploy = async (environment: string) => {
      const { data } = await trial.alice.repos.createDeployment({ ...at, ref: "main", environment });
      assert.ok("id" in data);
      await trial.alice.repos.createDeploymentStatus({ ...at, deployment_id: data.id, state: "success" });
      return data.id;
    };
    const statesOf = async (deployment_id: number) =>
      (await trial.alice.repos.listDeploymentStatuses({ ...at, deployment_id })).data.map(
        ({ state }) => state,
      );
    const [staging, first, second] = [
      await deploy("staging"),
      await deploy("production"),
      await deploy("production"),
    ];
    assert.deepEqual(await statesOf(staging), ["success"]);
    assert.deepEqual(await statesOf(first), ["inactive", "success"]);
    assert.deepEqual(await statesOf(second), ["success"]);
  });

  it("are of nothing that isn't there, and made by nobody who may not", async () => {
    const at = await trial.repository("refused");
    assert.equal((await refusal(trial.alice.repos.createDeployment({ ...at, ref: "nowhere" }))).status, 422);
    assert.equal(
      (await refusal(trial.as(tokens.reader).repos.createDeployment({ ...at, ref: "main" }))).status,
      403,
    );
    assert.equal((await refusal(trial.alice.repos.getDeployment({ ...at, deployment_id: 1 }))).status, 404);
  });
});
