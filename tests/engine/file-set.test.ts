/** Sets of files on the real engine, with GitHub's stand-in: real commits, a real state. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { blobId } from "../../clients/git-data";
import { tokens, useTrial } from "../../sandbox/github-api/trial";
import { SmallStack } from "./small-stack";

const workflow = (name: string) => `.github/workflows/${name}.yml`;
const at = { owner: "acme", repo: "tools" };

describe("ghcr.FileSet on the engine", () => {
  const trial = useTrial();
  let stack: SmallStack;

  before(async () => {
    await trial.repository("tools", { delete_branch_on_merge: true });
    stack = await SmallStack.make({ GITHUB_TOKEN: tokens.alice });
  });
  after(() => stack.remove());

  interface Declared {
    /** Contents by name of the workflow. */
    readonly files: Readonly<Record<string, string>>;
    readonly overwrite?: readonly string[];
    readonly importId?: string;
  }

  function declare({ files, overwrite = [], importId }: Declared, name = "set"): void {
    const paths = Object.fromEntries(Object.entries(files).map(([each, text]) => [workflow(each), text]));
    stack.program(`
      const provider = new ghcr.Provider("ghcr", { githubUrl: "${trial.github.url}/api/v3/", writeDelayMs: 0 });
      const set = new ghcr.FileSet("${name}", {
        repository: "acme/tools",
        branch: "main",
        files: ${JSON.stringify(paths)},
        overwrite: ${JSON.stringify(overwrite)},
        message: "Render the workflows",
        proposalBranch: "ghcr-platform/workflows",
      }, { provider${importId === undefined ? "" : `, import: "${importId}"`} });
      export const status = set.status;
      export const pullRequest = set.pullRequest;
    `);
  }

  const up = (...args: readonly string[]) => stack.must("up", "--yes", "--skip-preview", ...args);
  const output = async (name: string) =>
    (JSON.parse(await stack.must("stack", "output", "--json")) as Record<string, unknown>)[name];
  const commits = async () =>
    (await trial.alice.repos.listCommits({ ...at, per_page: 100 })).data.map(
      ({ commit }) => commit.message.split("\n")[0],
    );
  const changed = async (ref = "main") =>
    (await trial.alice.repos.getCommit({ ...at, ref })).data.files?.map(
      ({ filename, status }) => `${status} ${filename}`,
    );

  async function byHand(name: string, text: string): Promise<void> {
    const path = workflow(name);
    const { data } = await trial.alice.repos.getContent({ ...at, path });
    await trial.alice.repos.createOrUpdateFileContents({
      ...{ ...at, path, message: "By hand", sha: (data as { sha: string }).sha },
      content: Buffer.from(text).toString("base64"),
    });
  }

  async function content(name: string): Promise<string> {
    const { data } = await trial.alice.repos.getContent({ ...at, path: workflow(name) });
    return Buffer.from((data as { content: string }).content, "base64").toString();
  }

  const files = { a: "name: a\n", b: "name: b\n", c: "name: c\n", d: "name: d\n" };
  const next = { a: "name: A\n", b: "name: B\n", c: "name: c\n", e: "name: e\n" };

  it("writes four files in one commit, and the second up changes and asks nothing", async () => {
    declare({ files });
    const preview = await stack.must("preview");
    assert.match(preview, /acme\/tools:main: create \.github\/workflows\/a\.yml, .*; in one commit/);
    assert.deepEqual(await commits(), ["Initial commit"]);
    await up();
    assert.deepEqual(await commits(), ["Render the workflows", "Initial commit"]);
    assert.deepEqual(
      await changed(),
      ["a", "b", "c", "d"].map((name) => `added ${workflow(name)}`),
    );
    assert.equal(await output("status"), "committed");
    trial.github.clearJournal();
    assert.match(await up(), /3 unchanged/);
    assert.deepEqual(trial.github.journal(), []);
  });

  it("names the files that differ in a preview, touches nothing, and changes four of them in one commit", async () => {
    declare({ files: next });
    const preview = await stack.must("preview", "--diff");
    assert.match(preview, /~ \.github\/workflows\/a\.yml/);
    assert.match(preview, /- \.github\/workflows\/d\.yml/);
    assert.match(preview, /\+ \.github\/workflows\/e\.yml/);
    assert.doesNotMatch(preview, /[~+-] \.github\/workflows\/c\.yml/);
    assert.equal((await commits()).length, 2);
    await up();
    assert.equal((await commits()).length, 3);
    assert.deepEqual(await changed(), [
      `modified ${workflow("a")}`,
      `modified ${workflow("b")}`,
      `removed ${workflow("d")}`,
      `added ${workflow("e")}`,
    ]);
  });

  it("shows a file that was changed by hand, and overwrites it only once that content is given up", async () => {
    await byHand("a", "name: mine\n");
    declare({ files: { ...next, b: "name: b2\n", a: "name: a2\n" } });
    const preview = await stack.must("preview");
    const words = `acme/tools:main:${workflow("a")} was changed by hand`;
    assert.ok(preview.includes(`warning: ${words}`), preview);
    const refused = await stack.run("up", "--yes", "--skip-preview");
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /a\.yml: was changed by hand/);
    assert.deepEqual([await content("a"), await content("b")], ["name: mine\n", "name: B\n"]);
    const [, agreed = ""] = /adding "([^"]+)" to `overwrite`/.exec(refused.output) ?? [];
    assert.equal(agreed, `${workflow("a")}@${blobId("name: mine\n").slice(0, 12)}`);
    declare({ files: { ...next, b: "name: b2\n", a: "name: a2\n" }, overwrite: [agreed] });
    await up();
    assert.deepEqual([await content("a"), await content("b")], ["name: a2\n", "name: b2\n"]);
    declare({ files: next });
    await up();
  });

  it("shows drift in a refresh, file by file, and takes the change where it is declared", async () => {
    assert.match(await stack.must("refresh", "--yes"), /3 unchanged/);
    await byHand("b", "name: drifted\n");
    const shown = await stack.must("preview", "--refresh", "--diff");
    assert.match(shown, /~ \.github\/workflows\/b\.yml/);
    assert.match(shown, /name: drifted/);
    assert.doesNotMatch(shown, /[~+-] \.github\/workflows\/[ace]\.yml/);
    const refused = await stack.run("up", "--yes", "--skip-preview", "--refresh");
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /b\.yml: was changed by hand/);
    assert.equal(await content("b"), "name: drifted\n");
    const before = await commits();
    declare({ files: { ...next, b: "name: drifted\n" } });
    await up();
    assert.match(await up("--refresh"), /3 unchanged/);
    assert.deepEqual(await commits(), before);
  });

  it("opens one pull request where rules forbid a push, keeps it up to date, and sees it merged", async () => {
    const { data: ruleset } = await trial.alice.repos.createRepoRuleset({
      ...at,
      ...{ name: "default branch", target: "branch", enforcement: "active" },
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
    const before = await commits();
    declare({ files: { ...files, a: "name: one\n" } });
    assert.match(await stack.must("preview"), /by a pull request from ghcr-platform\/workflows, since rules/);
    assert.match(await up(), /takes no pushes, so http\S+\/pull\/1 proposes: update/);
    assert.deepEqual([await output("status"), await commits()], ["proposed", before]);
    const url = await output("pullRequest");
    assert.match(String(url), /\/acme\/tools\/pull\/1$/);
    assert.match(await up(), /waits in http\S+\/pull\/1/);
    declare({ files: { ...files, a: "name: two\n" } });
    await up();
    assert.equal(await output("pullRequest"), url);
    const { data: pulls } = await trial.alice.pulls.list({ ...at, state: "all" });
    assert.equal(pulls.length, 1);
    assert.match(await stack.must("refresh", "--yes"), /3 unchanged/);
    await trial.alice.pulls.merge({ ...at, pull_number: 1, merge_method: "squash" });
    await stack.must("refresh", "--yes");
    await up();
    assert.deepEqual([await output("status"), await output("pullRequest")], ["committed", undefined]);
    assert.equal(await content("a"), "name: two\n");
    await trial.alice.repos.deleteRepoRuleset({ ...at, ruleset_id: ruleset.id });
  });

  it("leaves the files when it is destroyed, and is imported with them as they are", async () => {
    const before = await commits();
    await stack.must("destroy", "--yes", "--skip-preview");
    const held = { ...files, a: "name: two\n" };
    const paths = Object.keys(held).map(workflow);
    declare({ files: held, importId: `acme/tools:main:${paths.join(",")}` });
    assert.match(await up(), /= 1 imported/);
    declare({ files: held });
    assert.match(await up(), /3 unchanged/);
    assert.deepEqual(await commits(), before);
    // Imported is taken over: it may be changed.
    declare({ files: { ...held, b: "name: imported\n" } });
    await up();
    assert.equal(await content("b"), "name: imported\n");
  });
});

