import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { after, before, describe, it } from "mocha";
import { run } from "./program";
import {
  canary,
  logOf,
  otherLines,
  serviceLine,
  serviceUrn,
  stepLine,
  summaryLine,
  urn,
} from "../core/preview/testing/events";
import { Trial, tokens } from "../sandbox/github-api/trial";

const trial = new Trial();
const folder = mkdtempSync(join(tmpdir(), "preview-commands-"));
const parent = serviceUrn("todost");
const deletion = { op: "delete", name: "LOG_LEVEL", parent } as const;
const logs: Readonly<Record<string, string>> = {
  quiet: logOf(
    ...otherLines,
    serviceLine("todost"),
    stepLine({ op: "same", name: "a", parent }),
    summaryLine(),
  ),
  deletes: logOf(...otherLines, serviceLine("todost"), stepLine(deletion), summaryLine()),
  fails: logOf(...otherLines, summaryLine("failed")),
  nonsense: `{"${canary}`,
};

before(async () => {
  await trial.start();
  for (const [name, log] of Object.entries(logs)) writeFileSync(join(folder, name), log);
});
after(async () => {
  await trial.end();
  rmSync(folder, { recursive: true });
});

async function ghcr(environment: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(["preview", ...args], {
    readInput: async () => "",
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    environment,
  });
  const text = stripVTControlCharacters([...out, ...err].join("\n"));
  assert.ok(!text.includes(canary), text);
  return { code, text };
}

const log = (name: string) => ["--event-log", `prod=${join(folder, name)}`];
const signedIn = { GITHUB_TOKEN: tokens.alice };
const at = (name: string) => ["--repository", `acme/${name}`, "--github-url", `${trial.github.url}/api/v3`];
const alice = ["--author", "alice"];

/** A pull request of one file, with its last commit. */
async function opened(name: string) {
  const repository = await trial.repository(name);
  const { data: main } = await trial.alice.git.getRef({ ...repository, ref: "heads/main" });
  await trial.alice.git.createRef({ ...repository, ref: "refs/heads/change", sha: main.object.sha });
  const file = { path: "new", message: "m", content: "YQo=", branch: "change" };
  const { data } = await trial.alice.repos.createOrUpdateFileContents({ ...repository, ...file });
  const pull = { title: "Change", head: "change", base: "main" };
  await trial.alice.pulls.create({ ...repository, ...pull });
  return { repository, commit: data.commit.sha ?? "" };
}

async function comments(repository: { owner: string; repo: string }) {
  const { data } = await trial.alice.issues.listComments({ ...repository, issue_number: 1 });
  return data.map(({ body }) => body ?? "");
}

describe("ghcr preview reduce", () => {
  it("writes a log that holds no value, and that every other command takes", async () => {
    const reduced = join(folder, "reduced");
    const { code, text } = await ghcr({}, "reduce", "--event-log", join(folder, "deletes"), "--out", reduced);
    assert.deepEqual([code, text], [0, "2 steps, 0 messages; the preview succeeded"]);
    assert.ok(!readFileSync(reduced, "utf8").includes(canary));
    const options = ["--pull-request", "1", "--commit", "a".repeat(40), "--dry-run", ...at("x")];
    assert.equal(
      (await ghcr({}, "comment", ...log("reduced"), ...options)).text,
      (await ghcr({}, "comment", ...log("deletes"), ...options)).text,
    );
  });

  it("says which line of which file is no event", async () => {
    const { code, text } = await ghcr(
      {},
      "reduce",
      "--event-log",
      join(folder, "nonsense"),
      "--out",
      "/dev/null/x",
    );
    assert.equal(code, 1);
    assert.match(text, /nonsense: line 1: is not JSON/);
  });
});

