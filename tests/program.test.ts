import assert from "node:assert/strict";
import { mock } from "node:test";
import type { Output } from "@pulumi/pulumi";
import * as github from "../clients/github";
import * as preflight from "../clients/preflight";
import * as publishPlans from "../clients/publish-plans";
import type { ServiceOutputs } from "../components/container-service";
import { declare, plainText, valueOf, type Declared, type Registration } from "../components/testing/mocks";
import { resolveFleet, secretValueKeys, type FleetDeclaration, type Service } from "../core/fleet";
import { planPublish, type Source } from "../core/publish";
import index from "../index";
import * as services from "../services";

/** One of everything: a shared and an own repository, new and existing, every kind of environment. */
const fleet: FleetDeclaration = {
  platform: { name: "ghcr-platform", existing: true },
  services: [
    {
      where: "services/hello-python/service.ts",
      declaration: { name: "hello-python", secrets: ["GREETING_KEY"], variables: { GREETING: "Hello" } },
    },
    {
      where: "services/todost/service.ts",
      declaration: {
        name: "todost",
        environments: {
          staging: { variables: { LOG_LEVEL: "debug" } },
          production: { refs: { branches: ["main"], tags: ["v*"] }, secrets: ["DATABASE_KEY"] },
        },
      },
    },
    {
      where: "services/billing/service.ts",
      declaration: {
        name: "billing",
        source: { repository: { name: "billing-api", defaultBranch: "trunk" } },
        secrets: ["LEDGER_KEY"],
        environments: { production: { reviewers: { users: [1] } } },
      },
    },
    {
      where: "services/ledger/service.ts",
      declaration: { name: "ledger", group: "payments", environments: { production: {} } },
    },
  ],
};

const resolved = resolveFleet(fleet);
const secretValue = "hunter2-never-in-the-clear";
const secrets = Object.fromEntries(
  resolved.services.map((service) => [
    service.name,
    Object.fromEntries(secretValueKeys(service).map((key) => [key, secretValue])),
  ]),
);

interface Outputs {
  readonly services: Readonly<Record<string, Output<ServiceOutputs>>>;
}

/** The composition root itself, with one stack's configuration. */
function program({ preview = false, group }: { preview?: boolean; group?: string } = {}) {
  return declare<Outputs>(index, {
    preview,
    config: {
      ...(group === undefined ? {} : { "ghcr-platform:group": group }),
      "ghcr-platform:owner": "albeorla",
      "ghcr-platform:githubToken": secretValue,
      "ghcr-platform:registryUsername": "ada",
      "ghcr-platform:registryPassword": secretValue,
      "ghcr-platform:secrets": JSON.stringify(secrets),
    },
    secretKeys: ["githubToken", "registryPassword", "secrets"].map((key) => `ghcr-platform:${key}`),
  });
}

/** Answers what the program asks of folders, git and the network; all else of it is as it is. */
function answerForTheMachine(): void {
  mock.method(services, "loadFleet", () => fleet);
  mock.method(preflight, "registryFaults", () => Promise.resolve([]));
  mock.method(github, "tokenFaults", () => Promise.resolve([]));
  mock.method(
    publishPlans,
    "readPublishPlans",
    (...[, { services: declared }, settings]: Parameters<typeof publishPlans.readPublishPlans>) =>
      new Map(
        declared
          .filter(({ publish }) => publish === "up")
          .map((service) => [service.name, planPublish(service, settings, sourceOf(service))]),
      ),
  );
}

function sourceOf({ repository }: Service): Source {
  return {
    ref: "refs/heads/main",
    revision: "0123456789abcdef0123456789abcdef01234567",
    committedAt: new Date("2026-11-24T12:00:00Z"),
    dirty: false,
    gitTag: undefined,
    defaultBranch: "main",
    repository: `albeorla/${repository}`,
    developer: "ada",
    dockerfile: "FROM scratch\n",
  };
}

