import assert from "node:assert/strict";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

withAndWithoutEtags("contents", (trial) => {
  it("are written as commits and read back byte for byte", async () => {
    const at = await trial.repository("files");
    const content = Buffer.from([0, 255, 10, 13, 1]).toString("base64");
    const written = await trial.alice.repos.createOrUpdateFileContents({
      ...at,
      path: "a folder/ü.bin",
      message: "Add it\n\nwith a body",
      content,
      committer: { name: "Carol", email: "carol@example.com" },
    });
    assert.equal(written.status, 201);
    const { data } = await trial.alice.repos.getContent({ ...at, path: "a folder/ü.bin" });
    assert.ok(!Array.isArray(data) && data.type === "file");
    assert.equal(data.content.replaceAll("\n", ""), content);
    assert.equal(data.url.split("?")[1], "ref=main");
    const commit = await trial.alice.repos.getCommit({ ...at, ref: written.data.commit.sha ?? "" });
    assert.equal(commit.data.commit.message, "Add it\n\nwith a body");
    assert.equal(commit.data.commit.committer?.email, "carol@example.com");
    assert.deepEqual(
      commit.data.files?.map(({ filename, status }) => [filename, status]),
      [["a folder/ü.bin", "added"]],
    );
  });

  it("are changed only by who names the blob that is there: 422 without, 409 with another", async () => {
    const at = await trial.repository("guarded");
    const write = { ...at, path: "f", message: "m" };
    const first = await trial.alice.repos.createOrUpdateFileContents({ ...write, content: base64("1") });
    const sha = first.data.content?.sha ?? "";
    const without = await refusal(
      trial.alice.repos.createOrUpdateFileContents({ ...write, content: base64("2") }),
    );
    assert.deepEqual(without, { status: 422, message: 'Invalid request.\n\n"sha" wasn\'t supplied.' });
    const update = { ...write, content: base64("2"), sha };
    assert.equal((await trial.alice.repos.createOrUpdateFileContents(update)).status, 200);
    const again = await refusal(
      trial.alice.repos.createOrUpdateFileContents({ ...update, content: base64("3") }),
    );
    assert.deepEqual(again, { status: 409, message: `f does not match ${sha}` });
    assert.equal((await refusal(trial.alice.repos.deleteFile({ ...write, sha }))).status, 409);
  });

  it("are deleted by a commit", async () => {
    const at = await trial.repository("deleting");
    const { data } = await trial.alice.repos.getContent({ ...at, path: "README.md" });
    assert.ok(!Array.isArray(data));
    await trial.alice.repos.deleteFile({ ...at, path: "README.md", message: "Drop it", sha: data.sha });
    assert.equal((await refusal(trial.alice.repos.getContent({ ...at, path: "README.md" }))).status, 404);
    const commits = await trial.alice.repos.listCommits({ ...at, path: "README.md" });
    assert.deepEqual(
      commits.data.map(({ commit }) => commit.message),
      ["Drop it", "Initial commit"],
    );
  });

  it("written at the same time all arrive, one commit each", async () => {
    const at = await trial.repository("racing");
    const names = Array.from({ length: 12 }, (_, n) => `file-${n}`);
    await Promise.all(
      names.map((path) =>
        trial.alice.repos.createOrUpdateFileContents({ ...at, path, message: path, content: base64(path) }),
      ),
    );
    const { data } = await trial.alice.git.getTree({ ...at, tree_sha: "main", recursive: "1" });
    assert.deepEqual(data.tree.map(({ path }) => path).sort(), ["README.md", ...names].sort());
    assert.equal((await trial.alice.repos.listCommits({ ...at, per_page: 100 })).data.length, 13);
  });

  it("of a folder are listed; the root too", async () => {
    const at = await trial.repository("listing");
    await trial.alice.repos.createOrUpdateFileContents({ ...at, path: "d/e", message: "m", content: "" });
    const root = await trial.alice.repos.getContent({ ...at, path: "" });
    assert.ok(Array.isArray(root.data));
    assert.deepEqual(
      root.data.map(({ name, type }) => [name, type]),
      [
        ["README.md", "file"],
        ["d", "dir"],
      ],
    );
  });

  it("make the first commit of an empty repository, on its default branch", async () => {
    const at = await trial.repository("empty", { auto_init: false });
    assert.equal((await refusal(trial.alice.repos.listCommits(at))).status, 409);
    const elsewhere = { ...at, path: "f", message: "m", content: "", branch: "other" };
    assert.equal((await refusal(trial.alice.repos.createOrUpdateFileContents(elsewhere))).status, 404);
    await trial.alice.repos.createOrUpdateFileContents({ ...elsewhere, branch: "main" });
    assert.equal((await trial.alice.repos.listBranches(at)).data[0]?.name, "main");
  });

  it("outside the repository are refused", async () => {
    const at = await trial.repository("contained");
    for (const path of ["../x", "a/../b", ".git/config", "a//b"]) {
      const write = { ...at, path, message: "m", content: "" };
      assert.equal((await refusal(trial.alice.repos.createOrUpdateFileContents(write))).status, 422, path);
    }
  });

  it("of workflows need the workflow scope, and are as if not there without", async () => {
    const at = await trial.repository("workflows");
    await trial.alice.repos.addCollaborator({ ...at, username: "bob", permission: "push" });
    const write = { ...at, path: ".github/workflows/x.yml", message: "m", content: base64("on: push\n") };
    assert.equal((await refusal(trial.as(tokens.bob).repos.createOrUpdateFileContents(write))).status, 404);
    assert.equal((await trial.alice.repos.createOrUpdateFileContents(write)).status, 201);
  });

  it("keep whether a file can be run", async () => {
    const at = await trial.repository("executable");
    const blob = await trial.alice.git.createBlob({ ...at, content: "#!/bin/sh\n" });
    const entry = { path: "run", mode: "100755", type: "blob", sha: blob.data.sha } as const;
    const tree = await trial.alice.git.createTree({ ...at, base_tree: "main", tree: [entry] });
    const { data: tip } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    const commit = { ...at, message: "m", tree: tree.data.sha, parents: [tip.object.sha] };
    const { data } = await trial.alice.git.createCommit(commit);
    await trial.alice.git.updateRef({ ...at, ref: "heads/main", sha: data.sha });
    const changed = {
      ...at,
      path: "run",
      message: "m",
      content: base64("#!/bin/sh\ntrue\n"),
      sha: blob.data.sha,
    };
    await trial.alice.repos.createOrUpdateFileContents(changed);
    const after = await trial.alice.git.getTree({ ...at, tree_sha: "main" });
    assert.equal(after.data.tree.find(({ path }) => path === "run")?.mode, "100755");
  });
});
