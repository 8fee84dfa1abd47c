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
      rules: fleet.platform.rules,
      workflows,
      after: [environments],
    });
  });

describe("a repository's automation", () => {
  it("is its workflow files and its rules", async () => {
    const program = await declared();
    assert.deepEqual(program.tree(program.get("RepositoryAutomation", "shop")), [
      "WorkflowFiles shop-files",
      "  RepositoryFile shop-files-.github/workflows/container-publish.yml",
      "  RepositoryFile shop-files-.github/workflows/pulumi-preview.yml",
      "BranchRules shop-rules",
      "  RepositoryRuleset shop-rules-default-branch",
      "  RepositoryRuleset shop-rules-release-tags",
    ]);
  });

  it("commits each workflow as rendered", async () => {
    const committed = (await declared())
      .all("RepositoryFile")
      .map(({ inputs: { repository, branch, file, content } }) => ({ repository, branch, file, content }));
    assert.deepEqual(
      committed,
      workflows.map((workflow) => ({
        repository: "shop",
        branch: "main",
        file: `.github/workflows/${workflow.file}`,
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
    const gates = program.all("RepositoryFile").map(({ inputs: { content } }) => {
      const { jobs } = parse(String(content)) as { jobs: Record<string, { name: string; if?: string }> };
      return Object.values(jobs)
        .filter((job) => /always\(\)/.test(job.if ?? ""))
        .map(({ name }) => name);
    });
    assert.deepEqual(required, gates.flat().sort());
    assert.ok(gates.every((names) => names.length === 1));
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
      [...program.all("RepositoryFile")],
      [...program.all("RepositoryRuleset")],
    ];
    assert.deepEqual(
      steps.map(({ length }) => length),
      [1, 3, 2, 2],
    );
    steps.slice(1).forEach((later, index) => {
      for (const first of steps[index] ?? []) {
        for (const second of later) {
          assert.ok(program.comesBefore(first, second), `${second.name} doesn't wait for ${first.name}`);
        }
      }
    });
  });

  it("says what it committed and which rules stand, in the state", async () => {
    const program = await declared();
    assert.deepEqual(program.outputsOf(program.get("RepositoryAutomation", "shop")), {
      files: [".github/workflows/container-publish.yml", ".github/workflows/pulumi-preview.yml"],
      rulesets: ["shop-rules-default-branch-id", "shop-rules-release-tags-id"],
    });
  });
});
