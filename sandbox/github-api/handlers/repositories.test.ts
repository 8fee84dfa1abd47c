import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

withAndWithoutEtags("repositories", (trial) => {
  it("have GitHub's defaults when only a name is given", async () => {
    const { data } = await trial.alice.repos.createInOrg({ org: "acme", name: "plain" });
    const { visibility, default_branch, has_issues, has_wiki, allow_merge_commit, delete_branch_on_merge } =
      data;
    assert.deepEqual(
      { visibility, default_branch, has_issues, has_wiki, allow_merge_commit, delete_branch_on_merge },
      {
        visibility: "public",
        default_branch: "main",
        has_issues: true,
        has_wiki: true,
        allow_merge_commit: true,
        delete_branch_on_merge: false,
      },
    );
    assert.equal(data.squash_merge_commit_title, "COMMIT_OR_PR_TITLE");
    assert.equal(data.clone_url, `${trial.github.url}/acme/plain.git`);
  });

  it("are made for a user by the user's own call", async () => {
    const { data } = await trial.alice.repos.createForAuthenticatedUser({ name: "own", private: true });
    assert.equal(data.full_name, "alice/own");
    assert.equal(data.private, true);
  });

  it("change in what is named and keep the rest", async () => {
    const at = await trial.repository("changing", { description: "before", has_wiki: false });
    await trial.alice.repos.update({ ...at, description: "after", delete_branch_on_merge: true });
    const { data } = await trial.alice.repos.get(at);
    assert.equal(data.description, "after");
    assert.equal(data.delete_branch_on_merge, true);
    assert.equal(data.has_wiki, false);
  });

  it("refuse a visibility that they have already", async () => {
    const at = await trial.repository("visible", { visibility: "private" });
    const { status } = await refusal(trial.alice.repos.update({ ...at, visibility: "private" }));
    assert.equal(status, 422);
    const { data } = await trial.alice.repos.update({ ...at, visibility: "public" });
    assert.equal(data.private, false);
  });

  it("refuse a name that is taken, whatever its case", async () => {
    await trial.repository("taken");
    const { status, message } = await refusal(trial.repository("Taken"));
    assert.deepEqual([status, message], [422, "Repository creation failed."]);
  });

  it("go on answering to the name they had, with all that is theirs", async () => {
    const at = await trial.repository("old-name");
    await trial.alice.actions.createRepoVariable({ ...at, name: "REGION", value: "eu" });
    await trial.alice.repos.update({ ...at, name: "new-name" });
    assert.equal((await trial.alice.repos.get(at)).data.full_name, "acme/new-name");
    const { data } = await trial.alice.actions.getRepoVariable({ ...at, name: "REGION" });
    assert.equal(data.value, "eu");
    await trial.alice.actions.updateRepoVariable({ ...at, name: "REGION", value: "us" });
    const moved = await trial.alice.actions.getRepoVariable({
      owner: "acme",
      repo: "new-name",
      name: "REGION",
    });
    assert.equal(moved.data.value, "us");
  });

  it("don't give a former name away to who may not see them", async () => {
    const at = await trial.repository("hidden-before", { visibility: "private" });
    await trial.alice.repos.update({ ...at, name: "hidden-after" });
    assert.equal((await trial.fetch("/repos/acme/hidden-before", {}, "")).status, 404);
  });

  it("can only be read, unarchived or deleted once archived", async () => {
    const at = await trial.repository("archived");
    await trial.alice.repos.update({ ...at, archived: true });
    const { status, message } = await refusal(trial.alice.repos.replaceAllTopics({ ...at, names: ["x"] }));
    assert.deepEqual([status, message], [403, "Repository was archived so is read-only."]);
    assert.equal((await refusal(trial.alice.repos.update({ ...at, description: "x" }))).status, 403);
    await trial.alice.repos.update({ ...at, archived: false });
    await trial.alice.repos.replaceAllTopics({ ...at, names: ["x"] });
  });

  it("are gone with everything that was theirs, from disk too", async () => {
    const at = await trial.repository("doomed");
    const { data } = await trial.alice.repos.get(at);
    await trial.alice.actions.createRepoVariable({ ...at, name: "V", value: "1" });
    const folder = join(trial.dataDir, "git", `${data.id}.git`);
    assert.ok(existsSync(folder));
    await trial.alice.repos.delete(at);
    assert.equal((await refusal(trial.alice.repos.get(at))).status, 404);
    assert.ok(!readdirSync(join(trial.dataDir, "git")).includes(`${data.id}.git`));
    await trial.repository("doomed");
    assert.equal((await trial.alice.actions.listRepoVariables(at)).data.total_count, 0);
  });

  it("keep their topics in order and refuse those that GitHub refuses", async () => {
    const at = await trial.repository("topical");
    await trial.alice.repos.replaceAllTopics({ ...at, names: ["publishing", "container"] });
    assert.deepEqual((await trial.alice.repos.getAllTopics(at)).data.names, ["publishing", "container"]);
    assert.equal(
      (await refusal(trial.alice.repos.replaceAllTopics({ ...at, names: ["Not OK"] }))).status,
      422,
    );
  });

  it("have vulnerability alerts as a state: 404 off, 204 on", async () => {
    const at = await trial.repository("alerts");
    assert.equal((await refusal(trial.alice.repos.checkVulnerabilityAlerts(at))).status, 404);
    await trial.alice.repos.enableVulnerabilityAlerts(at);
    assert.equal((await trial.alice.repos.checkVulnerabilityAlerts(at)).status, 204);
    await trial.alice.repos.disableVulnerabilityAlerts(at);
    assert.equal((await refusal(trial.alice.repos.checkVulnerabilityAlerts(at))).status, 404);
  });

  it("answer by id as by name", async () => {
    const at = await trial.repository("by-id");
    const { data } = await trial.alice.repos.get(at);
    const answer = await trial.fetch(`/api/v3/repositories/${data.id}/topics`);
    assert.deepEqual(await answer.json(), { names: [] });
    assert.equal((await trial.fetch("/repositories/999999")).status, 404);
  });

  it("show who may only read neither merge settings nor security settings", async () => {
    const at = await trial.repository("readable");
    const seen = (await trial.as(tokens.bob).repos.get(at)).data;
    assert.deepEqual(seen.permissions, {
      admin: false,
      maintain: false,
      push: false,
      triage: false,
      pull: true,
    });
    assert.equal(seen.security_and_analysis, undefined);
    assert.equal(
      (await trial.alice.repos.get(at)).data.security_and_analysis?.secret_scanning?.status,
      "disabled",
    );
  });
});
