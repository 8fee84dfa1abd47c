import assert from "node:assert/strict";
import { refusal, tokens, Trial, useTrial } from "../trial";

describe("what a token may do", () => {
  const trial = useTrial();

  it("is nothing when it is nobody's", async () => {
    const { status, message } = await refusal(trial.as("nonsense").repos.listForOrg({ org: "acme" }));
    assert.deepEqual([status, message], [401, "Bad credentials"]);
  });

  it("doesn't reach what its account can't see: 404, not 403", async () => {
    const at = await trial.repository("secret-project", { visibility: "private" });
    await trial.fetch("/_sandbox/tokens", {
      method: "POST",
      body: JSON.stringify({ login: "bob", token: "bob-without-scopes", scopes: [] }),
    });
    assert.equal((await refusal(trial.as("bob-without-scopes").repos.get(at))).status, 404);
    assert.equal((await trial.fetch(`/repos/acme/${at.repo}`, {}, "")).status, 404);
  });

  it("is told by 403 when a fine-grained token lacks the permission, with the one it lacks", async () => {
    const at = await trial.repository("fine-grained", { visibility: "private" });
    const reader = trial.as(tokens.reader);
    assert.equal((await reader.repos.getContent({ ...at, path: "README.md" })).status, 200);
    for (const call of [
      reader.repos.createOrUpdateFileContents({ ...at, path: "f", message: "m", content: "" }),
      reader.actions.listRepoVariables(at),
      reader.actions.getRepoPublicKey(at),
      reader.repos.update({ ...at, description: "x" }),
      reader.repos.createInOrg({ org: "acme", name: "not-allowed" }),
    ]) {
      const { status, message } = await refusal(call);
      assert.deepEqual([status, message], [403, "Resource not accessible by personal access token"]);
    }
    const answer = await trial.fetch(`/repos/acme/${at.repo}/actions/secrets`, {}, tokens.reader);
    assert.equal(answer.headers.get("x-accepted-github-permissions"), "secrets=read");
    assert.equal(answer.headers.get("x-oauth-scopes"), null);
  });

  it("is bounded by what its account may do", async () => {
    const at = await trial.repository("not-bobs");
    const { status, message } = await refusal(trial.as(tokens.bob).repos.update({ ...at, description: "x" }));
    assert.deepEqual([status, message], [403, "Must have admin rights to Repository."]);
  });

  it("includes deleting a repository only with the scope for it", async () => {
    const at = await trial.repository("kept");
    await trial.alice.repos.addCollaborator({ ...at, username: "bob", permission: "admin" });
    assert.equal((await refusal(trial.as(tokens.bob).repos.delete(at))).status, 403);
    await trial.alice.repos.delete(at);
  });
});

