/** `ghcr:index:FileSet` over the plugins' protocol, with GitHub's stand-in behind it. */
import assert from "node:assert/strict";
import { blobId } from "../clients/git-data";
import {
  secret,
  startProvider,
  UNKNOWN,
  type Properties,
  type ProviderTrial,
} from "../provider/testing/provider-trial";
import { tokens, useTrial } from "../sandbox/github-api/trial";

const [a, b] = [".github/workflows/a.yml", ".github/workflows/b.yml"];
const files = { [a]: "name: a\n", [b]: "name: b\n" };
const unknown = Object.fromEntries(
  ["status", "commit", "pullRequest", "written", "proposal", "lastProposal"].map((name) => [name, UNKNOWN]),
);

describe("ghcr.FileSet", () => {
  const github = useTrial();
  let trial: ProviderTrial;
  let count = 0;
  let repository = "";
  const at = () => ({ owner: "acme", repo: repository.split("/")[1] ?? "" });
  const inputs = (more: Properties = {}): Properties => ({ repository, branch: "main", files, ...more });

  beforeEach(async () => {
    repository = `acme/files-${++count}`;
    await github.repository(at().repo);
    await start();
  });
  afterEach(() => trial.end());

  async function start(config: Properties = {}): Promise<void> {
    const where = { githubUrl: `${github.github.url}/api/v3/`, githubToken: tokens.alice };
    trial = await startProvider("ghcr:index:FileSet", {}, { ...where, ...config });
  }

  async function byHand(path: string, text: string): Promise<void> {
    const before = await github.alice.repos.getContent({ ...at(), path }).catch(() => undefined);
    const sha = (before?.data as { sha?: string } | undefined)?.sha;
    await github.alice.repos.createOrUpdateFileContents({
      ...{ ...at(), path, message: "By hand", content: Buffer.from(text).toString("base64") },
      ...(sha === undefined ? {} : { sha }),
    });
  }

  const commits = async () =>
    (await github.alice.repos.listCommits(at())).data.map(({ commit }) => commit.message);

  async function protect(bypass: readonly { actor_type: "RepositoryRole"; actor_id: number }[] = []) {
    await github.alice.repos.createRepoRuleset({
      ...at(),
      ...{ name: "default branch", target: "branch", enforcement: "active" },
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      bypass_actors: bypass.map((actor) => ({ ...actor, bypass_mode: "always" as const })),
      rules: [{ type: "deletion" }, { type: "update" }],
    });
  }

  it("says in a preview what a commit would change, and changes nothing", async () => {
    const { id, properties } = await trial.client.create(inputs(), true);
    assert.deepEqual([id, properties], ["", { ...inputs(), ...unknown }]);
    assert.deepEqual(trial.said(), [`info: ${repository}:main: create ${a}, create ${b}; in one commit`]);
    assert.deepEqual(await commits(), ["Initial commit"]);
  });

  it("is one commit, whose id it knows, and nothing the second time", async () => {
    const { id, properties } = await trial.client.create(inputs({ message: "Render the workflows" }));
    assert.equal(id, `${repository}:main`);
    const [newest = ""] = (await github.alice.repos.listCommits(at())).data;
    assert.deepEqual(properties, {
      ...inputs({ message: "Render the workflows" }),
      status: "committed",
      commit: typeof newest === "string" ? "" : newest.sha,
      written: { [a]: blobId("name: a\n"), [b]: blobId("name: b\n") },
    });
    assert.deepEqual(await commits(), [`Render the workflows\n\ncreate ${a}\ncreate ${b}`, "Initial commit"]);
    github.github.clearJournal();
    assert.deepEqual(await trial.client.diff(inputs(), inputs(), properties), {
      changed: [],
      replaces: [],
      paths: {},
    });
    assert.deepEqual(github.github.journal(), []);
  });

  it("names the files that differ, and replaces nothing for another name or branch", async () => {
    const { [b]: _dropped, ...rest } = files;
    const other = inputs({ files: { ...rest, [a]: "name: A\n", "c.yml": "c" } });
    assert.deepEqual(await trial.client.diff(inputs(), other), {
      changed: ["files"],
      replaces: [],
      paths: { [`files["${a}"]`]: "update", [`files["${b}"]`]: "delete", 'files["c.yml"]': "add" },
    });
    const moved = inputs({ repository: "acme/other", branch: "trunk", files: UNKNOWN });
    assert.deepEqual(await trial.client.diff(inputs(), moved), {
      changed: ["repository", "branch", "files"],
      replaces: [],
      paths: { repository: "update", branch: "update", files: "update" },
    });
    // GitHub doesn't tell names apart by case, and words alone make no commit.
    const words = inputs({ repository: repository.toUpperCase(), message: "Other words" });
    assert.deepEqual((await trial.client.diff(inputs(), words)).changed, []);
  });

  it("is changed by what may be lost now, and not by what may be lost no longer", async () => {
    const agreeing = inputs({ overwrite: [`${a}@absent`] });
    assert.deepEqual((await trial.client.diff(inputs(), agreeing)).changed, ["overwrite"]);
    assert.deepEqual((await trial.client.diff(agreeing, inputs())).changed, []);
  });

  it("warns in a preview of a file that was changed by hand, and refuses it in an update", async () => {
    const { properties } = await trial.client.create(inputs());
    await byHand(a, "name: mine\n");
    const next = inputs({ files: { ...files, [a]: "name: A\n" } });
    await trial.client.update(properties, next, true);
    const warning = trial.said().find((line) => line.startsWith("warning")) ?? "";
    const mine = `${a}@${blobId("name: mine\n").slice(0, 12)}`;
    assert.ok(warning.startsWith(`warning: ${repository}:main:${a} was changed by hand`), warning);
    assert.match(warning, /`pulumi up` stops there/);
    assert.ok(warning.includes(`adding "${mine}" to \`overwrite\``), warning);
    await assert.rejects(trial.client.update(properties, next), /a\.yml: was changed by hand/);
    assert.equal((await commits()).length, 3);
    const agreed = { ...next, overwrite: [mine] };
    assert.equal((await trial.client.update(properties, agreed))["status"], "committed");
    assert.equal((await commits()).length, 4);
  });

  it("shows in a refresh what a person made of the files, and still refuses to overwrite it", async () => {
    const { id, properties } = await trial.client.create(inputs());
    assert.deepEqual(await trial.client.read(id, properties, inputs()), { id, properties, inputs: inputs() });
    await byHand(a, "name: mine\n");
    const read = await trial.client.read(id, properties, inputs());
    const drifted = { ...files, [a]: "name: mine\n" };
    assert.deepEqual(read, {
      id,
      properties: { ...properties, files: drifted },
      inputs: inputs({ files: drifted }),
    });
    assert.deepEqual((await trial.client.diff(read?.inputs ?? {}, inputs())).paths, {
      [`files["${a}"]`]: "update",
    });
    await assert.rejects(trial.client.update(read?.properties ?? {}, inputs()), /was changed by hand/);
    // The person's change is taken.
    const taken = await trial.client.update(read?.properties ?? {}, inputs({ files: drifted }));
    assert.deepEqual(taken["written"], { [a]: blobId("name: mine\n"), [b]: blobId("name: b\n") });
  });

  it("says in a preview that rules stand against a push, proposes, and is committed once that is merged", async () => {
    await protect();
    await trial.client.create(inputs(), true);
    assert.match(trial.said().join(), /by a pull request from ghcr-platform\/files, since .*\(update\)/);
    const { id, properties } = await trial.client.create(inputs());
    const [pull] = (await github.alice.pulls.list(at())).data;
    assert.deepEqual([properties["status"], properties["pullRequest"]], ["proposed", pull?.html_url]);
    assert.match(trial.said().at(-1) ?? "", /^warning: .* takes no pushes, so http.*\/pull\/1 proposes/);
    await trial.client.diff(inputs(), inputs(), properties);
    assert.match(trial.said().at(-1) ?? "", /^info: waits in http.*\/pull\/1 /);
    assert.deepEqual(await trial.client.read(id, properties, inputs()), { id, properties, inputs: inputs() });
    const rulesets = await github.alice.repos.getRepoRulesets(at());
    await github.alice.repos.deleteRepoRuleset({ ...at(), ruleset_id: rulesets.data[0]?.id ?? 0 });
    await github.alice.pulls.merge({ ...at(), pull_number: 1, merge_method: "squash" });
    const read = await trial.client.read(id, properties, inputs());
    assert.deepEqual([read?.properties["status"], read?.properties["pullRequest"]], ["committed", undefined]);
  });

  it("foresees no pull request where the token's account may pass the rules by, and needs none", async () => {
    await protect([{ actor_type: "RepositoryRole", actor_id: 5 }]);
    await trial.client.create(inputs(), true);
    assert.match(trial.said().join(), /; in one commit$/);
    assert.equal((await trial.client.create(inputs())).properties["status"], "committed");
  });

  it("is imported with the files that are named as they are, and without any otherwise", async () => {
    await byHand(a, "name: mine\n");
    const taken = await trial.client.read(`${repository}:main:${a},${b}`);
    const imported = inputs({ files: { [a]: "name: mine\n" } });
    assert.deepEqual(taken, {
      id: `${repository}:main`,
      inputs: imported,
      properties: { ...imported, status: "committed", written: { [a]: blobId("name: mine\n") } },
    });
    const bare = await trial.client.read(`${repository}:main`);
    assert.deepEqual(bare?.inputs, inputs({ files: {} }));
    assert.equal(await trial.client.read(`${repository}:gone`), undefined);
    await assert.rejects(trial.client.read(repository), /must be <owner>\/<repository>:<branch>/);
    // What was taken over may be changed, and what wasn't may not.
    await assert.rejects(trial.client.update(bare?.properties ?? {}, inputs()), /was there before/);
    assert.equal((await trial.client.update(taken?.properties ?? {}, inputs()))["status"], "committed");
  });

  it("leaves the files in a repository that is named no longer, and writes them to the other", async () => {
    const { properties } = await trial.client.create(inputs());
    await github.repository(`${at().repo}-two`);
    const moved = inputs({ repository: `${repository}-two` });
    await trial.client.update(properties, moved, true, inputs());
    assert.ok(
      trial
        .said()
        .some(
          (line) => line === `info: the files in ${repository}:main stay, and nothing renders them any more`,
        ),
    );
    assert.equal((await trial.client.update(properties, moved, false, inputs()))["status"], "committed");
    assert.equal((await commits()).length, 2);
  });

  it("leaves the files when it is deleted, and says so", async () => {
    const { properties } = await trial.client.create(inputs());
    await trial.client.delete(properties);
    assert.match(
      trial.said().at(-1) ?? "",
      /^info: .*:main: the files are declared no longer and stay as they are/,
    );
    assert.equal((await commits()).length, 2);
  });

  it("is gone in a refresh where its branch is, and stays where GitHub can't be asked", async () => {
    const { id, properties } = await trial.client.create(inputs());
    await trial.end();
    await start({ githubToken: "nobody's" });
    assert.deepEqual(await trial.client.read(id, properties, inputs()), { id, properties, inputs: inputs() });
    assert.match(trial.said().join(), /was not compared with GitHub: .*401/);
    await trial.end();
    await start();
    await github.alice.repos.delete(at());
    assert.equal(await trial.client.read(id, properties, inputs()), undefined);
  });

  it("knows in a preview nothing of a repository that isn't there yet, and needs a token for more", async () => {
    const { properties } = await trial.client.create(inputs({ repository: UNKNOWN }), true);
    assert.deepEqual(properties, { ...inputs({ repository: UNKNOWN }), ...unknown });
    await trial.client.create(inputs({ repository: "acme/not-yet" }), true);
    assert.deepEqual(trial.said(), []);
    await trial.end();
    await start({ githubToken: undefined, token: undefined });
    await trial.client.create(inputs(), true);
    assert.match(trial.said().join(), /^warning: .*has no token that may write files/);
    await assert.rejects(
      trial.client.create(inputs()),
      /has no token that may write files\n {2}fix: export GITHUB_TOKEN/,
    );
  });

  it("refuses what can't be, all of it at once and each at its property", async () => {
    const { failures } = await trial.client.check({
      repository: "files",
      branch: "refs heads",
      files: { "../x": "x", d: "a file", "d/e": "below it", f: 7 },
      overwrite: [a],
      message: "two\nlines",
    });
    assert.deepEqual(Object.keys(failures).sort(), [
      "branch",
      'files["../x"]',
      'files["d/e"]',
      'files["f"]',
      "message",
      "overwrite[0]",
      "repository",
    ]);
    const hidden = await trial.client.check(inputs({ files: { [a]: secret("x") } }));
    assert.match(hidden.failures["files"] ?? "", /must not be a secret/);
    assert.deepEqual((await trial.client.check(inputs())).failures, {});
  });
});