describe("ghcr preview comment", () => {
  it("makes one comment, changes it in place, and writes nothing where it is right", async () => {
    const { repository, commit } = await opened("commented");
    const options = ["--pull-request", "1", "--commit", commit, ...at("commented"), ...alice];
    assert.match(
      (await ghcr(signedIn, "comment", ...log("deletes"), ...options)).text,
      /^created the comment http/,
    );
    assert.match((await ghcr(signedIn, "comment", ...log("deletes"), ...options)).text, /says so already/);
    assert.match(
      (await ghcr(signedIn, "comment", ...log("quiet"), ...options)).text,
      /^updated the comment http/,
    );
    const [body, ...others] = await comments(repository);
    assert.match(body ?? "", /nothing changes/);
    assert.deepEqual(others, []);
  });

  it("tells of a preview that failed, and ends with 1", async () => {
    const { repository, commit } = await opened("failing");
    const options = ["--pull-request", "1", "--commit", commit, ...at("failing"), ...alice];
    const { code, text } = await ghcr(signedIn, "comment", ...log("fails"), ...options);
    assert.equal(code, 1);
    assert.match(text, /the stack prod can't be previewed/);
    assert.match((await comments(repository))[0] ?? "", /it fails/);
  });

  it("writes to the job summary for a fork, and without a token", async () => {
    const { repository, commit } = await opened("forked");
    const summary = join(folder, "summary");
    const options = ["--pull-request", "1", "--commit", commit, ...at("forked"), ...alice];
    const fork = ["--head-repository", "mallory/forked"];
    for (const [environment, more] of [
      [signedIn, fork],
      [{}, []],
    ] as const) {
      writeFileSync(summary, "");
      const withSummary = { ...environment, GITHUB_STEP_SUMMARY: summary };
      assert.equal((await ghcr(withSummary, "comment", ...log("deletes"), ...options, ...more)).code, 0);
      assert.match(readFileSync(summary, "utf8"), /\*\*delete\*\* actions variable `LOG_LEVEL`/);
    }
    assert.deepEqual(await comments(repository), []);
  });

  it("is wrong usage without a whole commit, a number or a stack's name", async () => {
    const good = [...log("quiet"), "--pull-request", "1", "--commit", "a".repeat(40), ...at("x")];
    for (const [flag, value] of [
      ["--commit", "4fa8d21"],
      ["--pull-request", "main"],
      ["--event-log", "preview.jsonl"],
      ["--repository", "acme"],
    ] as const) {
      assert.equal((await ghcr(signedIn, "comment", ...good, flag, value)).code, 2, flag);
    }
  });
});

describe("ghcr preview guard", () => {
  const guard = (name: string, ...args: readonly string[]) =>
    ghcr(signedIn, "guard", ...log("deletes"), ...at(name), ...alice, ...args);

  async function merged(name: string, shows: string) {
    const { repository, commit } = await opened(name);
    const options = ["--pull-request", "1", "--commit", commit, ...at(name), ...alice];
    await ghcr(signedIn, "comment", ...log(shows), ...options);
    return (await trial.alice.pulls.merge({ ...repository, pull_number: 1, merge_method: "squash" })).data
      .sha;
  }

  it("lets through what the merged pull request's comment showed", async () => {
    const sha = await merged("shown", "deletes");
    const { code, text } = await guard("shown", "--commit", sha);
    assert.deepEqual([code, text], [0, "nothing is deleted or replaced that was not shown"]);
  });

  it("stops at what it didn't show, and says how to go on", async () => {
    const sha = await merged("unshown", "quiet");
    const { code, text } = await guard("unshown", "--commit", sha);
    assert.equal(code, 1);
    const gone = urn("github:index/actionsVariable:ActionsVariable", "LOG_LEVEL");
    assert.ok(
      text.includes(`${gone}: would be deleted, and the pull request's comment did not show it`),
      text,
    );
    assert.equal((await guard("unshown", "--commit", sha, "--accept", gone)).code, 0);
  });

  it("takes the comments of every commit that is applied, and stops where there is none", async () => {
    const sha = await merged("several", "deletes");
    const at = { owner: "acme", repo: "several", path: "direct", message: "m", content: "YQo=" };
    const { data } = await trial.alice.repos.createOrUpdateFileContents(at);
    const direct = data.commit.sha ?? "";
    const { code, text } = await guard("several", "--commit", direct);
    assert.deepEqual([code, /no pull request that has a preview's comment/.test(text)], [1, true], text);
    assert.equal((await guard("several", "--commit", direct, "--commit", sha)).code, 0);
  });

  it("doesn't go by a comment that somebody else wrote, or that is of an earlier commit", async () => {
    const { repository, commit } = await opened("forged");
    const options = ["--pull-request", "1", ...at("forged")];
    const asBob = ["--author", "bob"];
    const forged = [...log("deletes"), ...options, "--commit", commit, ...asBob];
    await ghcr({ GITHUB_TOKEN: tokens.bob }, "comment", ...forged);
    await ghcr(signedIn, "comment", ...log("deletes"), ...options, "--commit", "a".repeat(40), ...alice);
    assert.equal((await comments(repository)).length, 2);
    const { data } = await trial.alice.pulls.merge({ ...repository, pull_number: 1, merge_method: "squash" });
    assert.match(
      (await guard("forged", "--commit", data.sha)).text,
      /of another commit than the one that was merged/,
    );
  });

  it("stops where the preview itself isn't whole", async () => {
    const { code, text } = await ghcr(
      signedIn,
      "guard",
      ...log("fails"),
      ...at("x"),
      "--commit",
      "a".repeat(40),
    );
    assert.deepEqual([code, /failed or broke off/.test(text)], [1, true], text);
  });
});

describe("ghcr preview drift", () => {
  it("opens an issue, leaves it alone, and closes it when the drift is gone, but not when nobody could look", async () => {
    await trial.repository("drifting");
    const drift = (name: string, ...more: readonly string[]) =>
      ghcr(signedIn, "drift", ...log(name), ...at("drifting"), ...alice, ...more);
    assert.match((await drift("quiet")).text, /there is no issue/);
    assert.match((await drift("deletes")).text, /^prod: created the issue/);
    assert.equal((await drift("deletes", "--detailed-exitcode")).code, 2);
    assert.equal((await drift("fails")).code, 1);
    const issues = async () =>
      (await trial.alice.issues.listForRepo({ owner: "acme", repo: "drifting", state: "all" })).data;
    assert.deepEqual(
      (await issues()).map(({ state, title }) => [state, title]),
      [["open", "Drift: the stack prod is not as declared"]],
    );
    assert.match((await drift("quiet")).text, /^prod: closed the issue/);
    assert.equal((await issues())[0]?.state, "closed");
  });
}).timeout(60_000);