describe("the change from one commit a file to a set", () => {
  const trial = useTrial();
  let stack: SmallStack;

  before(async () => {
    await trial.repository("tools");
    stack = await SmallStack.make({ GITHUB_TOKEN: tokens.alice });
  });
  after(() => stack.remove());

  const names = ["a", "b", "c"];

  /** As the components declared them before. */
  function oneByOne(): void {
    stack.program(`
      import * as github from "@pulumi/github";
      const provider = new github.Provider("github", {
        owner: "acme", baseUrl: "${trial.github.url}/", writeDelayMs: 0, retryDelayMs: 0,
      });
      const files: github.RepositoryFile[] = [];
      for (const name of ${JSON.stringify(names)}) {
        const file = \`.github/workflows/\${name}.yml\`;
        files.push(new github.RepositoryFile(file, {
          repository: "tools", branch: "main", file, content: \`name: \${name}\\n\`,
          commitMessage: \`Render \${file}\`, overwriteOnCreate: true,
        }, { provider, dependsOn: files.slice(-1) }));
      }
      export const ghcrUnused = ghcr.FileSet.name;
    `);
  }

  function asSet(): void {
    stack.program(`
      import * as github from "@pulumi/github";
      new github.Provider("github", { owner: "acme", baseUrl: "${trial.github.url}/", writeDelayMs: 0, retryDelayMs: 0 });
      const provider = new ghcr.Provider("ghcr", { githubUrl: "${trial.github.url}/api/v3/", writeDelayMs: 0 });
      new ghcr.FileSet("set", {
        repository: "acme/tools",
        branch: "main",
        files: ${JSON.stringify(Object.fromEntries(names.map((name) => [workflow(name), `name: ${name}\n`])))},
      }, { provider });
    `);
  }

  const present = async () => {
    const { data } = await trial.alice.repos.getContent({ ...at, path: ".github/workflows" });
    return (data as { name: string }[]).map(({ name }) => name);
  };

  it("would delete the files by itself, which the preview says", async () => {
    oneByOne();
    await stack.must("up", "--yes", "--skip-preview");
    asSet();
    const preview = await stack.must("preview");
    assert.match(preview, /- 3 to delete/);
    assert.match(preview, /RepositoryFile .*delete/);
  });

  it("keeps every file and makes no commit after the step that the documentation has for it", async () => {
    const { data: before } = await trial.alice.repos.listCommits(at);
    const text = readFileSync(join(__dirname, "../../docs/workflow_files.md"), "utf8");
    const [, step = ""] = /^```sh once\n([\s\S]*?)^```$/m.exec(text) ?? [];
    assert.match(step, /pulumi stack import/);
    const { status, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", step], {
      cwd: stack.folder,
      env: stack.environment,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const output = await stack.must("up", "--yes", "--skip-preview");
    assert.match(output, /3 (deleted|retained|forgotten)|- 3/);
    assert.deepEqual(await present(), ["a.yml", "b.yml", "c.yml"]);
    const { data: after } = await trial.alice.repos.listCommits(at);
    assert.deepEqual(
      after.map(({ sha }) => sha),
      before.map(({ sha }) => sha),
    );
    assert.match(await stack.must("up", "--yes", "--skip-preview", "--refresh"), /4 unchanged/);
  });
});
