import assert from "node:assert/strict";
import type { EnvironmentDeclaration } from "../core/fleet";
import { DeploymentEnvironments } from "./deployment-environments";
import { serviceOf } from "./testing/declarations";
import { declare, valueOf } from "./testing/mocks";

const declared = (environments: Readonly<Record<string, EnvironmentDeclaration>>) =>
  declare(
    () =>
      new DeploymentEnvironments("todost-environments", {
        repository: "shop",
        environments: serviceOf({ name: "todost", environments }).environments,
      }),
  );

const inputsOf = async (environment: EnvironmentDeclaration) =>
  (await declared({ live: environment })).get("RepositoryEnvironment", "todost-environments-live").inputs;

describe("deployment environments", () => {
  it("are each an environment with a resource for every pattern and variable", async () => {
    const program = await declared({
      staging: { variables: { LOG_LEVEL: "debug" } },
      production: { refs: { branches: ["main", "release/*"], tags: ["v*"] } },
    });
    assert.deepEqual(program.tree(), [
      "DeploymentEnvironments todost-environments",
      "  RepositoryEnvironment todost-environments-production",
      "  RepositoryEnvironmentDeploymentPolicy todost-environments-production-branch-main",
      "  RepositoryEnvironmentDeploymentPolicy todost-environments-production-branch-release/*",
      "  RepositoryEnvironmentDeploymentPolicy todost-environments-production-tag-v*",
      "  RepositoryEnvironment todost-environments-staging",
      "  ActionsEnvironmentVariable todost-environments-staging-LOG_LEVEL",
    ]);
  });

  it("are none where none is declared", async () => {
    const program = await declared({});
    assert.deepEqual(program.tree(), ["DeploymentEnvironments todost-environments"]);
    assert.deepEqual(await valueOf(program.result.githubNames), {});
  });

  it("ask for no protection that costs a plan unless it is declared, and let nobody pass by", async () => {
    assert.deepEqual(await inputsOf({}), {
      repository: "shop",
      environment: "todost-live",
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: true, customBranchPolicies: false },
    });
  });

  it("let every ref deploy and administrators pass by only where that is declared", async () => {
    assert.deepEqual(await inputsOf({ refs: "all", adminsBypass: true }), {
      repository: "shop",
      environment: "todost-live",
      canAdminsBypass: true,
    });
  });

  it("ask for the declared reviewers, none of whom started the deployment, and for the wait", async () => {
    const { reviewers, preventSelfReview, waitTimer } = await inputsOf({
      reviewers: { users: [1, 2], teams: [3] },
      waitMinutes: 30,
    });
    assert.deepEqual(
      { reviewers, preventSelfReview, waitTimer },
      { reviewers: [{ users: [1, 2], teams: [3] }], preventSelfReview: true, waitTimer: 30 },
    );
    const lenient = await inputsOf({ reviewers: { users: [1] }, selfReview: true });
    assert.equal(lenient["preventSelfReview"], false);
  });

  it("are deployed to from the declared branches and tags alone, never from both kinds of rule", async () => {
    const program = await declared({ live: { refs: { branches: ["main"], tags: ["v*"] } } });
    assert.deepEqual(
      program.get("RepositoryEnvironment", "todost-environments-live").inputs["deploymentBranchPolicy"],
      { protectedBranches: false, customBranchPolicies: true },
    );
    const [branch, tag] = program.all("RepositoryEnvironmentDeploymentPolicy").map(({ inputs }) => inputs);
    assert.deepEqual(branch, { repository: "shop", environment: "todost-live", branchPattern: "main" });
    assert.deepEqual(tag, { repository: "shop", environment: "todost-live", tagPattern: "v*" });
  });

  it("hold their variables", async () => {
    const program = await declared({ live: { variables: { LOG_LEVEL: "info" } } });
    assert.deepEqual(program.get("ActionsEnvironmentVariable", "todost-environments-live-LOG_LEVEL").inputs, {
      repository: "shop",
      environment: "todost-live",
      variableName: "LOG_LEVEL",
      value: "info",
    });
  });

  it("come before what is set in them", async () => {
    const program = await declared({
      live: { refs: { branches: ["main"] }, variables: { LOG_LEVEL: "info" } },
    });
    const environment = program.get("RepositoryEnvironment", "todost-environments-live");
    for (const later of [
      ...program.all("RepositoryEnvironmentDeploymentPolicy"),
      ...program.all("ActionsEnvironmentVariable"),
    ]) {
      assert.ok(program.comesBefore(environment, later), later.name);
    }
  });

  it("say their names on GitHub, to the program and in the state", async () => {
    const program = await declared({ staging: {}, production: {} });
    const names = { staging: "todost-staging", production: "todost-production" };
    assert.deepEqual(await valueOf(program.result.githubNames), names);
    assert.deepEqual(program.outputsOf(program.get("DeploymentEnvironments", "todost-environments")), {
      githubNames: names,
    });
  });
});
