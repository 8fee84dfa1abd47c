import assert from "node:assert/strict";
import { refusal, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("pull requests", (trial) => {
  /** A repository with a branch that is one file ahead, and a pull request for it. */
  async function opened(name: string, path = "new") {
    const at = await trial.repository(name);
    const { data } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    await trial.alice.git.createRef({ ...at, ref: "refs/heads/change", sha: data.object.sha });
    await trial.alice.repos.createOrUpdateFileContents({
      ...at,
      path,
      message: "m",
      content: "YQo=",
      branch: "change",
    });
    const pull = await trial.alice.pulls.create({ ...at, title: "Change", head: "change", base: "main" });
    return { ...at, pull_number: pull.data.number };
  }

  it("count from one, say what they change, and are listed while open", async () => {
    const at = await opened("first");
    assert.equal(at.pull_number, 1);
    const { data } = await trial.alice.pulls.get(at);
    assert.deepEqual([data.state, data.mergeable, data.commits, data.additions], ["open", true, 1, 1]);
    assert.deepEqual(
      (await trial.alice.pulls.listFiles(at)).data.map(({ filename }) => filename),
      ["new"],
    );
    assert.equal((await trial.alice.pulls.listCommits(at)).data.length, 1);
    assert.equal((await trial.alice.pulls.list(at)).data.length, 1);
    await trial.alice.pulls.update({ ...at, state: "closed" });
    assert.equal((await trial.alice.pulls.list(at)).data.length, 0);
    assert.equal((await trial.alice.pulls.list({ ...at, state: "all" })).data.length, 1);
  });

  it("are opened once, and only where there is something to merge", async () => {
    const at = await opened("once");
    assert.equal(
      (await refusal(trial.alice.pulls.create({ ...at, title: "Again", head: "change", base: "main" })))
        .status,
      422,
    );
    assert.equal(
      (await refusal(trial.alice.pulls.create({ ...at, title: "Nothing", head: "main", base: "change" })))
        .status,
      422,
    );
  });

  it("merge as a commit with two parents, or squashed into one", async () => {
    for (const [merge_method, parents] of [
      ["merge", 2],
      ["squash", 1],
    ] as const) {
      const at = await opened(`merged-by-${merge_method}`);
      const { data } = await trial.alice.pulls.merge({ ...at, merge_method });
      const commit = await trial.alice.repos.getCommit({ ...at, ref: "main" });
      assert.equal(commit.data.sha, data.sha);
      assert.equal(commit.data.parents.length, parents);
      assert.equal((await trial.alice.pulls.get(at)).data.merged, true);
      await trial.alice.repos.getContent({ ...at, path: "new" });
    }
  });

  it("don't merge while a required check is missing, and do once it passed", async () => {
    const at = await opened("checked");
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        {
          type: "required_status_checks",
          parameters: {
            strict_required_status_checks_policy: false,
            required_status_checks: [{ context: "gate" }],
          },
        },
      ],
    });
    assert.match(
      (await refusal(trial.alice.pulls.merge(at))).message,
      /Required status check "gate" is expected\./,
    );
    const { data } = await trial.alice.pulls.get(at);
    const status = { ...at, sha: data.head.sha, context: "gate" };
    await trial.alice.repos.createCommitStatus({ ...status, state: "failure" });
    assert.equal((await refusal(trial.alice.pulls.merge(at))).status, 405);
    await trial.alice.repos.createCommitStatus({ ...status, state: "success" });
    assert.equal(
      (await trial.alice.repos.getCombinedStatusForRef({ ...at, ref: data.head.sha })).data.state,
      "success",
    );
    await trial.alice.pulls.merge(at);
  });

  it("don't merge where the two sides conflict", async () => {
    const at = await opened("conflicting");
    await trial.alice.repos.createOrUpdateFileContents({ ...at, path: "new", message: "m", content: "Ygo=" });
    assert.equal((await trial.alice.pulls.get(at)).data.mergeable, false);
    assert.equal((await refusal(trial.alice.pulls.merge(at))).status, 405);
  });
});
