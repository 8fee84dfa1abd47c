import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokens, useTrial } from "../trial";
import { gitEnvironment } from "./run";

describe("git over HTTP", () => {
  const trial = useTrial();
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "github-git-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  interface Result {
    readonly code: number;
    readonly output: string;
  }

  function git(cwd: string, ...args: string[]): Promise<Result> {
    const who = { NAME: "Ann", EMAIL: "ann@example.com" };
    const people = Object.entries(who).flatMap(([key, value]) =>
      ["AUTHOR", "COMMITTER"].map((role) => [`GIT_${role}_${key}`, value] as const),
    );
    const env = gitEnvironment(Object.fromEntries(people));
    return new Promise((resolve) => {
      execFile("git", args, { cwd, env }, (error, stdout, stderr) =>
        resolve({
          code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1,
          output: stdout + stderr,
        }),
      );
    });
  }

  /** Authentication is HTTP Basic, with the token in the password's place. */
  function address(repo: string, token?: string): string {
    const url = new URL(`${trial.github.url}/acme/${repo}.git`);
    if (token !== undefined) Object.assign(url, { username: "x-access-token", password: token });
    return url.href;
  }

  async function cloned(repo: string, token: string = tokens.alice): Promise<string> {
    const work = join(folder, repo);
    const result = await git(folder, "clone", "--quiet", address(repo, token), work);
    assert.equal(result.code, 0, result.output);
    return work;
  }

  async function committed(work: string, file: string): Promise<void> {
    mkdirSync(join(work, file, ".."), { recursive: true });
    writeFileSync(join(work, file), `${file} ${Math.random()}\n`);
    await git(work, "add", "--all");
    const result = await git(work, "commit", "--quiet", "-m", `Add ${file}`);
    assert.equal(result.code, 0, result.output);
  }

  it("clones what the API wrote, and the API shows what is pushed", async () => {
    const at = await trial.repository("both-ways");
    const work = await cloned(at.repo);
    await committed(work, "pushed.txt");
    const pushed = await git(work, "push", "--quiet", "origin", "main");
    assert.equal(pushed.code, 0, pushed.output);
    const { data } = await trial.alice.repos.getContent({ ...at, path: "pushed.txt" });
    assert.ok(!Array.isArray(data) && data.type === "file");
    const commit = await trial.alice.repos.getCommit({ ...at, ref: "main" });
    assert.equal(commit.data.commit.author?.name, "Ann");
  });

  it("shows by pushed_at that something was pushed", async () => {
    const at = await trial.repository("pushed-at");
    const work = await cloned(at.repo);
    await trial.fetch("/_sandbox/clock", { method: "POST", body: JSON.stringify({ advanceMs: 60_000 }) });
    const before = (await trial.alice.repos.get(at)).data.pushed_at;
    await committed(work, "f");
    await git(work, "push", "--quiet");
    const after = (await trial.alice.repos.get(at)).data.pushed_at;
    assert.ok(Date.parse(after ?? "") > Date.parse(before ?? ""));
  });

  it("takes the first branch that an empty repository gets for its default", async () => {
    const at = await trial.repository("started-elsewhere", { auto_init: false });
    const work = join(folder, "fresh");
    await git(folder, "init", "--quiet", "--initial-branch=trunk", work);
    await committed(work, "f");
    const pushed = await git(work, "push", "--quiet", address(at.repo, tokens.alice), "trunk");
    assert.equal(pushed.code, 0, pushed.output);
    assert.equal((await trial.alice.repos.get(at)).data.default_branch, "trunk");
    assert.match((await git(await cloned(at.repo), "branch")).output, /trunk/);
  });

  it("asks for credentials where there are none, and refuses wrong ones", async () => {
    const at = await trial.repository("closed", { visibility: "private" });
    const anonymous = await git(folder, "clone", address(at.repo), "a");
    assert.match(anonymous.output, /could not read Username|terminal prompts disabled/);
    const wrong = await git(folder, "clone", address(at.repo, "nonsense"), "b");
    assert.match(wrong.output, /Bad credentials|Authentication failed/);
    const open = await trial.repository("open");
    assert.equal((await git(folder, "clone", "--quiet", address(open.repo), "c")).code, 0);
  });

  it("takes no push from who may only read", async () => {
    const at = await trial.repository("read-only");
    const work = await cloned(at.repo, tokens.bob);
    await committed(work, "f");
    const pushed = await git(work, "push", "origin", "main");
    assert.notEqual(pushed.code, 0);
    assert.match(pushed.output, /403|Must have push access/);
  });

  it("takes no push past a ruleset, says why, and keeps nothing of it", async () => {
    const at = await trial.repository("guarded");
    const work = await cloned(at.repo);
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        {
          type: "pull_request",
          parameters: {
            dismiss_stale_reviews_on_push: false,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_approving_review_count: 0,
            required_review_thread_resolution: false,
          },
        },
      ],
    });
    await committed(work, "f");
    const refused = await git(work, "push", "origin", "main");
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /GH013: Repository rule violations found for refs\/heads\/main/);
    assert.match(refused.output, /- Changes must be made through a pull request\./);
    assert.equal((await trial.alice.repos.listCommits(at)).data.length, 1);
    const beside = await git(work, "push", "--quiet", "origin", "main:side");
    assert.equal(beside.code, 0, beside.output);
  });

  it("takes no force-push where rules forbid it, and takes a fast-forward there", async () => {
    const at = await trial.repository("no-force");
    const work = await cloned(at.repo);
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "all",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "non_fast_forward" }, { type: "deletion" }, { type: "required_linear_history" }],
    });
    await committed(work, "f");
    assert.equal((await git(work, "push", "--quiet", "origin", "main", "main:side")).code, 0);
    await git(work, "commit", "--quiet", "--amend", "-m", "Other");
    assert.match((await git(work, "push", "--force", "origin", "main")).output, /Cannot force-push/);
    assert.match((await git(work, "push", "origin", ":side")).output, /Cannot delete/);
    await git(work, "reset", "--quiet", "--hard", "origin/main");
    await git(work, "checkout", "--quiet", "-b", "topic", "HEAD~1");
    await committed(work, "g");
    await git(work, "checkout", "--quiet", "main");
    await git(work, "merge", "--quiet", "--no-ff", "-m", "Merge", "topic");
    assert.match((await git(work, "push", "origin", "main")).output, /must not contain merge commits/);
  });

  it("takes workflow files only from a token with that scope", async () => {
    const at = await trial.repository("workflow-push");
    await trial.alice.repos.addCollaborator({ ...at, username: "bob", permission: "push" });
    const work = await cloned(at.repo, tokens.bob);
    await committed(work, ".github/workflows/ci.yml");
    const refused = await git(work, "push", "origin", "main");
    assert.match(refused.output, /refusing to allow a Personal Access Token .* workflow/);
    const allowed = await git(work, "push", "--quiet", address(at.repo, tokens.alice), "main");
    assert.equal(allowed.code, 0, allowed.output);
  });

  it("goes on serving a repository under the name it had", async () => {
    const at = await trial.repository("git-before");
    const work = await cloned(at.repo);
    await trial.alice.repos.update({ ...at, name: "git-after" });
    await committed(work, "f");
    const pushed = await git(work, "push", "--quiet", "origin", "main");
    assert.equal(pushed.code, 0, pushed.output);
  });

  it("serves pushes of more than fits into one request of known length", async () => {
    const at = await trial.repository("large");
    const work = await cloned(at.repo);
    const noise = Array.from({ length: 300_000 }, () => Math.random().toString(36)).join("\n");
    writeFileSync(join(work, "noise"), noise);
    await committed(work, "small");
    const pushed = await git(work, "push", "--quiet", "origin", "main");
    assert.equal(pushed.code, 0, pushed.output);
    const { data } = await trial.alice.repos.getContent({ ...at, path: "" });
    assert.ok(
      Array.isArray(data) && data.some(({ name, size }) => name === "noise" && size === noise.length),
    );
  });

  it("keeps annotated tags", async () => {
    const at = await trial.repository("tags");
    const work = await cloned(at.repo);
    await git(work, "tag", "-a", "v1.0.0", "-m", "First");
    assert.equal((await git(work, "push", "--quiet", "origin", "v1.0.0")).code, 0);
    const { data: ref } = await trial.alice.git.getRef({ ...at, ref: "tags/v1.0.0" });
    assert.equal(ref.object.type, "tag");
    const { data: tag } = await trial.alice.git.getTag({ ...at, tag_sha: ref.object.sha });
    assert.deepEqual([tag.message, tag.tagger.name, tag.object.type], ["First", "Ann", "commit"]);
    const { data: tags } = await trial.alice.repos.listTags(at);
    assert.equal(tags[0]?.commit.sha, tag.object.sha);
  });
});
