import assert from "node:assert/strict";
import { refusal, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("Actions variables", (trial) => {
  it("are made once, changed, listed and deleted", async () => {
    const at = await trial.repository("variables");
    await trial.alice.actions.createRepoVariable({ ...at, name: "region", value: "eu" });
    const again = await refusal(
      trial.alice.actions.createRepoVariable({ ...at, name: "REGION", value: "us" }),
    );
    assert.deepEqual(again, { status: 409, message: "Variable already exists" });
    await trial.alice.actions.updateRepoVariable({ ...at, name: "REGION", value: "us" });
    const { data } = await trial.alice.actions.listRepoVariables(at);
    assert.deepEqual(
      data.variables.map(({ name, value }) => [name, value]),
      [["REGION", "us"]],
    );
    await trial.alice.actions.deleteRepoVariable({ ...at, name: "REGION" });
    assert.equal((await refusal(trial.alice.actions.getRepoVariable({ ...at, name: "REGION" }))).status, 404);
  });

  it("of an environment are apart from the repository's", async () => {
    const at = await trial.repository("environment-variables");
    const environment_name = "staging";
    await trial.alice.repos.createOrUpdateEnvironment({ ...at, environment_name });
    await trial.alice.actions.createRepoVariable({ ...at, name: "STAGE", value: "none" });
    await trial.alice.actions.createEnvironmentVariable({
      ...at,
      environment_name,
      name: "STAGE",
      value: "staging",
    });
    const of = { ...at, environment_name, name: "STAGE" };
    assert.equal((await trial.alice.actions.getEnvironmentVariable(of)).data.value, "staging");
    assert.equal((await trial.alice.actions.getRepoVariable({ ...at, name: "STAGE" })).data.value, "none");
    const nowhere = { ...at, environment_name: "nowhere", name: "X", value: "1" };
    assert.equal((await refusal(trial.alice.actions.createEnvironmentVariable(nowhere))).status, 404);
  });

  it("are refused without a name or a value, by name of what is missing", async () => {
    const at = await trial.repository("incomplete");
    const answer = await trial.fetch(`/repos/acme/${at.repo}/actions/variables`, {
      method: "POST",
      body: "{}",
    });
    const body = (await answer.json()) as { message: string; errors: { field: string; code: string }[] };
    assert.equal(answer.status, 422);
    assert.equal(body.message, "Validation Failed");
    assert.deepEqual(
      body.errors.map(({ field, code }) => [field, code]),
      [
        ["name", "missing_field"],
        ["value", "missing_field"],
      ],
    );
  });
});
