import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import type { AppRegistration, RegisteredApp } from "../state/apps";
import { refusal, tokens, useTrial, withAndWithoutEtags, type Trial } from "../trial";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
const permissions = { administration: "write", contents: "write", metadata: "read" } as const;

function jwt(id: number, claims: Record<string, unknown> = {}, key = privateKey): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = { iat: now - 60, exp: now + 300, iss: String(id), ...claims };
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(body)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}

async function register(trial: Trial, more: Partial<AppRegistration> = {}): Promise<RegisteredApp> {
  const app: AppRegistration = { slug: "platform", owner: "acme", publicKey: pem, permissions, ...more };
  const answer = await trial.fetch("/_sandbox/apps", { method: "POST", body: JSON.stringify(app) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as RegisteredApp;
}

withAndWithoutEtags("a GitHub App", (trial) => {
  let id = 0;
  let [ofAcme = 0, ofAlice = 0]: number[] = [];
  before(async () => {
    await trial.repository("given", { visibility: "private" });
    await trial.repository("kept", { visibility: "private" });
    const app = await register(trial, {
      installations: [
        { account: "acme", permissions: { contents: "read", metadata: "read" }, repositories: ["given"] },
        { account: "alice" },
      ],
    });
    id = app.id;
    [ofAcme = 0, ofAlice = 0] = app.installations.map((one) => one.id);
  });

  it("sees what it asks for, and what each installation was given", async () => {
    const app = trial.as(jwt(id));
    const { data } = await app.apps.getAuthenticated();
    assert.deepEqual([data?.slug, data?.permissions], ["platform", permissions]);
    const { data: acme } = await app.apps.getInstallation({ installation_id: ofAcme });
    assert.deepEqual(acme.permissions, { contents: "read", metadata: "read" });
    assert.deepEqual([acme.repository_selection, acme.target_type], ["selected", "Organization"]);
    assert.ok(acme.html_url.endsWith(`/organizations/acme/settings/installations/${ofAcme}`));
    assert.equal((await app.apps.getOrgInstallation({ org: "acme" })).data.id, ofAcme);
    assert.equal((await app.apps.getUserInstallation({ username: "alice" })).data.id, ofAlice);
    assert.equal((await refusal(app.apps.getOrgInstallation({ org: "alice" }))).status, 404);
  });

  it("knows by a repository whether its installation reaches it", async () => {
    const app = trial.as(jwt(id));
    const at = (repo: string) => app.apps.getRepoInstallation({ owner: "acme", repo });
    assert.equal((await at("given")).data.id, ofAcme);
    assert.equal((await refusal(at("kept"))).status, 404);
  });

  it("gets a token that may do what the installation was given, where it was given it, for an hour", async () => {
    const app = trial.as(jwt(id));
    const { data } = await app.apps.createInstallationAccessToken({ installation_id: ofAcme });
    assert.deepEqual(
      data.repositories?.map(({ name }) => name),
      ["given"],
    );
    const left = Date.parse(data.expires_at) - Date.now();
    assert.ok(left > 3_500_000 && left <= 3_600_000, data.expires_at);
    const bot = trial.as(data.token);
    const given = { owner: "acme", repo: "given" };
    assert.equal((await bot.repos.getContent({ ...given, path: "README.md" })).status, 200);
    const written = bot.repos.createOrUpdateFileContents({
      ...{ ...given, path: "a.txt", message: "a" },
      content: Buffer.from("a").toString("base64"),
    });
    assert.deepEqual(await refusal(written), {
      status: 403,
      message: "Resource not accessible by integration",
    });
    assert.equal((await refusal(bot.repos.get({ owner: "acme", repo: "kept" }))).status, 404);
    assert.equal((await refusal(bot.users.getAuthenticated())).status, 403);
  });

  it("gets part of it where that is asked for, and never more", async () => {
    const app = trial.as(jwt(id));
    const ask = (wanted: Record<string, "read" | "write">) =>
      app.apps.createInstallationAccessToken({ installation_id: ofAlice, permissions: wanted });
    assert.deepEqual((await ask({ contents: "read" })).data.permissions, { contents: "read" });
    assert.equal((await refusal(ask({ secrets: "write" }))).status, 422);
  });

  it("makes repositories of an organization, which it then reaches, and none of a user account", async () => {
    const app = trial.as(jwt(id));
    const token = async (installation: number) =>
      (await app.apps.createInstallationAccessToken({ installation_id: installation })).data.token;
    assert.equal(
      (await refusal(trial.as(await token(ofAcme)).repos.createInOrg({ org: "acme", name: "made" }))).status,
      403,
    );
    await register(trial, { installations: [{ account: "acme", repositories: ["given"] }] });
    const bot = trial.as(await token(ofAcme));
    await bot.repos.createInOrg({ org: "acme", name: "made", private: true });
    assert.equal((await bot.repos.get({ owner: "acme", repo: "made" })).status, 200);
    const ofUser = trial.as(await token(ofAlice));
    assert.deepEqual(await refusal(ofUser.repos.createForAuthenticatedUser({ name: "made" })), {
      status: 403,
      message: "Resource not accessible by integration",
    });
  });

  it("is refused by a token that isn't its own, has ended, lasts too long, or is of nobody", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const refused = async (token: string) => refusal(trial.as(token).apps.getAuthenticated());
    assert.deepEqual(await refused(jwt(id, {}, other)), {
      status: 401,
      message: "A JSON web token could not be decoded",
    });
    assert.match((await refused(jwt(id, { exp: now - 1 }))).message, /assertion expires/);
    assert.match((await refused(jwt(id, { exp: now + 3_600 }))).message, /too far in the future/);
    assert.match((await refused(jwt(id, { iat: now + 60 }))).message, /Issued at/);
    assert.equal((await refused(jwt(1))).status, 404);
    assert.equal((await refused(tokens.alice)).status, 401);
    assert.equal((await trial.fetch("/repos/acme/given", {}, jwt(id))).status, 401);
  });

  it("gets nothing while its installation is suspended", async () => {
    const app = trial.as(jwt(id));
    const { data } = await app.apps.createInstallationAccessToken({ installation_id: ofAlice });
    await register(trial, { installations: [{ account: "alice", suspended: true }] });
    const again = app.apps.createInstallationAccessToken({ installation_id: ofAlice });
    assert.equal((await refusal(again)).status, 403);
    await trial.alice.repos.createForAuthenticatedUser({ name: "private-one", private: true });
    const seen = trial.as(data.token).repos.get({ owner: "alice", repo: "private-one" });
    assert.equal((await refusal(seen)).status, 404);
  });
});

describe("an installation's token", () => {
  let later = 0;
  const trial = useTrial({ clock: () => new Date(Date.now() + later) });

  it("is nobody's after its hour", async () => {
    const { id, installations } = await register(trial, { installations: [{ account: "acme" }] });
    const [installation] = installations;
    const { data } = await trial
      .as(jwt(id))
      .apps.createInstallationAccessToken({ installation_id: installation?.id ?? 0 });
    const seen = () => trial.fetch("/orgs/acme", {}, data.token);
    assert.equal((await seen()).status, 200);
    later = 3_601_000;
    assert.equal((await seen()).status, 401);
  });
});