describe("the program", () => {
  const tokenBefore = process.env["GITHUB_TOKEN"];
  let up: Declared<Outputs>;

  before(async () => {
    answerForTheMachine();
    up = await program();
  });
  after(() => {
    mock.restoreAll();
    if (tokenBefore !== undefined) process.env["GITHUB_TOKEN"] = tokenBefore;
  });

  const inRepository = (kind: string, repository: string): readonly Registration[] =>
    up
      .all(kind)
      .filter(({ inputs }) =>
        [repository, `albeorla/${repository}`].includes(String(inputs["repository"] ?? inputs["name"])),
      );

  it("declares the platform's repository and builder once, and every service", () => {
    const own = up.registrations.filter(({ parent }) => parent === undefined);
    assert.deepEqual(own.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      "ContainerService billing",
      "ContainerService hello-python",
      "ContainerService todost",
      "ImageBuilder builder",
      "RepositoryAutomation platform",
      "SourceRepository platform",
      "ghcr ghcr",
      "github github",
    ]);
  });

  it("declares in a group's stack the group's services alone, beside the platform's repository", async () => {
    const { registrations, invocations } = await program({ group: "payments" });
    const own = registrations.filter(({ parent }) => parent === undefined);
    assert.deepEqual(own.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      "ContainerService ledger",
      "ImageBuilder builder",
      "ghcr ghcr",
      "github github",
    ]);
    const [environment] = registrations.filter(({ kind }) => kind === "RepositoryEnvironment");
    assert.deepEqual(
      [environment?.inputs["repository"], environment?.inputs["environment"]],
      ["ghcr-platform", "ledger-production"],
    );
    assert.deepEqual(
      invocations.filter(({ kind }) => kind === "getRepository").map(({ provider }) => provider),
      ["github"],
    );
  });

  it("publishes every service of the platform's repository, whichever group it is of", () => {
    const workflow = up
      .files()
      .find(
        ({ repository, path }) =>
          repository === "albeorla/ghcr-platform" && path.endsWith("/container-publish.yml"),
      );
    assert.match(workflow?.content ?? "", /ghcr.io\/albeorla\/ledger/);
  });

  it("names every child after its parent, and no two resources alike", () => {
    const children = up.registrations.filter(({ parent }) => parent !== undefined);
    assert.ok(children.length > 40);
    for (const { name, parent } of children) {
      assert.ok(name.startsWith(`${parent?.name}-`), `${name} below ${parent?.name}`);
    }
    const urns = up.registrations.map(({ urn }) => urn);
    assert.deepEqual(
      urns.filter((urn, index) => urns.indexOf(urn) !== index),
      [],
    );
  });

  it("declares in the first preview, where nothing is known yet, all that it declares in an update", async () => {
    assert.deepEqual((await program({ preview: true })).tree(), up.tree());
  });

  it("has every component say what came of it", () => {
    const components = up.registrations.filter(({ custom }) => !custom);
    assert.ok(components.length > 15);
    assert.deepEqual(
      components.filter((component) => Object.keys(up.outputsOf(component) ?? {}).length === 0),
      [],
    );
  });

  for (const repository of ["ghcr-platform", "billing-api"]) {
    it(`sets ${repository} up in order: repository, what is in it, workflow files, and rules last`, () => {
      const kinds = (...names: readonly string[]) => names.flatMap((kind) => inRepository(kind, repository));
      const steps = [
        kinds("Repository"),
        kinds(
          "BranchDefault",
          "RepositoryEnvironment",
          "RepositoryEnvironmentDeploymentPolicy",
          "ActionsEnvironmentVariable",
          "ActionsSecret",
          "ActionsVariable",
          "ActionsEnvironmentSecret",
        ),
        kinds("FileSet"),
        kinds("RepositoryRuleset"),
      ];
      assert.ok(steps.every(({ length }) => length > 0));
      steps.slice(1).forEach((later, index) => {
        for (const first of steps[index] ?? []) {
          for (const second of later) {
            assert.ok(up.comesBefore(first, second), `${second.name} doesn't wait for ${first.name}`);
          }
        }
      });
    });
  }

  it("lets one service wait for no other: the builder and their repository are all that they share", () => {
    const of = (service: string) =>
      up.registrations.filter(({ urn }) => urn.split("::").at(-1)?.startsWith(`${service}-`));
    for (const one of of("hello-python")) {
      for (const other of of("todost")) {
        assert.ok(!up.comesBefore(one, other) && !up.comesBefore(other, one), `${one.name}, ${other.name}`);
      }
    }
  });

  it("speaks to GitHub and to buildx through its own providers only, never a default one", () => {
    const through = (prefix: string) => [
      ...new Set(
        up.registrations.filter(({ type }) => type.startsWith(prefix)).map(({ provider }) => provider),
      ),
    ];
    assert.deepEqual(through("github:"), ["github"]);
    assert.deepEqual(through("docker:"), ["builder-buildx"]);
    assert.deepEqual(up.invocations, []);
  });

  it("forgets repositories and images when they leave the program, and deletes none", () => {
    const kept = [...up.all("Repository"), ...up.all("BranchDefault"), ...up.all("Image")];
    assert.equal(kept.length, 6);
    assert.deepEqual(
      kept.filter(({ retainOnDelete }) => !retainOnDelete).map(({ name }) => name),
      [],
    );
  });

  it("takes over the repository that exists, and creates the other", () => {
    assert.deepEqual(
      up.all("Repository").map(({ name, importId }) => [name, importId]),
      [
        ["billing-source-repository", undefined],
        ["platform-repository", "ghcr-platform"],
      ],
    );
  });

  it("leaves no secret in the clear, in any input or output", async () => {
    const outputs = await Promise.all(Object.values(up.result.services).map(valueOf));
    assert.ok(up.registrations.some(({ inputs }) => JSON.stringify(inputs).includes(secretValue)));
    for (const each of up.registrations) {
      assert.ok(!plainText([each.inputs, up.outputsOf(each)]).includes(secretValue), each.name);
    }
    assert.ok(!JSON.stringify(outputs).includes(secretValue));
  });

  it("shows every service, with an image where it builds one", async () => {
    const shown = await Promise.all(
      Object.entries(up.result.services).map(
        async ([name, outputs]) => [name, Object.keys(await valueOf(outputs))] as const,
      ),
    );
    assert.deepEqual(shown, [
      ["billing", ["repository", "package", "promotion"]],
      ["hello-python", ["repository", "package", "image"]],
      ["todost", ["repository", "package", "image", "promotion"]],
    ]);
  });
});
