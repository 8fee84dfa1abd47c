import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parseSettings, resolveFleet, secretValueKeys, type ServiceDeclaration } from "../core/fleet";
import { planPublish, type CheckedOut, type PublishPlan } from "../core/publish";
import { ownWorkflows } from "../core/workflow";
import { ContainerService } from "./container-service";
import { ImageBuilder } from "./image-builder";
import { SourceRepository } from "./source-repository";
import { builtDigest, gateResult, manifestDigests } from "./testing/answers";
import type { DeclaredServiceArgs } from "./declared-service";
import { declare, plainText, valueOf } from "./testing/mocks";

const todost: ServiceDeclaration = {
  name: "todost",
  secrets: ["API_KEY"],
  environments: { production: { secrets: ["DATABASE_KEY"] } },
};
const elsewhere: ServiceDeclaration = { ...todost, source: { repository: { name: "todost-api" } } };

const settings = parseSettings("prod", { owner: "albeorla" });

/** The service in the platform's repository, or in its own where it declares one. */
const declared = (declaration: ServiceDeclaration, publish: "up" | "workflow") =>
  declare(() => {
    const fleet = resolveFleet({
      platform: { name: "ghcr-platform" },
      services: [{ where: `services/${declaration.name}/service.ts`, declaration }],
    });
    const [service] = fleet.services;
    assert.ok(service !== undefined);
    const own = fleet.ownRepositories.get(service.name);
    return new ContainerService(service.name, {
      owner: "albeorla",
      service,
      repository:
        own === undefined
          ? { shared: new SourceRepository("platform", { repository: fleet.platform }) }
          : { own, workflows: ownWorkflows(fleet, service, settings) },
      secrets: Object.fromEntries(secretValueKeys(service).map((key) => [key, pulumi.secret("hunter2")])),
      ...(publish === "up"
        ? {
            publish: {
              plan: plan(fleet.services[0] ?? service),
              builder: new ImageBuilder("builder", { registry: "ghcr.io", builder: settings.builder }),
            },
          }
        : {}),
    });
  });

function plan(service: Parameters<typeof planPublish>[0]): PublishPlan {
  return planPublish(service, settings, {
    ref: "refs/heads/main",
    revision: "0123456789abcdef0123456789abcdef01234567",
    committedAt: new Date("2026-11-24T12:00:00Z"),
    dirty: false,
    gitTag: undefined,
    defaultBranch: "main",
    repository: "albeorla/ghcr-platform",
    developer: "ada",
    dockerfile: "FROM scratch\n",
  });
}

