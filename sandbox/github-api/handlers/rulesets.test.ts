import assert from "node:assert/strict";
import { refusal, tokens, withAndWithoutEtags } from "../trial";

const pullRequest = {
  type: "pull_request",
  parameters: {
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_approving_review_count: 0,
    required_review_thread_resolution: false,
  },
} as const;

const gate = {
  type: "required_status_checks" as const,
  parameters: { strict_required_status_checks_policy: true, required_status_checks: [{ context: "gate" }] },
};

const onDefault = { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } };

withAndWithoutEtags("rulesets", (trial) => {
  const write = (at: { owner: string; repo: string }, path: string, branch?: string): Promise<unknown> =>
    trial.alice.repos.createOrUpdateFileContents({
      ...at,
      path,
      message: path,
      content: "",
      ...(branch === undefined ? {} : { branch }),
    });

  it("give back the rules as they were sent", async () => {
    const at = await trial.repository("echo");
    const rules = [{ type: "deletion" } as const, pullRequest, gate];
    const sent = { ...at, name: "main", enforcement: "active" as const, conditions: onDefault, rules };
    const { data } = await trial.alice.repos.createRepoRuleset(sent);
    assert.deepEqual(data.rules, rules);
    assert.deepEqual(data.conditions, onDefault);
    const read = await trial.alice.repos.getRepoRuleset({ ...at, ruleset_id: data.id });
    assert.deepEqual(read.data, data);
    const { data: list } = await trial.alice.repos.getRepoRulesets(at);
    assert.deepEqual(
      list.map((one) => [one.name, one.rules]),
      [["main", undefined]],
    );
  });

  it("change in what is sent and keep the rest", async () => {
    const at = await trial.repository("changing-rules");
    const bypass_actors = [
      { actor_id: 5, actor_type: "RepositoryRole" as const, bypass_mode: "always" as const },
    ];
    const sent = {
      ...at,
      name: "main",
      enforcement: "active" as const,
      conditions: onDefault,
      rules: [pullRequest],
      bypass_actors,
    };
    const { data } = await trial.alice.repos.createRepoRuleset(sent);
    await trial.alice.repos.updateRepoRuleset({ ...at, ruleset_id: data.id, enforcement: "disabled" });
    const kept = (await trial.alice.repos.getRepoRuleset({ ...at, ruleset_id: data.id })).data;
    assert.deepEqual(
      [kept.enforcement, kept.bypass_actors, kept.rules],
      ["disabled", bypass_actors, [pullRequest]],
    );
    await trial.alice.repos.updateRepoRuleset({ ...at, ruleset_id: data.id, bypass_actors: [] });
    const emptied = (await trial.alice.repos.getRepoRuleset({ ...at, ruleset_id: data.id })).data;
    assert.deepEqual(emptied.bypass_actors, []);
  });

  it("don't tell who may pass to who may only read", async () => {
    const at = await trial.repository("discreet");
    const { data } = await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
    });
    const seen = await trial.as(tokens.bob).repos.getRepoRuleset({ ...at, ruleset_id: data.id });
    assert.equal("bypass_actors" in seen.data, false);
    assert.equal("bypass_actors" in data, true);
  });

  it("that ask for pull requests refuse a file written straight to the branch, and to no other", async () => {
    const at = await trial.repository("guarded-branch");
    await write(at, "before");
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
      conditions: onDefault,
      rules: [pullRequest],
    });
    const { status, message } = await refusal(write(at, "after"));
    assert.equal(status, 409);
    assert.match(
      message,
      /^Repository rule violations found\n\nChanges must be made through a pull request\.\n\n$/,
    );
    const { data } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    await trial.alice.git.createRef({ ...at, ref: "refs/heads/side", sha: data.object.sha });
    await write(at, "after", "side");
  });

  it("let pass whom they name, and nobody while only for pull requests", async () => {
    const at = await trial.repository("passing");
    const actor = { actor_id: 5, actor_type: "RepositoryRole" as const };
    const ruleset = {
      ...at,
      name: "main",
      enforcement: "active" as const,
      conditions: onDefault,
      rules: [pullRequest],
    };
    const { data } = await trial.alice.repos.createRepoRuleset({
      ...ruleset,
      bypass_actors: [{ ...actor, bypass_mode: "pull_request" }],
    });
    assert.equal((await refusal(write(at, "a"))).status, 409);
    const always = {
      ...at,
      ruleset_id: data.id,
      bypass_actors: [{ ...actor, bypass_mode: "always" as const }],
    };
    await trial.alice.repos.updateRepoRuleset(always);
    await write(at, "a");
    const { data: seen } = await trial.alice.repos.getRepoRuleset({ ...at, ruleset_id: data.id });
    assert.equal(seen.current_user_can_bypass, "always");
  });

  it("hold for references made, moved and deleted through the API", async () => {
    const at = await trial.repository("references");
    const { data } = await trial.alice.git.getRef({ ...at, ref: "heads/main" });
    const sha = data.object.sha;
    await trial.alice.git.createRef({ ...at, ref: "refs/tags/v1.0.0", sha });
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "releases",
      target: "tag",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/tags/v*"], exclude: ["refs/tags/v0.*"] } },
      rules: [{ type: "creation" }, { type: "update" }, { type: "deletion" }],
    });
    assert.equal(
      (await refusal(trial.alice.git.createRef({ ...at, ref: "refs/tags/v2.0.0", sha }))).status,
      422,
    );
    assert.equal((await refusal(trial.alice.git.deleteRef({ ...at, ref: "tags/v1.0.0" }))).status, 422);
    await trial.alice.git.createRef({ ...at, ref: "refs/tags/v0.1.0", sha });
    await trial.alice.git.createRef({ ...at, ref: "refs/tags/nightly", sha });
  });

  it("tell for a branch which rules there are", async () => {
    const at = await trial.repository("told");
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
      conditions: onDefault,
      rules: [gate],
    });
    const rules = await trial.alice.repos.getBranchRules({ ...at, branch: "main" });
    assert.deepEqual(
      rules.data.map(({ type }) => type),
      ["required_status_checks"],
    );
    assert.deepEqual((await trial.alice.repos.getBranchRules({ ...at, branch: "other" })).data, []);
    assert.equal((await trial.alice.repos.getBranch({ ...at, branch: "main" })).data.protected, true);
  });

  it("refuse a second one of the name, and rules twice", async () => {
    const at = await trial.repository("unique");
    await trial.alice.repos.createRepoRuleset({ ...at, name: "main", enforcement: "active" });
    assert.equal(
      (await refusal(trial.alice.repos.createRepoRuleset({ ...at, name: "main", enforcement: "active" })))
        .status,
      422,
    );
    const twice = [{ type: "deletion" } as const, { type: "deletion" } as const];
    assert.equal(
      (
        await refusal(
          trial.alice.repos.createRepoRuleset({ ...at, name: "two", enforcement: "active", rules: twice }),
        )
      ).status,
      422,
    );
  });

  it("that are disabled hold nobody up", async () => {
    const at = await trial.repository("disabled-rules");
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "disabled",
      conditions: onDefault,
      rules: [pullRequest],
    });
    await write(at, "free");
  });
});