describe("an answer", () => {
  const trial = useTrial();

  it("is given below /api/v3 and without it", async () => {
    for (const prefix of ["", "/api/v3"]) assert.equal((await trial.fetch(`${prefix}/meta`)).status, 200);
  });

  it("names the operation where GitHub has it and the stand-in doesn't: with 501, in GraphQL as an error", async () => {
    const { status, message } = await refusal(trial.alice.gists.list());
    assert.equal(status, 501);
    assert.match(message, /gists\/list \(GET \/gists\)/);
    const graphql = await trial.fetch("/api/graphql", {
      method: "POST",
      body: '{"query": "{ viewer { login } }"}',
    });
    assert.equal(graphql.status, 200);
    assert.match(await graphql.text(), /Cannot query field \\?"viewer\\?" on type \\?"Query/);
  });

  it("is 404 where GitHub has nothing either", async () => {
    assert.equal((await trial.fetch("/no/such/route")).status, 404);
  });

  it("has GitHub's form when it is an error", async () => {
    const answer = await trial.fetch("/repos/acme/nope");
    assert.deepEqual(await answer.json(), {
      message: "Not Found",
      documentation_url: "https://docs.github.com/rest/repos/repos#get-a-repository",
      status: "404",
    });
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  });

  it("refuses what is not JSON, and what the description doesn't allow", async () => {
    const send = (body: string) => trial.fetch("/orgs/acme/repos", { method: "POST", body });
    assert.equal((await send("{")).status, 400);
    assert.equal((await send("[]")).status, 400);
    const answer = await send(JSON.stringify({ name: "x", visibility: "secret" }));
    assert.equal(answer.status, 422);
    const { errors } = (await answer.json()) as { errors: { field: string; code: string }[] };
    assert.deepEqual([errors[0]?.field, errors[0]?.code], ["visibility", "invalid"]);
  });

  it("comes a page at a time, with links that keep the client's own address and query", async () => {
    const at = await trial.repository("paged");
    for (let n = 0; n < 5; n += 1)
      await trial.alice.actions.createRepoVariable({ ...at, name: `V${n}`, value: "1" });
    const answer = await trial.fetch(`/api/v3/repos/acme/${at.repo}/actions/variables?per_page=2&page=2`);
    const body = (await answer.json()) as { total_count: number; variables: { name: string }[] };
    assert.deepEqual([body.total_count, body.variables.map(({ name }) => name)], [5, ["V2", "V3"]]);
    const base = `${trial.github.url}/api/v3/repos/acme/${at.repo}/actions/variables?per_page=2&page=`;
    assert.equal(
      answer.headers.get("link"),
      `<${base}1>; rel="prev", <${base}3>; rel="next", <${base}3>; rel="last", <${base}1>; rel="first"`,
    );
    const all = await trial.alice.paginate(trial.alice.actions.listRepoVariables, { ...at, per_page: 2 });
    assert.equal(all.length, 5);
    const whole = await trial.fetch(`/repos/acme/${at.repo}/actions/variables?per_page=1000`);
    assert.equal(whole.headers.get("link"), null);
  });

  it("carries a rate limit whose reset lies ahead, by the machine's clock and by the sandbox's", async () => {
    const reset = async (): Promise<number> =>
      Number((await trial.fetch("/meta")).headers.get("x-ratelimit-reset")) * 1000;
    assert.ok((await reset()) > Date.now());
    const day = 24 * 60 * 60 * 1000;
    await trial.fetch("/_sandbox/clock", { method: "POST", body: JSON.stringify({ advanceMs: day }) });
    assert.ok((await reset()) > Date.now() + day);
  });

  it("to HEAD is that to GET without the body", async () => {
    const answer = await trial.fetch("/meta", { method: "HEAD" });
    assert.deepEqual([answer.status, await answer.text()], [200, ""]);
  });
});

describe("ETags", () => {
  const trial = useTrial();

  it("give 304 without a body for what is unchanged, and the whole when it changed", async () => {
    const at = await trial.repository("tagged");
    const path = `/repos/acme/${at.repo}`;
    const etag = (await trial.fetch(path)).headers.get("etag") ?? "";
    assert.match(etag, /^"[0-9a-f]{64}"$/);
    const same = await trial.fetch(path, { headers: { "If-None-Match": etag } });
    assert.deepEqual([same.status, await same.text(), same.headers.get("etag")], [304, "", etag]);
    await trial.alice.repos.update({ ...at, description: "changed" });
    assert.equal((await trial.fetch(path, { headers: { "If-None-Match": etag } })).status, 200);
  });

  it("of a write are those of the read that follows", async () => {
    const at = await trial.repository("written");
    const body = JSON.stringify({ name: "main", enforcement: "disabled" });
    const made = await trial.fetch(`/repos/acme/${at.repo}/rulesets`, { method: "POST", body });
    const { id } = (await made.json()) as { id: number };
    const read = await trial.fetch(`/repos/acme/${at.repo}/rulesets/${id}`);
    assert.equal(made.headers.get("etag"), read.headers.get("etag"));
  });

  it("differ by token", async () => {
    await trial.repository("shared");
    const of = async (token: string) =>
      (await trial.fetch("/repos/acme/shared", {}, token)).headers.get("etag");
    assert.notEqual(await of(tokens.alice), await of(tokens.bob));
  });

  it("are left out when they are switched off", async () => {
    const other = new Trial();
    await other.start({ etags: false });
    const answer = await other.fetch("/meta", { headers: { "If-None-Match": "*" } });
    assert.deepEqual([answer.status, answer.headers.get("etag")], [200, null]);
    await other.end();
  });
});

describe("the rate limit", () => {
  it("refuses past what it was set to, with a reset ahead, each token for itself", async () => {
    const trial = new Trial();
    await trial.start({ rateLimit: 2 });
    for (const remaining of ["1", "0"]) {
      const answer = await trial.fetch("/meta");
      assert.deepEqual([answer.status, answer.headers.get("x-ratelimit-remaining")], [200, remaining]);
    }
    const refused = await trial.fetch("/meta");
    assert.deepEqual([refused.status, refused.headers.get("x-ratelimit-remaining")], [403, "0"]);
    assert.ok(Number(refused.headers.get("x-ratelimit-reset")) * 1000 > Date.now());
    assert.equal((await trial.fetch("/meta", {}, tokens.bob)).status, 200);
    await trial.end();
  });
});

describe("faults", () => {
  const trial = useTrial();

  it("come as often as ordered, before anything is done", async () => {
    trial.github.orderFaults({ match: { operation: "repos/create-in-org" }, times: 2, status: 502 });
    for (let n = 0; n < 2; n += 1) assert.equal((await refusal(trial.repository("faulty"))).status, 502);
    await trial.repository("faulty");
  });

  it("may lose the answer to what was done", async () => {
    trial.github.orderFaults({
      match: { method: "POST", path: "^/orgs/acme/repos$" },
      when: "after",
      status: 502,
    });
    assert.equal((await refusal(trial.repository("lost"))).status, 502);
    assert.equal((await refusal(trial.repository("lost"))).status, 422);
  });

  it("may close the connection", async () => {
    trial.github.orderFaults({ match: { path: "^/meta$" }, reset: true });
    await assert.rejects(trial.fetch("/meta"));
    assert.equal((await trial.fetch("/meta")).status, 200);
  });

  it("may say what headers and body they have, and are told at the control", async () => {
    const order = [
      {
        match: { path: "/meta" },
        status: 403,
        headers: { "Retry-After": "1" },
        body: { message: "secondary rate limit" },
      },
    ];
    const ordered = await trial.fetch("/_sandbox/faults", { method: "POST", body: JSON.stringify(order) });
    assert.deepEqual(await ordered.json(), [{ ...order[0], times: 1 }]);
    const answer = await trial.fetch("/meta");
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [403, "1"]);
    assert.deepEqual(await (await trial.fetch("/_sandbox/faults")).json(), []);
    const wrong = await trial.fetch("/_sandbox/faults", { method: "POST", body: '[{"times": 0}]' });
    assert.equal(wrong.status, 422);
  });
});

describe("the request journal", () => {
  const trial = useTrial();

  it("has what was asked, by operation, and no token", async () => {
    trial.github.clearJournal();
    await trial.repository("journaled");
    await trial.alice.actions.createRepoVariable({ owner: "acme", repo: "journaled", name: "V", value: "1" });
    const [created, variable, ...more] = trial.github.journal();
    assert.deepEqual(more, []);
    assert.deepEqual(
      [created?.method, created?.path, created?.operation, created?.status, created?.login],
      ["POST", "/orgs/acme/repos", "repos/create-in-org", 201, "alice"],
    );
    assert.deepEqual(variable?.body, { name: "V", value: "1" });
    const text = JSON.stringify(await (await trial.fetch("/_sandbox/journal")).json());
    for (const token of Object.values(tokens)) assert.equal(text.includes(token), false);
  });

  it("can be cleared, and has nothing of the controls", async () => {
    await trial.fetch("/meta");
    assert.equal((await trial.fetch("/_sandbox/journal", { method: "DELETE" })).status, 204);
    assert.deepEqual(await (await trial.fetch("/_sandbox/journal")).json(), []);
  });
});