describe("a container service", () => {
  it("in a shared repository is its environments, secrets, package and image, and no repository", async () => {
    const program = await declared(todost, "up");
    assert.deepEqual(program.tree(program.get("ContainerService", "todost")), [
      "DeploymentEnvironments todost-environments",
      "  RepositoryEnvironment todost-environments-production",
      "PublishedImage todost-image",
      "  Image todost-image-build",
      "  Command todost-image-checks",
      "  Command todost-image-evidence",
      "  Command todost-image-scan",
      "  Command todost-image-tags",
      "GhcrPackage todost-package",
      "  Retention todost-package-retention",
      "  Package todost-package-visibility",
      "ServiceSecrets todost-secrets",
      "  ActionsSecret todost-secrets-API_KEY",
      "  ActionsEnvironmentSecret todost-secrets-production-DATABASE_KEY",
    ]);
  });

  it("in a repository of its own is that too, with its settings, workflow and rules", async () => {
    const program = await declared(elsewhere, "workflow");
    assert.deepEqual(program.tree(program.get("ContainerService", "todost")), [
      "RepositoryAutomation todost-automation",
      "  WorkflowFiles todost-automation-files",
      "    FileSet todost-automation-files-set",
      "  BranchRules todost-automation-rules",
      "    RepositoryRuleset todost-automation-rules-default-branch",
      "    RepositoryRuleset todost-automation-rules-release-tags",
      "DeploymentEnvironments todost-environments",
      "  RepositoryEnvironment todost-environments-production",
      "GhcrPackage todost-package",
      "  Retention todost-package-retention",
      "  Package todost-package-visibility",
      "ServiceSecrets todost-secrets",
      "  ActionsSecret todost-secrets-API_KEY",
      "  ActionsEnvironmentSecret todost-secrets-production-DATABASE_KEY",
      "SourceRepository todost-source",
      "  ActionsRepositoryPermissions todost-source-actions",
      "  BranchDefault todost-source-default-branch",
      "  Repository todost-source-repository",
      "  WorkflowRepositoryPermissions todost-source-workflow-token",
    ]);
  });

  it("sets everything up in its own repository", async () => {
    const program = await declared(elsewhere, "workflow");
    const named = program.registrations.filter(({ inputs }) => typeof inputs["repository"] === "string");
    assert.ok(named.length > 6);
    for (const { kind, name, inputs } of named) {
      const byOwner = ["Package", "FileSet", "WorkflowFiles"].includes(kind);
      const expected = byOwner ? "albeorla/todost-api" : "todost-api";
      assert.equal(inputs["repository"], expected, name);
    }
  });

  it("holds what proposes newer base images beside its workflows, in one set, and nowhere else", async () => {
    const paths = async (declaration: ServiceDeclaration) =>
      (await declared(declaration, "workflow")).files().map(({ path }) => path);
    assert.ok((await paths(elsewhere)).includes(".github/dependabot.yml"));
    const repository = { name: "todost-api" } as const;
    const by = (bot: "renovate" | "none") => ({
      ...todost,
      source: { repository: { ...repository, baseImageUpdates: { by: bot } } },
    });
    assert.deepEqual(
      (await paths(by("renovate"))).filter((path) => !path.includes("workflows")),
      [".github/renovate.json"],
    );
    const kept = { ...todost, source: { repository: { ...repository, workflows: "kept" as const } } };
    for (const declaration of [by("none"), todost])
      assert.ok((await paths(declaration)).every((path) => path.includes("workflows")));
    assert.deepEqual(await paths(kept), []);
  });

  it("looks at the package after its image was pushed", async () => {
    const program = await declared(todost, "up");
    const package_ = program.get("Package", "todost-package-visibility");
    for (const pushed of [
      program.get("Image", "todost-image-build"),
      program.get("Command", "todost-image-tags"),
    ])
      assert.ok(program.comesBefore(pushed, package_));
  });

  it("commits no workflow before the secrets and environments that it names exist, and rules last", async () => {
    const program = await declared(elsewhere, "workflow");
    const [file] = program.all("FileSet");
    assert.ok(file !== undefined);
    for (const kind of [
      "BranchDefault",
      "RepositoryEnvironment",
      "ActionsSecret",
      "ActionsEnvironmentSecret",
    ]) {
      const all = program.all(kind);
      assert.ok(all.length > 0, kind);
      for (const earlier of all) assert.ok(program.comesBefore(earlier, file), earlier.name);
    }
    for (const rules of program.all("RepositoryRuleset")) assert.ok(program.comesBefore(file, rules));
    const [environment] = program.all("RepositoryEnvironment");
    const [secret] = program.all("ActionsEnvironmentSecret");
    assert.ok(environment !== undefined && secret !== undefined && program.comesBefore(environment, secret));
  });

  it("commits no workflow before its environments also where none of them has a secret", async () => {
    const program = await declared({ ...elsewhere, secrets: [], environments: { staging: {} } }, "workflow");
    const [environment] = program.all("RepositoryEnvironment");
    const [file] = program.all("FileSet");
    assert.ok(environment !== undefined && file !== undefined && program.comesBefore(environment, file));
  });

  it("labels its image with the page of the repository that it is built from", async () => {
    const program = await declared(todost, "up");
    const { labels } = program.get("Image", "todost-image-build").inputs as {
      labels: Record<string, string>;
    };
    assert.equal(labels["org.opencontainers.image.source"], "https://github.com/albeorla/ghcr-platform");
  });

  it("shows its repository, its package and its image by digest", async () => {
    const program = await declared(todost, "up");
    const outputs = {
      repository: "https://github.com/albeorla/ghcr-platform",
      package: "albeorla/todost",
      image: {
        reference: `ghcr.io/albeorla/todost@${builtDigest}`,
        digest: builtDigest,
        platforms: manifestDigests,
        tags: ["latest", "sha-0123456"],
        scan: gateResult,
      },
      promotion: {
        environments: [{ name: "production", githubName: "todost-production", maxScanAge: 7, require: [] }],
        scan: {},
      },
    };
    assert.deepEqual(await valueOf(program.result.outputs), outputs);
    assert.deepEqual(program.outputsOf(program.get("ContainerService", "todost")), { outputs });
  });

  it("has no image, and shows none, where the repository's workflow alone publishes", async () => {
    const program = await declared(todost, "workflow");
    assert.deepEqual(program.all("PublishedImage"), []);
    assert.equal(program.result.image, undefined);
    assert.deepEqual(Object.keys(await valueOf(program.result.outputs)), [
      "repository",
      "package",
      "promotion",
    ]);
  });
});

