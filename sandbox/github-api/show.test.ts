import assert from "node:assert/strict";
import { PlatformError } from "../../core/errors";
import { renderOwner, viewOwner } from "./show";
import { tokens, useTrial } from "./trial";

describe("showing what an owner's repositories hold", () => {
  const trial = useTrial();
  const options = (owner: string, token: string = tokens.alice) => ({
    owner,
    url: `${trial.github.url}/`,
    token,
  });

  before(async () => {
    const at = await trial.repository("shown", { description: "What it is", visibility: "private" });
    await trial.repository("empty", { auto_init: false });
    await trial.alice.repos.replaceAllTopics({ ...at, names: ["container"] });
    await trial.alice.repos.createOrUpdateFileContents({
      ...at,
      path: ".github/workflows/container-publish.yml",
      message: "m",
      content: "",
    });
    for (const name of ["a", "b"]) {
      await trial.alice.repos.createOrUpdateFileContents({
        ...at,
        path: `src/${name}`,
        message: "m",
        content: "",
      });
    }
    const { data: key } = await trial.alice.actions.getRepoPublicKey(at);
    const secret = { ...at, key_id: key.key_id, encrypted_value: "c2VhbGVkLXZhbHVl" };
    await trial.alice.actions.createOrUpdateRepoSecret({ ...secret, secret_name: "TOKEN" });
    await trial.alice.actions.createRepoVariable({ ...at, name: "REGION", value: "eu" });
    const { data: alice } = await trial.alice.users.getAuthenticated();
    const environment_name = "production/eu";
    await trial.alice.repos.createOrUpdateEnvironment({
      ...at,
      environment_name,
      wait_timer: 5,
      reviewers: [{ type: "User", id: alice.id }],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await trial.alice.repos.createDeploymentBranchPolicy({
      ...at,
      environment_name,
      name: "v*",
      type: "tag",
    });
    await trial.alice.actions.createEnvironmentVariable({
      ...at,
      environment_name,
      name: "STAGE",
      value: "prod",
    });
    await trial.alice.repos.createRepoRuleset({
      ...at,
      name: "main",
      enforcement: "active",
      rules: [
        { type: "deletion" },
        {
          type: "required_status_checks",
          parameters: {
            strict_required_status_checks_policy: true,
            required_status_checks: [{ context: "gate" }],
          },
        },
      ],
    });
  });

  it("finds settings, files, rules, environments, variables, and of secrets the names", async () => {
    const [empty, shown, ...more] = await viewOwner(options("acme"));
    assert.deepEqual(more, []);
    assert.deepEqual([empty?.name, empty?.files], ["empty", []]);
    assert.deepEqual(shown, {
      name: "shown",
      visibility: "private",
      description: "What it is",
      defaultBranch: "main",
      archived: false,
      topics: ["container"],
      actions: { allowed: "all", shaPinning: false, token: "read" },
      files: [".github/workflows/container-publish.yml", "README.md", "src/a", "src/b"],
      rulesets: [
        { name: "main", enforcement: "active", rules: ["deletion", "required_status_checks (gate)"] },
      ],
      secrets: ["TOKEN"],
      variables: { REGION: "eu" },
      environments: [
        {
          name: "production/eu",
          protection: ["waits 5 min", "reviewed by alice"],
          deployFrom: ["tag v*"],
          secrets: [],
          variables: { STAGE: "prod" },
        },
      ],
    });
  });

  it("is a page that a person can read", async () => {
    const text = renderOwner("acme", await viewOwner(options("acme")));
    for (const part of [
      "acme: 2 repositories",
      "production/eu, waits 5 min",
      "REGION=eu",
      "TOKEN",
      "src/ (2)",
    ]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    assert.equal(text.includes("sealed"), false);
  });

  it("shows a user's private repositories to the user", async () => {
    await trial.alice.repos.createForAuthenticatedUser({ name: "own", private: true });
    assert.deepEqual(
      (await viewOwner(options("alice"))).map(({ name }) => name),
      ["own"],
    );
  });

  it("says what is wrong where nobody answers, or the token is refused", async () => {
    const code = async (call: Promise<unknown>): Promise<string | undefined> =>
      call.then(
        () => undefined,
        (error: unknown) => (error instanceof PlatformError ? error.code : "a defect"),
      );
    assert.equal(
      await code(viewOwner({ ...options("acme"), url: "http://127.0.0.1:1/" })),
      "github-unreachable",
    );
    assert.equal(await code(viewOwner(options("acme", "nonsense"))), "github-refused");
  });
});
