import assert from "node:assert/strict";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

const workflow = ".github/workflows/x.yml";

withAndWithoutEtags("git's objects", (trial) => {
  /** A repository, its branch's commit, and that commit's tree. */
  async function start(repo: string) {
    const at = await trial.repository(repo);
    const { data: tip } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    const { data: commit } = await trial.alice.git.getCommit({ ...at, commit_sha: tip.object.sha });
    return { at, tip: tip.object.sha, tree: commit.tree.sha };
  }

  it("make one commit of several files, to which only a branch that it follows can be moved", async () => {
    const { at, tip, tree: base_tree } = await start("objects");
    const file = (path: string, content: string) =>
      ({ path, mode: "100644", type: "blob", content }) as const;
    const tree = await trial.alice.git.createTree({
      ...at,
      base_tree,
      tree: [
        file(workflow, "on: push\n"),
        file("d/e", "e"),
        { path: "README.md", mode: "100644", type: "blob", sha: null },
      ],
    });
    const commit = { ...at, message: "m", tree: tree.data.sha };
    const made = await trial.alice.git.createCommit({ ...commit, parents: [tip] });
    await trial.alice.git.updateRef({ ...at, ref: "heads/main", sha: made.data.sha, force: false });
    const { data } = await trial.alice.git.getTree({ ...at, tree_sha: "main", recursive: "1" });
    assert.deepEqual(
      data.tree.filter(({ type }) => type === "blob").map(({ path }) => path),
      [workflow, "d/e"],
    );
    const beside = await trial.alice.git.createCommit({ ...commit, message: "beside", parents: [tip] });
    const move = { ...at, ref: "heads/main", sha: beside.data.sha };
    assert.deepEqual(await refusal(trial.alice.git.updateRef(move)), {
      status: 422,
      message: "Update is not a fast forward",
    });
  });

  it("are refused where they hold a workflow and the token may write none", async () => {
    const { at, tree: base_tree } = await start("scoped");
    await trial.alice.repos.addCollaborator({ ...at, username: "bob", permission: "push" });
    const make = (path: string) =>
      trial.as(tokens.bob).git.createTree({
        ...at,
        base_tree,
        tree: [{ path, mode: "100644", type: "blob", content: "x" }],
      });
    assert.equal((await refusal(make(workflow))).status, 404);
    assert.equal((await make("elsewhere.yml")).status, 201);
  });
});
