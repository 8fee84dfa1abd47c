import assert from "node:assert/strict";
import type { RepositoryDeclaration } from "../core/fleet";
import { SourceRepository } from "./source-repository";
import { repositoryOf } from "./testing/declarations";
import { declare, valueOf } from "./testing/mocks";

const declared = (declaration: RepositoryDeclaration) =>
  declare(() => new SourceRepository("shop", { repository: repositoryOf(declaration) }));

describe("a source repository", () => {
  it("is a repository, its default branch, and what Actions may do in it", async () => {
    assert.deepEqual((await declared({ name: "shop" })).tree(), [
      "SourceRepository shop",
      "  ActionsRepositoryPermissions shop-actions",
      "  BranchDefault shop-default-branch",
      "  Repository shop-repository",
      "  WorkflowRepositoryPermissions shop-workflow-token",
    ]);
  });

  it("is created with a first commit and as declared, nothing else sent", async () => {
    const smallest = await declared({ name: "shop" });
    assert.deepEqual(smallest.get("Repository", "shop-repository").inputs, {
      name: "shop",
      visibility: "private",
      topics: [],
      hasIssues: true,
      deleteBranchOnMerge: true,
      allowMergeCommit: false,
      autoInit: true,
      archiveOnDestroy: true,
    });
    const fullest = await declared({
      name: "shop",
      description: "Sells",
      visibility: "public",
      topics: ["sales"],
      homepage: "https://shop.example",
      licenses: "MIT",
    });
    const { description, homepageUrl, visibility, topics } = fullest.get(
      "Repository",
      "shop-repository",
    ).inputs;
    assert.deepEqual(
      { description, homepageUrl, visibility, topics },
      { description: "Sells", homepageUrl: "https://shop.example", visibility: "public", topics: ["sales"] },
    );
  });

  it("says what Actions may do as it is declared, and nothing of it where that is kept", async () => {
    const actions = { pinned: false, token: "write", approvePullRequests: true } as const;
    const program = await declared({ name: "shop", actions });
    assert.equal(
      program.get("ActionsRepositoryPermissions", "shop-actions").inputs["shaPinningRequired"],
      false,
    );
    const { repository: _, ...token } = program.get(
      "WorkflowRepositoryPermissions",
      "shop-workflow-token",
    ).inputs;
    assert.deepEqual(token, { defaultWorkflowPermissions: "write", canApprovePullRequestReviews: true });
    const kept = await declared({ name: "shop", actions: "kept" });
    assert.ok(!kept.tree().some((line) => line.includes("Permissions")));
  });

  it("renames the first branch of a new repository to the declared one", async () => {
    const { inputs } = (await declared({ name: "shop", defaultBranch: "trunk" })).get(
      "BranchDefault",
      "shop-default-branch",
    );
    assert.deepEqual(inputs, { repository: "shop", branch: "trunk", rename: true, waitForRename: true });
  });

  it("is taken over by its name where it exists: no first commit, no branch renamed", async () => {
    const existing = await declared({ name: "shop", existing: true });
    const repository = existing.get("Repository", "shop-repository");
    assert.equal(repository.importId, "shop");
    assert.equal("autoInit" in repository.inputs, false);
    assert.equal(existing.get("BranchDefault", "shop-default-branch").inputs["rename"], false);
    assert.equal((await declared({ name: "shop" })).get("Repository", "shop-repository").importId, undefined);
  });

  it("stays on GitHub with its branch when the program no longer declares it, and were it deleted, archived", async () => {
    const program = await declared({ name: "shop" });
    assert.equal(program.get("Repository", "shop-repository").retainOnDelete, true);
    assert.equal(program.get("Repository", "shop-repository").inputs["archiveOnDestroy"], true);
    assert.equal(program.get("BranchDefault", "shop-default-branch").retainOnDelete, true);
  });

  it("lets Actions run pinned actions only, with a token that reads", async () => {
    const program = await declared({ name: "shop" });
    assert.deepEqual(program.get("ActionsRepositoryPermissions", "shop-actions").inputs, {
      repository: "shop",
      enabled: true,
      allowedActions: "all",
      shaPinningRequired: true,
    });
    assert.deepEqual(program.get("WorkflowRepositoryPermissions", "shop-workflow-token").inputs, {
      repository: "shop",
      defaultWorkflowPermissions: "read",
      canApprovePullRequestReviews: false,
    });
  });

  it("comes before all that is set in it", async () => {
    const program = await declared({ name: "shop" });
    const repository = program.get("Repository", "shop-repository");
    const others = program.registrations.filter((each) => each.custom && each !== repository);
    assert.equal(others.length, 3);
    for (const other of others) assert.ok(program.comesBefore(repository, other), other.name);
  });

  it("says its name, branch and page, to the program and in the state", async () => {
    const program = await declared({ name: "shop" });
    const { repositoryName, defaultBranch, url } = program.result;
    const said = {
      repositoryName: await valueOf(repositoryName),
      defaultBranch: await valueOf(defaultBranch),
      url: await valueOf(url),
    };
    assert.deepEqual(said, {
      repositoryName: "shop",
      defaultBranch: "main",
      url: "https://github.com/albeorla/shop",
    });
    assert.deepEqual(program.outputsOf(program.get("SourceRepository", "shop")), said);
  });
});
