import assert from "node:assert/strict";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("issues", (trial) => {
  it("are counted together with pull requests, listed while open, and closed", async () => {
    const at = await trial.repository("counted");
    const { data: first } = await trial.alice.issues.create({ ...at, title: "First", body: "b" });
    const { data: main } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    await trial.alice.git.createRef({ ...at, ref: "refs/heads/change", sha: main.object.sha });
    const file = { path: "new", message: "m", content: "YQo=", branch: "change" };
    const { data: written } = await trial.alice.repos.createOrUpdateFileContents({ ...at, ...file });
    const { data: pull } = await trial.alice.pulls.create({
      ...at,
      title: "P",
      head: "change",
      base: "main",
    });
    assert.deepEqual([first.number, pull.number], [1, 2]);
    const { data: open } = await trial.alice.issues.listForRepo({ ...at, creator: "alice" });
    assert.deepEqual(
      open.map(({ number, pull_request }) => [number, pull_request !== undefined]),
      [
        [2, true],
        [1, false],
      ],
    );
    const sha = written.commit.sha ?? "";
    const { data: of } = await trial.alice.repos.listPullRequestsAssociatedWithCommit({
      ...at,
      commit_sha: sha,
    });
    assert.deepEqual(
      of.map(({ number }) => number),
      [2],
    );
    await trial.alice.issues.update({ ...at, issue_number: 1, state: "closed", title: "Done" });
    const { data: closed } = await trial.alice.issues.get({ ...at, issue_number: 1 });
    assert.deepEqual([closed.state, closed.title, closed.body], ["closed", "Done", "b"]);
    assert.equal((await trial.alice.issues.listForRepo(at)).data.length, 1);
    assert.equal((await trial.alice.issues.listForRepo({ ...at, state: "all" })).data.length, 2);
  });

  it("have comments, page by page, that their author changes and a stranger doesn't", async () => {
    const at = await trial.repository("commented", { private: false });
    await trial.alice.issues.create({ ...at, title: "First" });
    for (let count = 1; count <= 35; count++) {
      await trial.alice.issues.createComment({ ...at, issue_number: 1, body: `comment ${count}` });
    }
    const page = await trial.alice.issues.listComments({ ...at, issue_number: 1, page: 2 });
    assert.deepEqual(
      page.data.map(({ body }) => body),
      ["31", "32", "33", "34", "35"].map((count) => `comment ${count}`),
    );
    const [{ id } = { id: 0 }] = page.data;
    await trial.alice.issues.updateComment({ ...at, comment_id: id, body: "changed" });
    assert.equal((await trial.alice.issues.getComment({ ...at, comment_id: id })).data.body, "changed");
    const bob = trial.as(tokens.bob).issues;
    assert.equal((await refusal(bob.updateComment({ ...at, comment_id: id, body: "mine" }))).status, 403);
    assert.equal((await trial.alice.issues.get({ ...at, issue_number: 1 })).data.comments, 35);
  });

  it("take no comment of more than 65,536 characters", async () => {
    const at = await trial.repository("long");
    await trial.alice.issues.create({ ...at, title: "First" });
    const body = "é".repeat(65_536);
    await trial.alice.issues.createComment({ ...at, issue_number: 1, body });
    const refused = await refusal(
      trial.alice.issues.createComment({ ...at, issue_number: 1, body: `${body}.` }),
    );
    assert.equal(refused.status, 422);
  });

  it("are commented on with the right for pull requests alone, which opens no issue", async () => {
    const at = await trial.repository("rights", { private: true });
    await trial.alice.issues.create({ ...at, title: "First" });
    const made = await trial.fetch("/_sandbox/tokens", {
      method: "POST",
      body: JSON.stringify({ login: "alice", permissions: { pull_requests: "write" } }),
    });
    const { token } = (await made.json()) as { token: string };
    const { issues } = trial.as(token);
    await issues.createComment({ ...at, issue_number: 1, body: "b" });
    assert.equal((await refusal(issues.create({ ...at, title: "Second" }))).status, 403);
  });
});
