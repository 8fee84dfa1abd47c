import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { PlatformError } from "../core/errors";
import { mark } from "../core/marked";
import { Trial, tokens } from "../sandbox/github-api/trial";
import { GitHubCalls } from "../clients/github-calls";
import { keepComment, keepIssue } from "../clients/marked-issue";

const trial = new Trial();
before(() => trial.start());
after(() => trial.end());

function callsAs(token: string): GitHubCalls {
  return new GitHubCalls({ githubUrl: `${trial.github.url}/api/v3`, token });
}

/** Requests of the last moments, by operation. */
async function asked(): Promise<readonly string[]> {
  const answer = await trial.fetch("/_sandbox/journal");
  await trial.fetch("/_sandbox/journal", { method: "DELETE" });
  return ((await answer.json()) as { operation: string }[]).map(({ operation }) => operation);
}

describe("one comment that is kept up to date", () => {
  const own = mark("preview");
  const options = { repository: "acme/commented", author: "alice", mark: own, number: 1 };
  before(async () => {
    await trial.repository("commented");
    await trial.alice.issues.create({ owner: "acme", repo: "commented", title: "A pull request's stand-in" });
    for (let count = 0; count < 101; count++) {
      // One of them looks like the platform's, and is a stranger's.
      const body = count === 0 ? `${own}\nnothing changes` : `comment ${count}`;
      await trial
        .as(tokens.bob)
        .issues.createComment({ owner: "acme", repo: "commented", issue_number: 1, body });
    }
  });

  it("is created once, found on the second page and changed in place, and not written where it is right", async () => {
    const calls = callsAs(tokens.alice);
    const body = `${own}\nfirst`;
    const { did, url } = await keepComment(calls, { ...options, body });
    assert.equal(did, "created");
    await asked();
    assert.deepEqual(await keepComment(calls, { ...options, body }), { did: "nothing", url });
    assert.deepEqual(await asked(), ["issues/list-comments", "issues/list-comments"]);
    assert.deepEqual(await keepComment(calls, { ...options, body: `${own}\nsecond` }), {
      did: "updated",
      url,
    });
    const comments = await trial.alice.paginate(trial.alice.issues.listComments, {
      owner: "acme",
      repo: "commented",
      issue_number: 1,
    });
    assert.deepEqual(
      comments.filter(({ user }) => user?.login === "alice").map(({ body }) => body),
      [`${own}\nsecond`],
    );
  });

  it("is removed where there is nothing to tell any more, also one that is gone meanwhile, and is made anew", async () => {
    const calls = callsAs(tokens.alice);
    const kind = { ...options, mark: mark("ending") };
    const body = `${kind.mark}\nb`;
    assert.equal((await keepComment(calls, { ...kind, body: undefined })).did, "nothing");
    const { url } = await keepComment(calls, { ...kind, body });
    await asked();
    assert.deepEqual(await keepComment(calls, { ...kind, body: undefined }), { did: "removed", url });
    assert.deepEqual(await asked(), [
      "issues/list-comments",
      "issues/list-comments",
      "issues/delete-comment",
    ]);
    const faults = [{ match: { operation: "issues/delete-comment" }, times: 1, status: 502, when: "after" }];
    assert.equal((await keepComment(calls, { ...kind, body })).did, "created");
    await trial.fetch("/_sandbox/faults", { method: "POST", body: JSON.stringify(faults) });
    assert.equal((await keepComment(calls, { ...kind, body: undefined })).did, "removed");
    assert.equal((await keepComment(calls, { ...kind, body: undefined })).did, "nothing");
  });

  it("says what GitHub refuses, and to whom, without the token", async () => {
    const refused = keepComment(callsAs(tokens.reader), { ...options, author: "nobody", body: "b" });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof PlatformError);
      assert.match(error.message, /POST .*issues\/1\/comments: GitHub refuses \(403/);
      assert.ok(!error.message.includes(tokens.reader));
      return true;
    });
  });

  it("is not made twice where an answer is lost: the next run finds it", async () => {
    const faults = [{ match: { operation: "issues/create-comment" }, times: 1, status: 502, when: "after" }];
    await trial.fetch("/_sandbox/faults", { method: "POST", body: JSON.stringify(faults) });
    const lost = { ...options, mark: mark("lost"), body: `${mark("lost")}\nb` };
    await assert.rejects(keepComment(callsAs(tokens.alice), lost), PlatformError);
    assert.equal((await keepComment(callsAs(tokens.alice), lost)).did, "nothing");
  });
}).timeout(60_000);

describe("one issue that is kept while there is something to tell", () => {
  const own = mark("drift", "prod");
  const options = { repository: "acme/drifting", author: "alice", mark: own };
  before(() => trial.repository("drifting"));

  it("is opened, changed, left alone, closed, and opened anew", async () => {
    const calls = callsAs(tokens.alice);
    const wanted = { title: "Drift", body: `${own}\none` };
    assert.equal((await keepIssue(calls, { ...options, wanted: undefined })).did, "nothing");
    assert.equal((await keepIssue(calls, { ...options, wanted })).did, "created");
    assert.equal((await keepIssue(calls, { ...options, wanted })).did, "nothing");
    const more = { title: "Drift", body: `${own}\ntwo` };
    assert.equal((await keepIssue(calls, { ...options, wanted: more })).did, "updated");
    assert.equal((await keepIssue(calls, { ...options, wanted: undefined })).did, "closed");
    assert.equal((await keepIssue(calls, { ...options, wanted })).did, "created");
    const { data } = await trial.alice.issues.listForRepo({ owner: "acme", repo: "drifting", state: "all" });
    assert.deepEqual(
      data.map(({ number, state, body }) => [number, state, body]),
      [
        [2, "open", `${own}\none`],
        [1, "closed", `${own}\ntwo`],
      ],
    );
  });
}).timeout(60_000);