describe("a service as any program declares it", () => {
  const secret = "hunter2-never-in-the-clear";
  const own = (args: Partial<DeclaredServiceArgs> = {}) =>
    declare(() => new ContainerService("pager", { owner: "albeorla", ...args }));

  it("needs an owner and nothing else, and gets a repository of its own name", async () => {
    const { all } = await own().then((declared) => ({ all: declared.all.bind(declared) }));
    assert.deepEqual(
      all("Repository").map(({ inputs }) => [inputs["name"], inputs["visibility"]]),
      [["pager", "private"]],
    );
    assert.equal(all("RepositoryRuleset").length, 2);
    assert.equal(all("Image").length, 0);
  });

  it("is what a fleet's declaration of the same makes it", async () => {
    const environments = { production: { refs: { tags: ["v*"] }, secrets: { DATABASE_KEY: secret } } };
    const alone = await own({
      repository: { name: "pager-api", defaultBranch: "trunk" },
      secrets: { API_KEY: secret },
      environments,
    });
    const fleet = await declared(
      {
        name: "pager",
        source: { repository: { name: "pager-api", defaultBranch: "trunk" } },
        secrets: ["API_KEY"],
        environments: { production: { refs: { tags: ["v*"] }, secrets: ["DATABASE_KEY"] } },
      },
      "workflow",
    );
    assert.deepEqual(alone.tree(), fleet.tree());
    assert.deepEqual(alone.files(), fleet.files());
  });

  it("makes a plain text that is given as a secret's value a secret", async () => {
    const alone = await own({ secrets: { API_KEY: secret } });
    for (const each of alone.registrations) {
      assert.ok(!plainText([each.inputs, alone.outputsOf(each)]).includes(secret), each.name);
    }
  });

  const source: CheckedOut = {
    ...{ folder: "../pager", file: "Dockerfile", ref: "refs/heads/main", dirty: false, gitTag: undefined },
    revision: "0123456789abcdef0123456789abcdef01234567",
    committedAt: new Date("2026-11-24T12:00:00Z"),
    ...{ developer: "ada", dockerfile: "FROM scratch\n" },
  };
  const publishing = (args: Partial<DeclaredServiceArgs> = {}, read: Partial<CheckedOut> = {}) =>
    declare(() => {
      const node = { platforms: ["linux/amd64"] as const };
      const builder = new ImageBuilder("builder", {
        ...{ registry: "registry.test", builder: { driver: "docker-container", nodes: [node] } },
      });
      return new ContainerService("pager", {
        ...{ owner: "albeorla", path: "apps/pager", platforms: ["linux/amd64"], runtime: "python" },
        image: { source: { ...source, ...read }, builder, baseImages: { python: "base.test/python:3" } },
        ...args,
      });
    });

  it("is built from where it is checked out, named by its commit, where it says what builds it", async () => {
    const program = await publishing();
    const { context, dockerfile, buildArgs } = program.get("Image", "pager-image-build").inputs;
    assert.deepEqual([context, dockerfile], [{ location: "../pager" }, { location: "../pager/Dockerfile" }]);
    assert.equal((buildArgs as Record<string, string>)["BASE_IMAGE"], "base.test/python:3");
    const input = (step: string) =>
      JSON.parse(String(program.get("Command", `pager-image-${step}`).inputs["stdin"])) as {
        tags: readonly string[];
        git: string;
        provenance: { externalParameters: Record<string, unknown> };
      };
    assert.deepEqual([input("tags").tags, input("tags").git], [["latest", "sha-0123456"], "../pager"]);
    // Whoever verifies it knows the repository, not this checkout.
    assert.ok(JSON.stringify(input("evidence").provenance).includes("apps/pager/Dockerfile"));
    const outputs = await valueOf(program.result.outputs);
    assert.equal(outputs.image?.reference, `registry.test/albeorla/pager@${builtDigest}`);
  });

  it("is refused with a platform, a registry or a Dockerfile that its builder or source doesn't have", async () => {
    const refused: readonly (readonly [Partial<DeclaredServiceArgs>, Partial<CheckedOut>, RegExp])[] = [
      [{ platforms: ["linux/arm64"] }, {}, /platforms: no builder node builds this platform[^]*linux\/arm64/],
      [{ registry: "ghcr.io" }, {}, /registry: the builder signs in to registry\.test \(got "ghcr\.io"\)/],
      [{ dockerfile: "Containerfile" }, {}, /readSource\("…", \{ dockerfile: "Containerfile" \}\)/],
      [{}, { ref: undefined, developer: "" }, /ContainerService pager/],
    ];
    for (const [args, read, message] of refused) {
      await assert.rejects(publishing(args, read), (error: unknown) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it("is refused as a service is, by the component's name", async () => {
    await assert.rejects(own({ environments: { latest: {} } }), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /ContainerService pager: environments: is also a tag of class latest/);
      return true;
    });
  });
});
