import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PlatformError } from "../core/errors";
import { resolveFleet, type Service } from "../core/fleet";
import { readStackConfig } from "./stack-config";
import { serviceOf } from "./testing/declarations";
import { declare, plainText, secret, valueOf } from "./testing/mocks";

const fleet = resolveFleet({
  platform: { name: "ghcr-platform" },
  services: [
    {
      where: "services/todost/service.ts",
      declaration: {
        name: "todost",
        secrets: ["API_KEY"],
        environments: { production: { secrets: ["DATABASE_KEY"] } },
      },
    },
  ],
});
const [todost] = fleet.services as readonly [Service];
const secrets = { todost: { API_KEY: "hunter2-api", "production/DATABASE_KEY": "hunter2-database" } };

/** Reads the configuration of a stack whose owner is albeorla; keys without their namespace. */
const read = (values: Readonly<Record<string, string>>) => readWith(values, () => readStackConfig(fleet));

/** What it stops with, and what it had declared until then. */
const refuse = (values: Readonly<Record<string, string>>) =>
  readWith(values, (): unknown => {
    try {
      return readStackConfig(fleet);
    } catch (error) {
      return error;
    }
  });

function readWith<T>(values: Readonly<Record<string, string>>, program: () => T, preview = false) {
  const config = { owner: "albeorla", secrets: JSON.stringify(secrets), ...values };
  return declare(program, {
    preview,
    config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`ghcr-platform:${key}`, value])),
    secretKeys: ["secrets", "githubToken", "githubAppKey", "registryPassword"].map(
      (key) => `ghcr-platform:${key}`,
    ),
  });
}

describe("the stack's configuration", () => {
  const tokenBefore = process.env["GITHUB_TOKEN"];
  afterEach(() => {
    if (tokenBefore === undefined) delete process.env["GITHUB_TOKEN"];
    else process.env["GITHUB_TOKEN"] = tokenBefore;
  });

  it("declares the one provider of all that is on GitHub, as slow as GitHub asks for", async () => {
    const program = await read({});
    assert.deepEqual(program.tree(), ["ghcr ghcr", "github github"]);
    assert.deepEqual(program.get("github", "github").inputs, {
      owner: "albeorla",
      baseUrl: "https://api.github.com/",
      writeDelayMs: "1000",
      retryDelayMs: "1000",
      parallelRequests: "false",
    });
  });

  it("gives the provider the stack's token as a secret", async () => {
    const program = await read({ githubToken: "hunter2-token" });
    assert.deepEqual(program.get("github", "github").inputs["token"], secret("hunter2-token"));
  });

  it("keeps a token of the environment out of the provider's inputs, and so out of the state", async () => {
    process.env["GITHUB_TOKEN"] = "hunter2-environment";
    const program = await read({});
    assert.ok(!("token" in program.get("github", "github").inputs));
  });

  it("declares the one provider of all packages, with the token that may read them as a secret", async () => {
    assert.deepEqual((await read({})).get("ghcr", "ghcr").inputs, {
      githubUrl: "https://api.github.com/",
      registry: "ghcr.io",
      writeDelayMs: 1000,
    });
    const ofGitHub = await read({ githubToken: "hunter2-token" });
    assert.deepEqual(ofGitHub.get("ghcr", "ghcr").inputs["token"], secret("hunter2-token"));
    // Also beside a token for GitHub: that one may be fine-grained, and those read no packages.
    const registry = { registryUsername: "octocat", registryPassword: "hunter2-password" };
    const ofBoth = await read({ githubToken: "hunter2-token", ...registry });
    assert.deepEqual(ofBoth.get("ghcr", "ghcr").inputs["token"], secret("hunter2-password"));
    // And files are written with that one all the same.
    assert.deepEqual(ofBoth.get("ghcr", "ghcr").inputs["githubToken"], secret("hunter2-token"));
  });

  it("signs in as a GitHub App where the stack names one, its key a secret", async () => {
    const program = await read({
      githubAppId: "1",
      githubAppInstallationId: "2",
      githubAppKey: "hunter2-key",
    });
    const { inputs } = program.get("github", "github");
    assert.deepEqual(
      inputs["appAuth"],
      secret(JSON.stringify({ id: "1", installationId: "2", pemFile: "hunter2-key" })),
    );
    assert.doesNotMatch(plainText(inputs), /hunter2/);
    const files = program.get("ghcr", "ghcr").inputs;
    assert.deepEqual([files["githubAppId"], files["githubAppInstallationId"]], ["1", "2"]);
    assert.deepEqual(files["githubAppKey"], secret("hunter2-key"));
    assert.doesNotMatch(plainText(files), /hunter2/);
  });

  it("hands each service the values of its own secrets, and each of them as a secret", async () => {
    const { secretsOf } = (await read({})).result;
    const values = secretsOf(todost);
    assert.deepEqual(Object.keys(values), ["API_KEY", "production/DATABASE_KEY"]);
    for (const [key, output] of Object.entries(values)) {
      assert.equal(await pulumi.isSecret(output), true, key);
    }
    assert.deepEqual(await Promise.all(Object.values(values).map(valueOf)), [
      "hunter2-api",
      "hunter2-database",
    ]);
    assert.deepEqual(secretsOf(serviceOf({ name: "other" })), {});
  });

  it("has credentials for the registry where the stack names them, the password a secret", async () => {
    const { credentials } = (await read({ registryUsername: "ada", registryPassword: "hunter2" })).result;
    assert.equal(credentials?.username, "ada");
    assert.equal(credentials !== undefined && (await pulumi.isSecret(credentials.password)), true);
    assert.equal((await read({})).result.credentials, undefined);
  });

  it("keeps in a preview to the services that it was told, and refuses that in an update", async () => {
    process.env["GHCR_ONLY_SERVICES"] = "pager,other";
    try {
      const preview = await readWith({}, () => readStackConfig(fleet), true);
      assert.deepEqual(preview.result.fleet.services, []);
      const { result } = await refuse({});
      assert.ok(result instanceof PlatformError, String(result));
      assert.deepEqual(
        result.faults.map(({ code }) => code),
        ["partial-update"],
      );
    } finally {
      delete process.env["GHCR_ONLY_SERVICES"];
    }
  });

  it("updates a part on a stack that ends with its run, and only where GitHub is on this machine", async () => {
    Object.assign(process.env, { GHCR_ONLY_SERVICES: "other", GHCR_THROWAWAY_STACK: "true" });
    try {
      const { result } = await read({ githubUrl: "http://127.0.0.1:18480/" });
      assert.deepEqual(result.fleet.services, []);
      for (const githubUrl of ["https://api.github.com/", "http://127.0.0.1.example.org/"]) {
        const { result: refused } = await refuse({ githubUrl });
        assert.equal((refused as PlatformError).code, "partial-update", githubUrl);
      }
    } finally {
      for (const name of ["GHCR_ONLY_SERVICES", "GHCR_THROWAWAY_STACK"]) delete process.env[name];
    }
  });

  it("names every declared secret without a value at once, before anything is declared", async () => {
    const program = await refuse({ secrets: "{}" });
    assert.ok(program.result instanceof PlatformError, String(program.result));
    assert.deepEqual(
      program.result.faults.map(({ code }) => code),
      ["missing-secret", "missing-secret"],
    );
    assert.deepEqual(program.tree(), []);
  });
});
