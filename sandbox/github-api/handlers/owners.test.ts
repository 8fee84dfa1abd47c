import assert from "node:assert/strict";
import { refusal, tokens, useTrial } from "../trial";

describe("owners", () => {
  const trial = useTrial();

  it("are told apart: a user account is no organization", async () => {
    assert.equal((await trial.alice.orgs.get({ org: "acme" })).data.login, "acme");
    assert.equal((await refusal(trial.alice.orgs.get({ org: "alice" }))).status, 404);
    assert.equal((await trial.alice.users.getByUsername({ username: "alice" })).data.type, "User");
  });

  it("are found whatever the case of their login", async () => {
    assert.equal((await trial.alice.orgs.get({ org: "ACME" })).data.login, "acme");
  });

  it("have members with a role, and teams", async () => {
    const { data } = await trial.alice.orgs.listMembers({ org: "acme", role: "admin" });
    assert.deepEqual(
      data.map(({ login }) => login),
      ["alice"],
    );
    const membership = await trial.alice.orgs.getMembershipForUser({ org: "acme", username: "bob" });
    assert.equal(membership.data.role, "member");
    assert.deepEqual(
      (await trial.alice.teams.list({ org: "acme" })).data.map(({ slug }) => slug),
      ["platform"],
    );
  });

  it("are who a token belongs to", async () => {
    const { data, headers } = await trial.as(tokens.bob).users.getAuthenticated();
    assert.deepEqual([data.login, data.name, headers["x-oauth-scopes"]], ["bob", "Bob", "repo"]);
    assert.equal((await trial.fetch("/user", {}, "")).status, 401);
  });

  it("list to each who asks what they may see", async () => {
    await trial.repository("seen");
    await trial.repository("unseen", { visibility: "private" });
    await trial.alice.repos.createForAuthenticatedUser({ name: "of-alice", private: true });
    const names = async (token: string): Promise<string[]> =>
      (await trial.as(token).repos.listForOrg({ org: "acme" })).data.map(({ name }) => name).sort();
    assert.deepEqual(await names(tokens.alice), ["seen", "unseen"]);
    const anonymous = await trial.fetch("/orgs/acme/repos", {}, "");
    assert.deepEqual(
      ((await anonymous.json()) as { name: string }[]).map(({ name }) => name),
      ["seen"],
    );
    const own = (await trial.alice.repos.listForAuthenticatedUser()).data.map(({ full_name }) => full_name);
    assert.ok(own.includes("alice/of-alice"));
  });

  it("read their rate limit", async () => {
    const { data } = await trial.alice.rateLimit.get();
    assert.equal(data.resources.core.limit, 5000);
  });
});
