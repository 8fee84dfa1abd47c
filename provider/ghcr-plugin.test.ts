import assert from "node:assert/strict";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { FILE_SET_TYPE, PACKAGE_TYPE, RETENTION_TYPE, USAGE_FUNCTION, VERSION } from "./description";
import { startProvider, token, urnOf, type ProviderTrial } from "./testing/provider-trial";
import { secret, UNKNOWN } from "./wire";

const inputs = { owner: "albeorla", name: "todost", visibility: "private" };

describe("the ghcr plugin", () => {
  let trial: ProviderTrial;
  afterEach(() => trial.end());

  it("takes secrets, supports previews and says its version", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    const configured = await trial.client.configure();
    assert.deepEqual([configured.getAcceptsecrets(), configured.getSupportspreview()], [true, true]);
    const version = await new Promise((resolve) =>
      trial.client.raw.getPluginInfo(new Empty(), (_error, info) => resolve(info.getVersion())),
    );
    assert.equal(version, VERSION);
  });

  it("documents every property that it serves", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    const text = await new Promise<string>((resolve) =>
      trial.client.raw.getSchema(new proto.GetSchemaRequest(), (_error, answer) =>
        resolve(answer.getSchema()),
      ),
    );
    const schema = JSON.parse(text) as {
      resources: Record<string, { properties: Record<string, { description?: string }> }>;
      functions: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(schema.resources), [PACKAGE_TYPE, FILE_SET_TYPE, RETENTION_TYPE]);
    assert.deepEqual(Object.keys(schema.functions), [USAGE_FUNCTION]);
    for (const { properties } of Object.values(schema.resources))
      for (const [name, { description }] of Object.entries(properties)) assert.ok(description, name);
  });

  it("makes a token a secret, repeats none, and refuses addresses that are none", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    const { failures } = await trial.client.checkConfig({
      githubUrl: "github",
      registry: "http://ghcr.io",
      token: 7,
      githubAppKey: 7,
      writeDelayMs: "soon",
    });
    assert.deepEqual(Object.keys(failures).sort(), [
      "githubAppKey",
      "githubUrl",
      "registry",
      "token",
      "writeDelayMs",
    ]);
    for (const secretKey of ["token", "githubAppKey"])
      assert.ok(!JSON.stringify(failures[secretKey]).includes("7"));
    const unknown = { githubUrl: UNKNOWN, token: secret(UNKNOWN) };
    assert.deepEqual(await trial.client.checkConfig(unknown), { inputs: unknown, failures: {} });
    for (const key of ["token", "githubToken", "githubAppKey"]) {
      const plain = await trial.client.checkConfig({ [key]: "given-in-plain" });
      assert.deepEqual(plain.inputs, { [key]: secret("given-in-plain") });
    }
  });

  it("is updated by another configuration, and not by a token that is the same", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    const config = { registry: "ghcr.io", token: secret("one-token") };
    const same = await trial.client.diffConfig(config, { ...config, token: secret("one-token") });
    assert.deepEqual(same, { changed: [], replaces: [] });
    const other = await trial.client.diffConfig(config, { ...config, token: secret("another") });
    assert.deepEqual(other, { changed: ["token"], replaces: [] });
  });

  it("asks nothing as long as its token is not known yet", async () => {
    trial = await startProvider(PACKAGE_TYPE, {}, { token: secret(UNKNOWN) });
    await trial.client.create(inputs, true);
    assert.deepEqual(trial.github.journal, []);
    assert.match(trial.said().join(), /no token that may read packages/);
  });

  it("refuses other resources and functions by name", async () => {
    trial = await startProvider("ghcr:index:Image");
    const urn = urnOf("ghcr:index:Image");
    await assert.rejects(
      trial.client.check({}, urn),
      /resource ghcr:index:Image is not in the ghcr provider/,
    );
    await assert.rejects(
      trial.client.invoke("ghcr:index:delete", {}),
      /function ghcr:index:delete is not in/,
    );
  });

  it("waits for nothing any more once it is cancelled", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    trial.github.faults.push({
      on: /packages/,
      times: Infinity,
      status: 429,
      headers: { "retry-after": "50" },
    });
    const created = trial.client.create(inputs);
    while (trial.github.journal.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await trial.client.cancel();
    assert.deepEqual((await created).properties, inputs);
    assert.match(trial.said().join(), /asks to wait 50 s/);
  });

  it("goes on without a package that asks for more patience than a minute", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    trial.github.faults.push({
      on: /packages/,
      times: Infinity,
      status: 429,
      headers: { "retry-after": "3000" },
    });
    await trial.client.create(inputs, true);
    assert.match(trial.said().join(), /asks to wait 3000 s/);
    assert.equal(trial.github.journal.length, 1);
    assert.ok(!trial.said().join().includes(token));
  });
});
