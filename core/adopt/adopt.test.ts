import assert from "node:assert/strict";
import { baseImageUpdateFiles } from "../base-image-updates";
import { PlatformError } from "../errors";
import type { FleetDeclaration, ServiceDeclaration } from "../fleet";
import {
  declarationOf,
  filledState,
  importsOf,
  judged,
  previewedResources,
  type EnvironmentFacts,
  type ProtectionFacts,
  type RepositoryFacts,
  type RulesetFacts,
} from "./index";
import { registry, repositoryAfter } from "./testing/repository";

const fleet: FleetDeclaration = { platform: { name: "platform" }, services: [] };
const plain: ServiceDeclaration = {
  name: "pager",
  source: { repository: { name: "pager", existing: true, workflows: "kept", ownRules: {} } },
};
const model = repositoryAfter(fleet, plain);

function adopted(facts: Partial<RepositoryFacts>, values: readonly string[] = []) {
  return declarationOf({ facts: { ...model, ...facts }, fleet, registry, secretValues: () => values });
}

const notesOf = (facts: Partial<RepositoryFacts>): readonly string[] =>
  adopted(facts).notes.map(({ what, why }) => `${what}: ${why}`);

const environment: EnvironmentFacts = {
  ...{
    name: "production",
    waitMinutes: 0,
    reviewers: { users: [], teams: [] },
    preventSelfReview: undefined,
  },
  ...{ adminsBypass: false, otherRules: [], refs: "protected", secrets: [], variables: {} },
};
const ruleset: RulesetFacts = {
  ...{ id: 1, name: "main", target: "branch", enforcement: "active", bypass: [] },
  ...{ include: ["~DEFAULT_BRANCH"], exclude: [], rules: [] },
};
const protection: ProtectionFacts = {
  ...{ pattern: "main", requiredReviews: undefined, codeOwners: false, dismissStale: false },
  ...{ lastPushApproval: false, checks: undefined, upToDate: false, admins: false, linearHistory: false },
  ...{
    signatures: false,
    conversations: false,
    forcePushes: false,
    deletions: false,
    locked: false,
    actors: [],
  },
};

