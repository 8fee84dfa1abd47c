import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seal } from "tweetnacl-sealedbox-js";
import { refusal, withAndWithoutEtags } from "../trial";

function sealed(value: string, key: string): string {
  const box = seal(new Uint8Array(Buffer.from(value)), new Uint8Array(Buffer.from(key, "base64")));
  return Buffer.from(box).toString("base64");
}

withAndWithoutEtags("Actions secrets", (trial) => {
  const opened = async (): Promise<Record<string, string | null>> =>
    (await (await trial.fetch("/_sandbox/secrets")).json()) as Record<string, string | null>;

  it("come sealed for the repository's key, 201 when new and 204 when changed", async () => {
    const at = await trial.repository("sealed");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const put = { ...at, secret_name: "TOKEN", key_id: key.key_id };
    const first = await trial.alice.actions.createOrUpdateRepoSecret({
      ...put,
      encrypted_value: sealed("one", key.key),
    });
    const second = await trial.alice.actions.createOrUpdateRepoSecret({
      ...put,
      encrypted_value: sealed("two", key.key),
    });
    assert.deepEqual([first.status, second.status], [201, 204]);
    assert.deepEqual(
      (await trial.alice.actions.listRepoSecrets(at)).data.secrets.map(({ name }) => name),
      ["TOKEN"],
    );
    assert.ok(Object.values(await opened()).includes("two"));
  });

  it("are on no disk and in no journal in plain text, sealed or not", async () => {
    const at = await trial.repository("nowhere");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const value = `plain-${process.pid}`;
    const put = { ...at, key_id: key.key_id };
    await trial.alice.actions.createOrUpdateRepoSecret({
      ...put,
      secret_name: "A",
      encrypted_value: sealed(value, key.key),
    });
    for (const name of ["journal.jsonl", "requests.jsonl"]) {
      assert.equal(readFileSync(join(trial.dataDir, name), "utf8").includes(value), false, name);
    }
    const unsealed = Buffer.from(value).toString("base64");
    await trial.alice.actions.createOrUpdateRepoSecret({
      ...put,
      secret_name: "B",
      encrypted_value: unsealed,
    });
    assert.equal(JSON.stringify(trial.github.journal()).includes(unsealed), false);
  });

  it("are kept even where they are no sealed box", async () => {
    const at = await trial.repository("unsealed");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const put = {
      ...at,
      secret_name: "S",
      key_id: key.key_id,
      encrypted_value: Buffer.from("x".repeat(80)).toString("base64"),
    };
    assert.equal((await trial.alice.actions.createOrUpdateRepoSecret(put)).status, 201);
    assert.ok(Object.values(await opened()).includes(null));
  });

  it("are refused for another repository's key", async () => {
    const at = await trial.repository("keyed");
    const other = await trial.repository("other-key");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(other);
    const put = { ...at, secret_name: "S", key_id: key.key_id, encrypted_value: sealed("x", key.key) };
    assert.equal((await refusal(trial.alice.actions.createOrUpdateRepoSecret(put))).status, 422);
  });

  it("are found whatever the case, and have names that GitHub takes", async () => {
    const at = await trial.repository("named");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const put = { ...at, key_id: key.key_id, encrypted_value: sealed("x", key.key) };
    await trial.alice.actions.createOrUpdateRepoSecret({ ...put, secret_name: "lower_case" });
    assert.equal(
      (await trial.alice.actions.getRepoSecret({ ...at, secret_name: "Lower_Case" })).data.name,
      "LOWER_CASE",
    );
    for (const secret_name of ["1ST", "GITHUB_X", "WITH-DASH"]) {
      const { status } = await refusal(trial.alice.actions.createOrUpdateRepoSecret({ ...put, secret_name }));
      assert.equal(status, 422, secret_name);
    }
  });

  it("show by their time that somebody changed them", async () => {
    const at = await trial.repository("touched");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const put = { ...at, secret_name: "S", key_id: key.key_id, encrypted_value: sealed("x", key.key) };
    await trial.alice.actions.createOrUpdateRepoSecret(put);
    const first = (await trial.alice.actions.getRepoSecret({ ...at, secret_name: "S" })).data;
    await trial.fetch("/_sandbox/clock", { method: "POST", body: JSON.stringify({ advanceMs: 60_000 }) });
    await trial.alice.actions.createOrUpdateRepoSecret(put);
    const second = (await trial.alice.actions.getRepoSecret({ ...at, secret_name: "S" })).data;
    assert.equal(second.created_at, first.created_at);
    assert.ok(Date.parse(second.updated_at) - Date.parse(first.updated_at) >= 60_000);
  });

  it("of an environment are its own, by name and by id, and go with it", async () => {
    const at = await trial.repository("with-environment");
    const environment_name = "production/eu";
    await trial.alice.repos.createOrUpdateEnvironment({ ...at, environment_name });
    const { data: repository } = await trial.alice.repos.get(at);
    const byId = `/api/v3/repositories/${repository.id}/environments/${encodeURIComponent(environment_name)}/secrets`;
    const key = (await (await trial.fetch(`${byId}/public-key`)).json()) as { key_id: string; key: string };
    assert.deepEqual(
      key,
      (await trial.alice.actions.getEnvironmentPublicKey({ ...at, environment_name })).data,
    );
    const body = JSON.stringify({ key_id: key.key_id, encrypted_value: sealed("deep", key.key) });
    assert.equal((await trial.fetch(`${byId}/DEPLOY`, { method: "PUT", body })).status, 201);
    assert.equal((await trial.alice.actions.listRepoSecrets(at)).data.total_count, 0);
    assert.equal(
      (await trial.alice.actions.listEnvironmentSecrets({ ...at, environment_name })).data.total_count,
      1,
    );
    assert.ok(Object.values(await opened()).includes("deep"));
    await trial.alice.repos.deleteAnEnvironment({ ...at, environment_name });
    assert.equal(Object.values(await opened()).includes("deep"), false);
  });

  it("can be deleted once", async () => {
    const at = await trial.repository("deletable");
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const put = { ...at, secret_name: "S", key_id: key.key_id, encrypted_value: sealed("x", key.key) };
    await trial.alice.actions.createOrUpdateRepoSecret(put);
    await trial.alice.actions.deleteRepoSecret({ ...at, secret_name: "S" });
    assert.equal(
      (await refusal(trial.alice.actions.deleteRepoSecret({ ...at, secret_name: "S" }))).status,
      404,
    );
  });
});
