/** Sets of files against GitHub's stand-in: real commits, real rules. */
import assert from "node:assert/strict";
import { nothingYet, type FileSet, type Remembered } from "../clients/file-set-plan";
import { planFileSet, readFileSet, takeOver, writeFileSet } from "../clients/file-set";
import { blobId, GitData } from "../clients/git-data";
import { GitHubCalls } from "../clients/github-calls";
import { PlatformError } from "../core/errors";
import { tokens, useTrial } from "../sandbox/github-api/trial";

const workflows = ".github/workflows";
const [a, b, c] = ["a", "b", "c"].map((name) => `${workflows}/${name}.yml`) as [string, string, string];
const contents = { [a]: "name: a\n", [b]: "name: b\n", [c]: "name: c\n" };

describe("a set of files", () => {
  const trial = useTrial();
  let count = 0;
  let repo = "";

  beforeEach(async () => {
    repo = `set-${++count}`;
    await trial.repository(repo);
  });

  const at = () => ({ owner: "acme", repo });
  const set = (more: Partial<FileSet> = {}): FileSet => ({
    repository: `acme/${repo}`,
    branch: "main",
    files: contents,
    overwrite: [],
    message: "Render the workflows",
    proposalBranch: "ghcr-platform/workflows",
    ...more,
  });

  /** @param before told before each change, with its method and path */
  function github(token: string = tokens.alice, before?: (method: string, path: string) => Promise<unknown>) {
    const calls = new GitHubCalls({
      githubUrl: `${trial.github.url}/api/v3`,
      token,
      fetch: async (url, init) => {
        if (init?.method !== "GET") await before?.(init?.method ?? "", new URL(String(url)).pathname);
        return fetch(url, init);
      },
    });
    return { calls, git: new GitData(calls, `acme/${repo}`), pause: async () => undefined };
  }

  async function write(files: FileSet = set(), known: Remembered = nothingYet) {
    return writeFileSet(github(), files, known);
  }

  async function commits(branch = "main"): Promise<string[]> {
    const { data } = await trial.alice.repos.listCommits({ ...at(), sha: branch, per_page: 100 });
    return data.map(({ commit }) => commit.message.split("\n")[0] ?? "");
  }

  async function content(path: string, ref = "main"): Promise<string | undefined> {
    try {
      const { data } = await trial.alice.repos.getContent({ ...at(), path, ref });
      return Buffer.from((data as { content: string }).content, "base64").toString();
    } catch {
      return undefined;
    }
  }

  async function byHand(path: string, text: string | undefined, branch = "main"): Promise<void> {
    const before = await trial.alice.repos.getContent({ ...at(), path, ref: branch }).catch(() => undefined);
    const sha = (before?.data as { sha?: string } | undefined)?.sha;
    const change = { ...at(), path, branch, message: "By hand", ...(sha === undefined ? {} : { sha }) };
    if (text === undefined) await trial.alice.repos.deleteFile({ ...change, sha: sha ?? "" });
    else
      await trial.alice.repos.createOrUpdateFileContents({
        ...change,
        content: Buffer.from(text).toString("base64"),
      });
  }

  /** Nobody pushes to main any more, administrators included. */
  async function protect(): Promise<number> {
    const ruleset = await trial.alice.repos.createRepoRuleset({
      ...at(),
      name: "default branch",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        {
          type: "pull_request",
          parameters: {
            required_approving_review_count: 0,
            dismiss_stale_reviews_on_push: false,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_review_thread_resolution: false,
          },
        },
      ],
    });
    return ruleset.data.id;
  }

  async function pulls(state: "open" | "all" = "all") {
    return (await trial.alice.pulls.list({ ...at(), state })).data;
  }

  async function merge(number: number): Promise<void> {
    await trial.alice.pulls.merge({ ...at(), pull_number: number, merge_method: "squash" });
  }

  const refused = (code: string, words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof PlatformError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };

  it("is one commit, however many of its files are created, changed and deleted", async () => {
    const first = await write();
    assert.deepEqual(await commits(), ["Render the workflows", "Initial commit"]);
    const { [b]: _dropped, ...rest } = contents;
    const files = { ...rest, [a]: "name: A\n", "docs/d.md": "d" };
    const second = await write(set({ files }), first.remembered);
    assert.deepEqual(await commits(), ["Render the workflows", "Render the workflows", "Initial commit"]);
    const { data } = await trial.alice.repos.getCommit({ ...at(), ref: "main" });
    assert.deepEqual(
      data.files?.map(({ filename, status }) => `${status} ${filename}`),
      [`modified ${a}`, `removed ${b}`, "added docs/d.md"],
    );
    assert.equal(data.commit.message, `Render the workflows\n\nupdate ${a}\ndelete ${b}\ncreate docs/d.md`);
    assert.deepEqual(second.remembered, {
      status: "committed",
      commit: data.sha,
      written: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, blobId(text)])),
    });
    assert.equal(await content("README.md"), `# ${repo}\n`);
  });

  it("makes no commit where everything is there already, whoever wrote it", async () => {
    for (const [path, text] of Object.entries(contents)) await byHand(path, text);
    const { did, remembered } = await write();
    assert.equal(did, "nothing");
    assert.equal((await commits()).length, 4);
    assert.equal(remembered.written[a], blobId(contents[a] ?? ""));
  });

  it("names every file that a person changed, deleted or had there before, and writes nothing", async () => {
    const { remembered } = await write(set({ files: { [a]: "name: a\n", [b]: "name: b\n" } }));
    await byHand(a, "name: mine\n");
    await byHand(b, undefined);
    await byHand(c, "name: old\n");
    const before = await commits();
    await assert.rejects(
      write(set({ files: { ...contents, "docs/d.md": "d" } }), remembered),
      (error: unknown) => {
        assert.ok(error instanceof PlatformError);
        assert.deepEqual(
          error.faults.map(({ where, problem }) => `${where} ${problem.split(";")[0]?.split(",")[0]}`),
          [
            `acme/${repo}:main:${a} was changed by hand`,
            `acme/${repo}:main:${b} was deleted by hand`,
            `acme/${repo}:main:${c} was there before`,
          ],
        );
        return true;
      },
    );
    assert.deepEqual(await commits(), before);
  });

  it("overwrites what it is told to lose, and not what comes in its place", async () => {
    const { remembered } = await write();
    await byHand(a, "name: mine\n");
    const agreed = set({ overwrite: [`${a}@${blobId("name: mine\n").slice(0, 7)}`] });
    const after = await write(agreed, remembered);
    assert.equal(await content(a), "name: a\n");
    await byHand(a, "name: again\n");
    await assert.rejects(write(agreed, after.remembered), refused("changed-by-hand", /a\.yml/));
    assert.equal(await content(a), "name: again\n");
  });

  it("leaves a file that was changed by hand and is declared no longer", async () => {
    const { remembered } = await write();
    await byHand(a, "name: mine\n");
    const { [a]: _dropped, ...files } = contents;
    const { plan } = await write(set({ files }), remembered);
    assert.deepEqual(
      plan.left.map(({ path }) => path),
      [a],
    );
    assert.equal(await content(a), "name: mine\n");
  });

  it("goes on from what somebody pushed meanwhile, and never over it", async () => {
    let raced = 0;
    const racing = github(tokens.alice, async (method) => {
      if (method === "PATCH" && raced++ < 2) await byHand("README.md", `# ${raced}\n`);
    });
    const { did } = await writeFileSet(racing, set(), nothingYet);
    assert.equal(did, "committed");
    assert.deepEqual(await commits(), ["Render the workflows", "By hand", "By hand", "Initial commit"]);
    assert.equal(await content("README.md"), "# 2\n");
  });

  it("sees a change by hand that came while it was writing", async () => {
    const { remembered } = await write();
    let raced = false;
    const racing = github(tokens.alice, async (method) => {
      if (method !== "PATCH" || raced) return;
      raced = true;
      await byHand(a, "name: mine\n");
    });
    const files = { ...contents, [a]: "name: A\n" };
    await assert.rejects(
      writeFileSet(racing, set({ files }), remembered),
      refused("changed-by-hand", /a\.yml/),
    );
    assert.equal(await content(a), "name: mine\n");
  });

  it("gives up where the branch never stands still, or isn't there", async () => {
    let pushes = 0;
    const racing = github(tokens.alice, async (method) => {
      if (method === "PATCH") await byHand("README.md", `# ${++pushes}\n`);
    });
    await assert.rejects(
      writeFileSet(racing, set(), nothingYet),
      refused("branch-keeps-moving", /7 times \(Update is not a fast forward\)/),
    );
    await assert.rejects(write(set({ branch: "trunk" })), refused("no-such-branch", /:trunk: /));
    await trial.repository("empty-set", { auto_init: false });
    const empty = { ...set(), repository: "acme/empty-set" };
    const git = new GitData(github().calls, "acme/empty-set");
    await assert.rejects(
      writeFileSet({ ...github(), git }, empty, nothingYet),
      refused("no-such-branch", /none with a commit/),
    );
  });

  it("takes no folder, link or file for what it is not", async () => {
    await byHand(`${a}/inner`, "x");
    await assert.rejects(write(), refused("changed-by-hand", /no plain file/));
    await byHand("docs", "a file");
    await assert.rejects(
      write(set({ files: { "docs/d.md": "d" } })),
      refused("changed-by-hand", /no plain file/),
    );
    assert.equal(await content("docs"), "a file");
  });

  it("lets a file that can be run stay so", async () => {
    const { data: made } = await trial.alice.git.createBlob({ ...at(), content: "#!/bin/sh\n" });
    const entry = { path: "run", mode: "100755", type: "blob", sha: made.sha } as const;
    const { data: tree } = await trial.alice.git.createTree({ ...at(), base_tree: "main", tree: [entry] });
    const { data: tip } = await trial.alice.git.getRef({ ...at(), ref: "heads/main" });
    const { data: commit } = await trial.alice.git.createCommit({
      ...at(),
      message: "m",
      tree: tree.sha,
      parents: [tip.object.sha],
    });
    await trial.alice.git.updateRef({ ...at(), ref: "heads/main", sha: commit.sha });
    await write(set({ files: { run: "#!/bin/sh\ntrue\n" } }), { ...nothingYet, written: { run: made.sha } });
    const { data } = await trial.alice.git.getTree({ ...at(), tree_sha: "main" });
    assert.equal(data.tree.find(({ path }) => path === "run")?.mode, "100755");
  });

  it("plans without changing anything", async () => {
    const plan = await planFileSet(github().git, set(), nothingYet);
    assert.deepEqual(
      plan?.changes,
      [a, b, c].map((path) => ({ path, does: "create" })),
    );
    assert.equal((await commits()).length, 1);
    assert.equal(await planFileSet(github().git, set({ branch: "trunk" }), nothingYet), undefined);
  });

  it("asks five reads and three changes, whether three files change or thirty", async () => {
    await trial.fetch("/_sandbox/journal", { method: "DELETE" });
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${workflows}/${n}.yml`, `${n}`]));
    await write(set({ files }));
    const asked = (await (await trial.fetch("/_sandbox/journal")).json()) as { operation: string }[];
    assert.deepEqual(
      asked.map(({ operation }) => operation),
      // Nothing below .github yet, so there is no further folder to look at.
      [
        "git/get-ref",
        "git/get-commit",
        "git/get-tree",
        "git/create-tree",
        "git/create-commit",
        "git/update-ref",
      ],
    );
    await trial.fetch("/_sandbox/journal", { method: "DELETE" });
    await write(set({ files: { ...files, [a]: "a" } }));
    const again = (await (await trial.fetch("/_sandbox/journal")).json()) as { method: string }[];
    assert.deepEqual(
      again.map(({ method }) => method),
      ["GET", "GET", "GET", "GET", "GET", "POST", "POST", "PATCH"],
    );
  });

  describe("on a branch that takes no pushes", () => {
    it("is one pull request, opened once, kept up to date, and seen to be merged", async () => {
      await protect();
      const first = await write();
      assert.equal(first.did, "proposed");
      const { proposal } = first.remembered;
      assert.ok(proposal !== undefined);
      assert.deepEqual(await commits(), ["Initial commit"]);
      assert.deepEqual(await commits("ghcr-platform/workflows"), ["Render the workflows", "Initial commit"]);
      const [pull, ...others] = await pulls();
      assert.deepEqual(others, []);
      assert.equal(pull?.html_url, proposal.url);
      assert.match(pull?.body ?? "", /- create `\.github\/workflows\/a\.yml`/);

      const files = { ...contents, [a]: "name: A\n" };
      const second = await write(set({ files }), first.remembered);
      assert.equal(second.remembered.proposal?.url, proposal.url);
      assert.equal((await pulls()).length, 1);
      assert.equal(await content(a, "ghcr-platform/workflows"), "name: A\n");
      assert.equal((await commits("ghcr-platform/workflows")).length, 3);

      const waiting = await readFileSet(github(), set({ files }), second.remembered);
      assert.deepEqual(waiting, { remembered: second.remembered, files });
      await merge(proposal.number);
      const merged = await readFileSet(github(), set({ files }), second.remembered);
      assert.equal(merged?.remembered.status, "committed");
      assert.deepEqual(merged?.files, files);
      assert.equal((await write(set({ files }), merged?.remembered)).did, "nothing");
    });

    it("changes nothing in a pull request that is as it should be", async () => {
      await protect();
      const { remembered } = await write();
      const again = await write(set(), remembered);
      assert.equal(again.remembered.proposal?.commit, remembered.proposal?.commit);
      assert.equal((await commits("ghcr-platform/workflows")).length, 2);
    });

    it("knows its own after a merge that no refresh has seen, and proposes on from there", async () => {
      await protect();
      const first = await write();
      await merge(first.remembered.proposal?.number ?? 0);
      const { [b]: _dropped, ...rest } = contents;
      const second = await write(set({ files: { ...rest, [a]: "name: A\n" } }), first.remembered);
      assert.equal(second.did, "proposed");
      assert.deepEqual(
        second.plan.changes.map(({ path, does }) => `${does} ${path}`),
        [`update ${a}`, `delete ${b}`],
      );
      await merge(second.remembered.proposal?.number ?? 0);
      assert.deepEqual([await content(a), await content(b)], ["name: A\n", undefined]);
    });

    it("never overwrites what a person pushed to the pull request", async () => {
      await protect();
      const { remembered } = await write();
      await byHand(a, "name: better\n", "ghcr-platform/workflows");
      await byHand("README.md", "# better\n", "ghcr-platform/workflows");
      const files = { ...contents, [b]: "name: B\n" };
      await assert.rejects(
        write(set({ files }), remembered),
        refused(
          "changed-by-hand",
          /:ghcr-platform\/workflows:\.github\/workflows\/a\.yml: was changed by hand/,
        ),
      );
      await write(set({ files: { ...files, [a]: "name: better\n" } }), remembered);
      assert.equal(await content("README.md", "ghcr-platform/workflows"), "# better\n");
      assert.equal(await content(b, "ghcr-platform/workflows"), "name: B\n");
    });

    it("proposes anew what was closed without a merge, on the branch that was left", async () => {
      await protect();
      const first = await write();
      const { proposal } = first.remembered;
      await trial.alice.pulls.update({ ...at(), pull_number: proposal?.number ?? 0, state: "closed" });
      const seen = await readFileSet(github(), set(), first.remembered);
      assert.equal(seen?.refusedPullRequest, proposal?.url);
      assert.deepEqual([seen?.files, seen?.remembered.status], [{}, "committed"]);
      const files = { ...contents, [a]: "name: A\n" };
      const second = await write(set({ files }), seen?.remembered);
      assert.notEqual(second.remembered.proposal?.number, proposal?.number);
      assert.equal((await pulls("open")).length, 1);
      assert.deepEqual(await commits("ghcr-platform/workflows"), ["Render the workflows", "Initial commit"]);
    });

    it("closes the pull request once the branch is as declared without it", async () => {
      const id = await protect();
      const first = await write();
      await trial.alice.repos.deleteRepoRuleset({ ...at(), ruleset_id: id });
      const second = await write(set(), first.remembered);
      assert.equal(second.did, "committed");
      assert.deepEqual(
        (await pulls()).map(({ state }) => state),
        ["closed"],
      );
      assert.equal(second.remembered.proposal, undefined);
      await protect();
      // The branch is still there, and ends with what was proposed.
      const third = await write(set({ files: { ...contents, [a]: "name: A\n" } }), second.remembered);
      assert.equal(third.did, "proposed");
    });

    it("takes no branch that holds somebody's work, and goes on where it was interrupted itself", async () => {
      await protect();
      const { data: tip } = await trial.alice.git.getRef({ ...at(), ref: "heads/main" });
      const ref = "refs/heads/ghcr-platform/workflows";
      await trial.alice.git.createRef({ ...at(), ref, sha: tip.object.sha });
      await byHand("README.md", "# mine\n", "ghcr-platform/workflows");
      await assert.rejects(write(), refused("proposal-branch-taken", /delete that branch|name another/));
      const other = set({ proposalBranch: "elsewhere" });
      const interrupted = github(tokens.alice, async (method, path) => {
        if (method === "POST" && path.endsWith("/pulls")) throw new Error("killed");
      });
      await assert.rejects(writeFileSet(interrupted, other, nothingYet), /killed/);
      assert.equal((await write(other)).did, "proposed");
      assert.deepEqual(await commits("elsewhere"), ["Render the workflows", "Initial commit"]);
    });
  });

  it("is read with what a person made of it", async () => {
    const { remembered } = await write();
    assert.deepEqual(await readFileSet(github(), set(), remembered), { remembered, files: contents });
    await byHand(a, "name: mine\n");
    await byHand(b, undefined);
    const seen = await readFileSet(github(), set(), remembered);
    assert.deepEqual(seen, { remembered, files: { [a]: "name: mine\n", [c]: "name: c\n" } });
    assert.equal(await readFileSet(github(), set({ branch: "gone" }), remembered), undefined);
  });

  it("takes over files as they are", async () => {
    await byHand(a, "name: mine\n");
    assert.deepEqual(await takeOver(github().git, "main", [a, b]), {
      files: { [a]: "name: mine\n" },
      written: { [a]: blobId("name: mine\n") },
    });
  });

  it("needs the right to write workflows, and says what GitHub refuses", async () => {
    await trial.alice.repos.addCollaborator({ ...at(), username: "bob", permission: "push" });
    await assert.rejects(
      writeFileSet(github(tokens.bob), set(), nothingYet),
      refused("github-denied", /404|403/),
    );
    await assert.rejects(
      writeFileSet(github(tokens.reader), set(), nothingYet),
      refused("github-denied", /403/),
    );
    assert.deepEqual(await commits(), ["Initial commit"]);
  });
});
