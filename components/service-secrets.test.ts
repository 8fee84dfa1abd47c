import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DeploymentEnvironments } from "./deployment-environments";
import { ServiceSecrets, type SecretValues } from "./service-secrets";
import { serviceOf } from "./testing/declarations";
import { declare, plainText, secret, valueOf } from "./testing/mocks";

const service = serviceOf({
  name: "todost",
  secrets: ["API_KEY"],
  variables: { GREETING: "Hello" },
  environments: { staging: {}, production: { secrets: ["DATABASE_KEY"] } },
});

const values = (): SecretValues => ({
  API_KEY: pulumi.secret("hunter2-api"),
  "production/DATABASE_KEY": pulumi.secret("hunter2-database"),
});

const declared = (secretValues: () => SecretValues = values) =>
  declare(() => {
    const environments = new DeploymentEnvironments("todost-environments", {
      repository: "shop",
      environments: service.environments,
    });
    return new ServiceSecrets("todost-secrets", {
      repository: "shop",
      service,
      environments: environments.githubNames,
      values: secretValues(),
    });
  });

describe("a service's secrets", () => {
  it("are its secrets and variables, and the secrets of its environments", async () => {
    const program = await declared();
    assert.deepEqual(program.tree().slice(-4), [
      "ServiceSecrets todost-secrets",
      "  ActionsSecret todost-secrets-API_KEY",
      "  ActionsVariable todost-secrets-GREETING",
      "  ActionsEnvironmentSecret todost-secrets-production-DATABASE_KEY",
    ]);
  });

  it("carry their values as secrets, each its own", async () => {
    const program = await declared();
    assert.deepEqual(program.get("ActionsSecret", "todost-secrets-API_KEY").inputs, {
      repository: "shop",
      secretName: "API_KEY",
      value: secret("hunter2-api"),
    });
    assert.deepEqual(
      program.get("ActionsEnvironmentSecret", "todost-secrets-production-DATABASE_KEY").inputs,
      {
        repository: "shop",
        environment: "todost-production",
        secretName: "DATABASE_KEY",
        value: secret("hunter2-database"),
      },
    );
    assert.deepEqual(program.get("ActionsVariable", "todost-secrets-GREETING").inputs, {
      repository: "shop",
      variableName: "GREETING",
      value: "Hello",
    });
  });

  it("leave no value in the clear, in any input or output", async () => {
    const program = await declared();
    for (const each of program.registrations) {
      assert.doesNotMatch(plainText([each.inputs, program.outputsOf(each)]), /hunter2/, each.name);
    }
  });

  it("wait for the environment that they belong to", async () => {
    const program = await declared();
    const environment = program.get("RepositoryEnvironment", "todost-environments-production");
    const [own] = program.all("ActionsSecret");
    const [ofEnvironment] = program.all("ActionsEnvironmentSecret");
    assert.ok(own !== undefined && ofEnvironment !== undefined);
    assert.ok(program.comesBefore(environment, ofEnvironment));
    assert.ok(!program.comesBefore(environment, own));
  });

  it("say which are set, to the program and in the state", async () => {
    const program = await declared();
    const names = ["API_KEY", "production/DATABASE_KEY"];
    assert.deepEqual(await valueOf(program.result.secretNames), names);
    assert.deepEqual(program.outputsOf(program.get("ServiceSecrets", "todost-secrets")), {
      secretNames: names,
    });
  });

  it("stop a program that has no value for one, which is a defect of the program", async () => {
    await assert.rejects(
      declared(() => ({ API_KEY: pulumi.secret("hunter2-api") })),
      /no value for the secret production\/DATABASE_KEY/,
    );
  });
});