describe("what no declaration says of a repository", () => {
  it("is a ruleset with a rule, a target or a passer-by that there is no word for", () => {
    const left: readonly (readonly [Partial<RulesetFacts>, RegExp])[] = [
      [{ rules: [{ type: "merge_queue", parameters: {} }] }, /its rule merge_queue can't be declared$/],
      [{ target: "push" }, /it is for push/],
      [{ bypass: [{ type: "DeployKey", id: null, mode: "always" }] }, /it lets a DeployKey pass it by/],
      [{ bypass: undefined }, /this token isn't shown who may pass it by/],
      [
        { rules: [{ type: "pull_request", parameters: { allowed_merge_methods: ["squash"] } }] },
        /its rule pull_request can't be declared with these options/,
      ],
    ];
    for (const [facts, why] of left) {
      const { declaration, notes } = adopted({ rulesets: [{ ...ruleset, ...facts }] });
      assert.deepEqual(declaration.source?.repository?.ownRules, {}, String(why));
      assert.match(notes.find(({ what }) => what === "ruleset main")?.why ?? "", why);
    }
  });

  it("is classic protection that names people", () => {
    const { declaration, notes } = adopted({
      protections: [protection, { ...protection, pattern: "x", actors: ["who may push"] }],
    });
    assert.deepEqual(declaration.source?.repository?.ownRules?.protections, [{ pattern: "main" }]);
    assert.deepEqual(
      notes.filter(({ where }) => where === "settings/branches").map(({ what }) => what),
      ["branch protection of x"],
    );
  });

  it("is an environment of GitHub's own, or one whose name no tag can have", () => {
    for (const [name, why] of [
      ["github-pages", /GitHub made it itself/],
      ["Copilot", /GitHub made it itself/],
      ["eu/west", /isn't letters/],
      ["latest", /is also a tag of class latest/],
      ["container-retention", /protected otherwise/],
    ] as const) {
      const { declaration, notes } = adopted({ environments: [{ ...environment, name }] });
      assert.equal(declaration.environments, undefined, name);
      assert.match(notes.find(({ what }) => what === `environment ${name}`)?.why ?? "", why);
    }
    const gated = { ...environment, otherRules: ["deployment_gate"] };
    assert.ok(notesOf({ environments: [gated] }).some((note) => /rule deployment_gate/.test(note)));
  });

  it("is a secret that the stack has no value for; one that it has is declared", () => {
    const facts = { secrets: ["A", "B"], environments: [{ ...environment, secrets: ["C"] }] };
    const { declaration, notes } = adopted(facts, ["A", "production/C"]);
    assert.deepEqual(declaration.secrets, ["A"]);
    assert.deepEqual(declaration.environments, { production: { secrets: ["C"] } });
    assert.deepEqual(
      notes.filter(({ what }) => what.startsWith("secret")).map(({ what }) => what),
      ["secret B"],
    );
  });

  it("is a workflow that is not the platform's, unless it is told to render its own beside it", () => {
    const facts = { ...model, workflows: [{ path: ".github/workflows/rescan.yml", content: "on: push\n" }] };
    const kept = declarationOf({ facts, fleet, registry, secretValues: () => [] });
    assert.equal(kept.declaration.source?.repository?.workflows, "kept");
    assert.equal(kept.notes.find(({ what }) => what.includes("rescan.yml"))?.kind, "left-alone");
    const rendered = declarationOf({ facts, fleet, registry, secretValues: () => [], workflows: "rendered" });
    assert.equal(rendered.declaration.source?.repository?.workflows, undefined);
    assert.equal(rendered.notes.find(({ what }) => what.includes("rescan.yml"))?.kind, "to-decide");
  });

  it("is what a person wrote for a bot, which then proposes newer base images in the platform's place", () => {
    const updateSettings = [{ path: "renovate.json", content: "{}\n" }];
    const declaredWith = (facts: Partial<RepositoryFacts>, workflows: "rendered" | "kept") =>
      declarationOf({ facts: { ...model, ...facts }, fleet, registry, secretValues: () => [], workflows });
    for (const [workflows, says] of [
      ["kept", undefined],
      ["rendered", { by: "none" }],
    ] as const) {
      const { declaration, notes } = declaredWith({ updateSettings }, workflows);
      assert.deepEqual(declaration.source?.repository?.baseImageUpdates, says);
      assert.equal(notes.find(({ what }) => what === "settings renovate.json")?.kind, "left-alone");
    }
    const rendered = baseImageUpdateFiles(
      { baseImageUpdates: { by: "dependabot", cooldownDays: 7 } },
      { name: "pager", dockerfile: "Dockerfile" },
    );
    const taken = declaredWith({ updateSettings: rendered }, "rendered");
    assert.equal(taken.declaration.source?.repository?.baseImageUpdates, undefined);
    assert.deepEqual(
      taken.notes.filter(({ what }) => what.startsWith("settings")),
      [],
    );
  });

  it("is its packages, where the token isn't shown any", () => {
    const { declaration, notes } = adopted({ packages: undefined });
    assert.deepEqual([declaration.name, declaration.visibility], ["pager", undefined]);
    assert.match(notes.find(({ what }) => what === "packages")?.why ?? "", /read:packages/);
  });

  it("is everything of an archived repository, and of one whose name no service can have", () => {
    for (const [facts, code] of [
      [{ archived: true }, "archived-repository"],
      [{ name: "Pager.js", packages: [] }, "invalid-service-name"],
    ] as const) {
      assert.throws(
        () => adopted(facts),
        (error: unknown) => error instanceof PlatformError && error.code === code,
      );
    }
  });
});

const urn = (types: string, name: string) => `urn:pulumi:prod::ghcr-platform::${types}::${name}`;
const service = "ghcr-platform:index:ContainerService";
const root = urn(service, "pager");
const secrets = urn(`${service}$ghcr-platform:index:ServiceSecrets`, "pager-secrets");
const secretType = "github:index/actionsSecret:ActionsSecret";
const secret = urn(`${service}$ghcr-platform:index:ServiceSecrets$${secretType}`, "pager-secrets-KEY");
const image = urn(`${service}$docker-build:index:Image`, "pager-image-build");
const provider = urn("pulumi:providers:github", "github");

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState?: Record<string, unknown>;
  readonly detailedDiff?: Record<string, unknown>;
}

const preview = (...steps: readonly Step[]) => previewedResources(JSON.stringify({ steps }));
const component = (op: string, at: string, parent = "") => ({
  op,
  urn: at,
  newState: { parent, custom: false },
});
const custom = (op: string, at: string, parent: string, inputs: Record<string, unknown> = {}) => ({
  ...{ op, urn: at },
  newState: { parent, custom: true, provider: `${provider}::id`, inputs },
});

describe("the import file", () => {
  const written = JSON.stringify({
    resources: [
      { type: "pulumi:providers:github", name: "github", inputs: { owner: "acme" } },
      { type: service, name: "pager", component: true },
      { type: service, name: "other", component: true },
      { type: "ghcr-platform:index:ServiceSecrets", name: "pager-secrets", parent: "pager", component: true },
      {
        type: secretType,
        name: "pager-secrets-KEY",
        id: "<PLACEHOLDER>",
        parent: "pager-secrets",
        provider: "github",
      },
      { type: "docker-build:index:Image", name: "pager-image-build", id: "<PLACEHOLDER>", parent: "pager" },
    ],
  });
  const previewed = preview(
    component("create", root),
    component("create", urn(service, "other")),
    component("create", secrets, root),
    custom("create", secret, secrets, { secretName: "KEY" }),
    custom("create", image, root),
  );

  it("names the repository's resources with their ids, their components and their provider, and no other", () => {
    const imports = importsOf(written, previewed, ["pager"], { ...model, secrets: ["KEY"] });
    const { resources } = JSON.parse(imports.file) as { resources: { name: string; id?: string }[] };
    assert.deepEqual(
      resources.map(({ name, id }) => [name, id]),
      [
        ["github", undefined],
        ["pager", undefined],
        ["pager-secrets", undefined],
        ["pager-secrets-KEY", "pager:KEY"],
      ],
    );
    assert.deepEqual([imports.resources, imports.missing, imports.rebuilt], [[secret], [], [image]]);
  });

  it("takes workflows over only as they are rendered", () => {
    const setType = "ghcr:index:FileSet";
    const set = urn(`${service}$${setType}`, "pager-files-set");
    const path = ".github/workflows/x.yml";
    const steps = (files: Record<string, string>) =>
      preview(component("create", root), custom("create", set, root, { files }));
    const text = JSON.stringify({
      resources: [{ type: setType, name: "pager-files-set", id: "<PLACEHOLDER>" }],
    });
    const ids = (files: Record<string, string>, content: string) => {
      const { file } = importsOf(text, steps(files), ["pager"], { ...model, workflows: [{ path, content }] });
      return (JSON.parse(file) as { resources: { id?: string }[] }).resources.flatMap(({ id }) => id ?? []);
    };
    assert.deepEqual(ids({ [path]: "on: push\n" }, "on: push\n"), [`acme/pager:main:${path}`]);
    assert.deepEqual(ids({ [path]: "on: push\n" }, "on: workflow_dispatch\n"), []);
    assert.deepEqual(ids({}, "on: push\n"), ["acme/pager:main"]);
  });

  it("leaves out what the repository doesn't have, and says so", () => {
    const imports = importsOf(written, previewed, ["pager"], model);
    assert.deepEqual([imports.resources, imports.missing], [[], [secret]]);
    assert.ok(!imports.file.includes("PLACEHOLDER"));
  });
});

describe("what an import leaves open", () => {
  const repository = urn("github:index/repository:Repository", "pager-source-repository");
  const changed = (step: ReturnType<typeof custom>, ...properties: string[]) => ({
    ...step,
    detailedDiff: Object.fromEntries(properties.map((name) => [name, { kind: "update" }])),
  });

  it("is what GitHub gives nobody back, and nothing that it shows", () => {
    const { open, differences } = judged(
      preview(
        changed(custom("update", repository, root, { archiveOnDestroy: true }), "archiveOnDestroy"),
        changed(custom("update", secret, secrets, { secretName: "KEY", value: "[secret]" }), "value"),
        custom("create", image, root),
      ),
    );
    assert.deepEqual(
      [...open],
      [
        [repository, { archiveOnDestroy: true }],
        [secret, { value: { service: "pager", key: "KEY" } }],
      ],
    );
    assert.deepEqual(differences, []);
  });

  it("is no excuse for a property that GitHub shows, for a replacement or for a deletion", () => {
    const { open, differences } = judged(
      preview(
        changed(custom("update", repository, root), "archiveOnDestroy", "hasIssues"),
        changed(custom("replace", secret, secrets), "value"),
        { op: "delete", urn: image },
      ),
    );
    assert.deepEqual([...open], []);
    assert.deepEqual(
      differences.map(({ op, properties }) => [op, properties]),
      [
        ["update", ["hasIssues"]],
        ["replace", ["value"]],
        ["delete", []],
      ],
    );
  });

  it("is filled into the state, secrets marked as such, and the rest stays as it was", () => {
    const resources = [
      {
        urn: secret,
        type: secretType,
        custom: true,
        inputs: { secretName: "KEY" },
        outputs: { id: "pager:KEY" },
      },
      { urn: image, type: "docker-build:index:Image", custom: true },
    ];
    const open = new Map([[secret, { value: { service: "pager", key: "KEY" } }]]);
    const state = JSON.parse(
      filledState(JSON.stringify({ version: 3, deployment: { resources } }), open, ({ key }) => `of ${key}`),
    ) as { version: number; deployment: { resources: { inputs: object; outputs: object }[] } };
    const value = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: '"of KEY"',
    };
    assert.equal(state.version, 3);
    assert.deepEqual(state.deployment.resources, [
      {
        ...resources[0],
        inputs: { secretName: "KEY", value },
        outputs: { id: "pager:KEY", value },
      },
      resources[1],
    ]);
  });
});
