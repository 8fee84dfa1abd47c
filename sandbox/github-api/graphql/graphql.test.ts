import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tokens, useTrial } from "../trial";
import { kept } from "./kept";
import { publishedSchema, schemaFile } from "./remake";
import { trimmedSchema } from "./trim";

interface Rule {
  readonly id: string;
  readonly pattern: string;
  readonly [field: string]: unknown;
}

describe("the stand-in's GraphQL", () => {
  const trial = useTrial();

  async function ask<T>(
    query: string,
    variables: Record<string, unknown> = {},
    token: string = tokens.alice,
  ) {
    const init = { method: "POST", body: JSON.stringify({ query, variables }) };
    const answer = await trial.fetch("/api/graphql", init, token);
    assert.equal(answer.status, 200);
    return (await answer.json()) as { data?: T; errors?: { type?: string; message: string }[] };
  }

  const create = `mutation ($input: CreateBranchProtectionRuleInput!) {
    createBranchProtectionRule(input: $input) { branchProtectionRule { id pattern requiresStatusChecks lockBranch } }
  }`;

  async function repositoryId(repo: string): Promise<string> {
    return (await trial.alice.repos.get({ owner: "acme", repo })).data.node_id;
  }

  it("keeps a rule with what was said of it, and GitHub's defaults for the rest", async () => {
    await trial.repository("kept");
    const input = {
      repositoryId: await repositoryId("kept"),
      pattern: "main",
      requiresApprovingReviews: true,
      requiredApprovingReviewCount: 2,
      requiresStatusChecks: true,
      requiredStatusCheckContexts: ["build"],
    };
    const made = await ask<{ createBranchProtectionRule: { branchProtectionRule: Rule } }>(create, { input });
    const rule = made.data?.createBranchProtectionRule.branchProtectionRule;
    assert.deepEqual(
      [rule?.pattern, rule?.["requiresStatusChecks"], rule?.["lockBranch"]],
      ["main", true, false],
    );
    const read = await ask<{ repository: { branchProtectionRules: { nodes: Rule[]; totalCount: number } } }>(
      `{ repository(owner: "acme", name: "kept") { branchProtectionRules(first: 10) { totalCount
         nodes { id pattern requiredApprovingReviewCount requiredStatusCheckContexts pushAllowances(first: 1) { totalCount } } } } }`,
    );
    assert.deepEqual(read.data?.repository.branchProtectionRules, {
      totalCount: 1,
      nodes: [
        {
          ...{ id: rule?.id, pattern: "main", requiredApprovingReviewCount: 2 },
          ...{ requiredStatusCheckContexts: ["build"], pushAllowances: { totalCount: 0 } },
        },
      ],
    });
  });

  it("changes what an update names, forgets what is deleted, and says so in GitHub's words", async () => {
    await trial.repository("changed");
    const input = { repositoryId: await repositoryId("changed"), pattern: "main", isAdminEnforced: true };
    const made = await ask<{ createBranchProtectionRule: { branchProtectionRule: Rule } }>(create, { input });
    const id = made.data?.createBranchProtectionRule.branchProtectionRule.id;
    const updated = await ask<{ updateBranchProtectionRule: { branchProtectionRule: Rule } }>(
      `mutation ($input: UpdateBranchProtectionRuleInput!) {
        updateBranchProtectionRule(input: $input) { branchProtectionRule { isAdminEnforced requiresLinearHistory } } }`,
      { input: { branchProtectionRuleId: id, requiresLinearHistory: true } },
    );
    assert.deepEqual(updated.data?.updateBranchProtectionRule.branchProtectionRule, {
      isAdminEnforced: true,
      requiresLinearHistory: true,
    });
    await ask(
      "mutation ($input: DeleteBranchProtectionRuleInput!) { deleteBranchProtectionRule(input: $input) { clientMutationId } }",
      { input: { branchProtectionRuleId: id } },
    );
    const gone = await ask("query ($id: ID!) { node(id: $id) { id } }", { id });
    assert.equal(gone.errors?.[0]?.type, "NOT_FOUND");
    assert.match(gone.errors?.[0]?.message ?? "", /^Could not resolve to a node with the global id of /);
  });

  it("refuses a second rule of one pattern, and whoever may not administer", async () => {
    await trial.repository("refused");
    const input = { repositoryId: await repositoryId("refused"), pattern: "main" };
    await ask(create, { input });
    assert.match((await ask(create, { input })).errors?.[0]?.message ?? "", /Name already protected/);
    assert.equal((await ask(create, { input }, tokens.bob)).errors?.[0]?.type, "FORBIDDEN");
  });

  it("is cut word for word from GitHub's own schema", () => {
    assert.equal(readFileSync(schemaFile, "utf8"), trimmedSchema(publishedSchema(), kept));
    assert.throws(
      () => trimmedSchema(publishedSchema(), { App: ["noSuchField"] }),
      /App .* has no noSuchField/,
    );
  });
});
