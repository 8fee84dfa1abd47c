import assert from "node:assert/strict";
import { parse } from "yaml";
import { parseSettings, resolveFleet } from "../core/fleet";
import { platformWorkflows, renderWorkflow } from "../core/workflow";
import { DeploymentEnvironments } from "./deployment-environments";
import { RepositoryAutomation } from "./repository-automation";
import { SourceRepository } from "./source-repository";
import { declare } from "./testing/mocks";

const fleet = resolveFleet({
  platform: { name: "shop" },
  services: [
    {
      where: "services/todost/service.ts",
      declaration: { name: "todost", environments: { live: { variables: { LOG_LEVEL: "info" } } } },
    },
  ],
});
const workflows = platformWorkflows(fleet, parseSettings("prod", { owner: "albeorla" }));

const declared = () =>
  declare(() => {
    const repository = new SourceRepository("shop", { repository: fleet.platform });
    const environments = new DeploymentEnvironments("todost-environments", {
      repository: repository.repositoryName,
      environments: fleet.services.flatMap((service) => service.environments),
    });
    return new RepositoryAutomation("shop", {
      repository,
      plan: fleet.platform,
      workflows,
      after: [environments],
    });
  });

describe("a repository's automation", () => {
  it("is its workflow files and its rules", async () => {
    const program = await declared();
    assert.deepEqual(program.tree(program.get("RepositoryAutomation", "shop")), [
      "WorkflowFiles shop-files",
      "  FileSet shop-files-set",
      "BranchRules shop-rules",
      "  RepositoryRuleset shop-rules-default-branch",
      "  RepositoryRuleset shop-rules-release-tags",
    ]);
  });

  it("commits each workflow as rendered", async () => {
    assert.deepEqual(
      (await declared()).files(),
      workflows.map((workflow) => ({
        repository: "albeorla/shop",
        branch: "main",
        path: `.github/workflows/${workflow.file}`,
        content: renderWorkflow(workflow),
      })),
    );
  });

  it("requires the very jobs that always run in those files, one of each", async () => {
    const program = await declared();
    const { rules } = program.get("RepositoryRuleset", "shop-rules-default-branch").inputs as {
      rules: { requiredStatusChecks: { requiredChecks: { context: string }[] } };
    };
    const required = rules.requiredStatusChecks.requiredChecks.map(({ context }) => context);
    const gates = program.files().flatMap(({ content, path }) => {
      const { jobs } = parse(content) as { jobs: Record<string, { name: string; if?: string }> };
      const names = Object.values(jobs)
        .filter((job) => /always\(\)/.test(job.if ?? ""))
        .map(({ name }) => name);
      // No pull request starts retention, a promotion or a rescan.
      assert.equal(names.length, /retention|promote|rescan/.test(path) ? 0 : 1);
      return names;
    });
    assert.deepEqual(required, gates.sort());
  });

  it("comes in order: default branch, environments and what is in them, workflow files, rules", async () => {
    const program = await declared();
    const steps = [
      [...program.all("Repository")],
      [
        ...program.all("BranchDefault"),
        ...program.all("RepositoryEnvironment"),
        ...program.all("ActionsEnvironmentVariable"),
      ],
      [...program.all("FileSet")],
      [...program.all("RepositoryRuleset")],
    ];
    assert.deepEqual(
      steps.map(({ length }) => length),
      [1, 3, 1, 2],
    );
    steps.slice(1).forEach((later, index) => {
      for (const first of steps[index] ?? []) {
        for (const second of later) {
          assert.ok(program.comesBefore(first, second), `${second.name} doesn't wait for ${first.name}`);
        }
      }
    });
  });

  it("protects the environment of retention's approvers before the workflow that names it, and none without them", async () => {
    assert.ok(
      (await declared()).all("RepositoryEnvironment").every(({ name }) => !name.includes("retention")),
    );
    const approved = resolveFleet({
      platform: { name: "shop", retentionApprovers: { users: [3], teams: [7] } },
      services: [{ where: "services/todost/service.ts", declaration: { name: "todost" } }],
    });
    const program = await declare(() => {
      const repository = new SourceRepository("shop", { repository: approved.platform });
      const settings = parseSettings("prod", { owner: "albeorla" });
      return new RepositoryAutomation("shop", {
        repository,
        plan: approved.platform,
        workflows: platformWorkflows(approved, settings),
        after: [],
      });
    });
    const environment = program.get("RepositoryEnvironment", "shop-environments-container-retention");
    assert.deepEqual(environment.inputs["reviewers"], [{ users: [3], teams: [7] }]);
    assert.equal(environment.inputs["environment"], "container-retention");
    const [set] = program.all("FileSet");
    assert.ok(set !== undefined && program.comesBefore(environment, set));
    const content = String(program.files().map((file) => file.content));
    assert.match(content, /\n {4}environment: container-retention\n/);
  });

  it("says what it committed and which rules stand, in the state", async () => {
    const program = await declared();
    assert.deepEqual(program.outputsOf(program.get("RepositoryAutomation", "shop")), {
      files: ["container-publish", "container-retention", "promote", "pulumi-preview", "rescan"].map(
        (name) => `.github/workflows/${name}.yml`,
      ),
      rulesets: ["shop-rules-default-branch-id", "shop-rules-release-tags-id"],
    });
  });
});
