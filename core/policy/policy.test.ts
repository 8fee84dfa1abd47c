import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { types, unknownValue, type Props, type StackResource } from "./resource";
import { publishWorkflow, resource, soundStack, urnOf } from "./testing/resources";
import { formatFinding, rules, Stack } from "./index";

/** `<rule>: <name of the resource>: <where>` of every finding, resource by resource and then the stack. */
function findings(resources: readonly StackResource[]): readonly string[] {
  const stack = new Stack(resources);
  return rules.flatMap(({ name, resource: judged, stack: judge }) => [
    ...resources.flatMap((each) =>
      judged?.types.includes(each.type) === true
        ? judged.check(each).map(({ where }) => `${name}: ${each.name}: ${where}`)
        : [],
    ),
    ...(judge?.(stack) ?? []).map(({ urn, where }) => `${name}: ${urn.split("::").at(-1)}: ${where}`),
  ]);
}

/** The sound stack with some properties of one resource changed. */
function changed(name: string, change: Props): readonly StackResource[] {
  assert.ok(
    soundStack.some((each) => each.name === name),
    name,
  );
  return soundStack.map((each) =>
    each.name === name ? { ...each, props: { ...each.props, ...change } } : each,
  );
}

function without(name: string): readonly StackResource[] {
  assert.ok(
    soundStack.some((each) => each.name === name),
    name,
  );
  return soundStack.filter((each) => each.name !== name);
}

const production = "todost-production";
const variable = "todost-TOKEN_URL";
const ruleset = "platform-default-branch";
const file = "platform-publish";
const image = "todost-image-build";
const commit = "0123456789abcdef0123456789abcdef01234567";
const workflow = (...lines: readonly string[]) =>
  ["on: push", "permissions: {}", "jobs:", "  build:", "    runs-on: ubuntu-24.04", ...lines].join("\n");

describe("the policy's rules", () => {
  it("find nothing in what the platform declares", () => {
    assert.deepEqual(findings(soundStack), []);
  });

  it("find nothing in a workflow that writes packages and pushes none, nor in what waits through its component", () => {
    const moves = workflow(
      "    permissions: {packages: write}",
      "    environment: todost-production",
      "    steps: [{run: ghcr promote todost --to production}]",
    );
    const stack = changed(file, { content: moves }).map((each) =>
      each.name === file ? { ...each, parent: urnOf("platform-files"), dependencies: [] } : each,
    );
    const files = resource(
      "ghcr-platform:index:WorkflowFiles",
      "platform-files",
      {},
      { after: ["todost-production"] },
    );
    assert.deepEqual(findings([...stack, files]), []);
  });

  it("let a workflow name an environment of another group's stack, where its component says so", () => {
    const moves = workflow("    environment: billing-production", "    steps: [{run: ghcr promote billing}]");
    const found = (names: readonly string[]) =>
      findings([
        ...changed(file, { content: moves }).map((each) =>
          each.name === file ? { ...each, parent: urnOf("platform") } : each,
        ),
        resource("ghcr-platform:index:RepositoryAutomation", "platform", { environmentsElsewhere: names }),
      ]);
    assert.deepEqual(found(["billing-production"]), []);
    assert.deepEqual(found(["billing-staging"]), [`environments-declared: ${file}: content, line 6`]);
  });

  it("have names that the engine takes, each once, and a sentence each", () => {
    const names = rules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name, description } of rules) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.match(description, /^[A-Z].*\.$/);
    }
  });

  it("are all in docs/policies.md, as they are", () => {
    const documented = readFileSync(join(__dirname, "../../docs/policies.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    assert.deepEqual(
      documented,
      rules.map(({ name, level, description }) => `| \`${name}\` | ${level} | ${description} |`),
    );
  });

  const broken: readonly (readonly [string, readonly StackResource[], readonly string[]])[] = [
    [
      "an action at a tag, with its line",
      changed(file, {
        content: publishWorkflow.replace(/actions\/checkout@[0-9a-f]{40}/, "actions/checkout@v4"),
      }),
      ["actions-pinned: platform-publish: content, line 46"],
    ],
    [
      "a reusable workflow at a branch, and an image at a tag",
      changed(file, {
        content: workflow(
          "    steps:",
          "      - uses: docker://alpine:3",
          "  call:",
          "    uses: o/r/.github/workflows/x.yml@main",
        ),
      }),
      [
        "actions-pinned: platform-publish: content, line 7",
        "actions-pinned: platform-publish: content, line 9",
      ],
    ],
    [
      "an action in flow style, behind an anchor, and in an action of the repository's own",
      changed(file, {
        file: ".github/actions/setup/action.yml",
        content: 'x: &pin "a/b@v1"\nruns: {using: composite, steps: [{"uses": "a/b@v1"}, {uses: *pin}]}',
      }),
      [
        "actions-pinned: platform-publish: content, line 2",
        "actions-pinned: platform-publish: content, line 2",
      ],
    ],
    [
      "a workflow that is no YAML",
      changed(file, { content: "jobs: [" }),
      ["actions-pinned: platform-publish: content"],
    ],
    [
      "a repository that runs unpinned actions",
      changed("platform-actions", { shaPinningRequired: false }),
      ["actions-pinned: platform-actions: shaPinningRequired"],
    ],
    [
      "a workflow whose environment nobody declares",
      changed(file, { content: workflow("    environment: ghost") }),
      ["environments-declared: platform-publish: content, line 6"],
    ],
    [
      "a workflow that is committed before its environment is there",
      soundStack.map((each) =>
        each.name === file
          ? {
              ...each,
              dependencies: [],
              props: { ...each.props, content: workflow(`    environment: {name: ${production}}`) },
            }
          : each,
      ),
      ["environments-declared: platform-publish: content, line 6"],
    ],
    [
      "rules without reviews",
      changed(ruleset, {
        rules: { ...(ruleProps() as object), pullRequest: { requiredApprovingReviewCount: 0 } },
      }),
      ["required-reviews: platform-default-branch: rules.pullRequest.requiredApprovingReviewCount"],
    ],
    [
      "rules that are only tried out",
      changed(ruleset, { enforcement: "evaluate" }),
      ["required-reviews: platform-default-branch: enforcement"],
    ],
    [
      "a repository without rules, whose gate then nothing requires",
      without(ruleset),
      ["gate-on: platform-publish: content", "required-reviews: platform-repository: repository"],
    ],
    [
      "a gate that any app could report",
      changed(ruleset, {
        rules: {
          ...(ruleProps() as object),
          requiredStatusChecks: { requiredChecks: [{ context: "container-publish" }] },
        },
      }),
      ["gate-on: platform-publish: content"],
    ],
    [
      "a required check that isn't the gate",
      changed(ruleset, {
        rules: {
          ...(ruleProps() as object),
          requiredStatusChecks: { requiredChecks: [{ context: "plan", integrationId: 15368 }] },
        },
      }),
      ["gate-on: platform-publish: content"],
    ],
    [
      "a workflow that pushes and has no gate",
      changed(file, {
        content: workflow("    permissions: {packages: write}", "    steps: [{run: docker push x}]").concat(
          "\n  other: {runs-on: x}",
        ),
      }),
      ["gate-on: platform-publish: content"],
    ],
    [
      "a tag that doesn't wait for the checks",
      soundStack.map((each) =>
        each.name === "todost-image-tags" ? { ...each, dependencies: [urnOf(image)] } : each,
      ),
      ["gate-on: todost-image-tags: create"],
    ],
    [
      "an image that is pushed under a tag",
      changed(image, { push: true, tags: ["ghcr.io/albeorla/todost:latest"], exports: [] }),
      ["gate-on: todost-image-build: tags"],
    ],
    [
      "an image that is exported under a tag, in either form",
      changed(image, {
        exports: [
          { raw: "type=image,name=x:1,push=true" },
          { image: { push: true, names: ["x:1"] } },
          { registry: { names: ["x"] } },
        ],
      }),
      [0, 1, 2].map((index) => `gate-on: todost-image-build: exports[${index}]`),
    ],
    [
      "a package whose retention lacks a term",
      changed("todost-package", {
        retention: { keepBuilds: 20, pullRequestDays: 7, developmentDays: 14 },
      }),
      ["retention-set: todost-package: retention.untaggedDays"],
    ],
    [
      "an image whose package nothing declares",
      without("todost-package"),
      ["retention-set: todost-image-build: image"],
    ],
    [
      "production that administrators may enter",
      changed(production, { canAdminsBypass: true }),
      ["no-admin-bypass: todost-production: canAdminsBypass"],
    ],
    [
      "production that leaves it to GitHub's default",
      changed(production, { canAdminsBypass: undefined }),
      ["no-admin-bypass: todost-production: canAdminsBypass"],
    ],
    [
      "an environment called latest",
      changed(production, { environment: "todost-latest" }),
      ["no-latest-in-environment: todost-production: environment"],
    ],
    ...["latest", "ghcr.io/albeorla/todost:latest", "IMAGE=todost:latest --pull"].map(
      (value) =>
        [
          `an environment that runs ${value}`,
          changed("todost-production-LOG_LEVEL", { value }),
          ["no-latest-in-environment: todost-production-LOG_LEVEL: value"],
        ] as const,
    ),
    [
      "a platform that the fleet doesn't publish",
      changed(image, { platforms: ["linux/amd64", "linux/s390x"] }),
      ["allowed-platforms: todost-image-build: platforms[1]"],
    ],
    [
      "an image of whatever platform the builder has",
      changed(image, { platforms: [] }),
      ["allowed-platforms: todost-image-build: platforms"],
    ],
    [
      "a team that may push past the rules",
      changed(ruleset, {
        bypassActors: [
          { actorType: "Team", actorId: 7, bypassMode: "always" },
          { actorType: "RepositoryRole", actorId: 4, bypassMode: "always" },
          { actorType: "Integration", actorId: 4, bypassMode: "always" },
          { actorType: "Team", actorId: 7, bypassMode: "pull_request" },
        ],
      }),
      [0, 1].map((index) => `rules-bypass: platform-default-branch: bypassActors[${index}]`),
    ],
    [
      "a variable with a credential's name",
      changed(variable, { variableName: "DATABASE_PASSWORD", value: "hunter2" }),
      ["secret-like-name: todost-TOKEN_URL: value"],
    ],
    [
      "a build argument with a credential's name",
      changed(image, { buildArgs: { NPM_TOKEN: "x" } }),
      ["secret-like-name: todost-image-build: buildArgs.NPM_TOKEN"],
    ],
  ];
  for (const [what, resources, expected] of broken) {
    it(`find ${what}`, () => {
      assert.deepEqual(findings(resources), expected);
    });
  }

  it("find a credential in each file of a set", () => {
    const files = { "a.md": "nothing", "b.md": `ghp_${"a1".repeat(18)}` };
    const set = resource(types.fileSet, "set", { repository: "albeorla/tools", files });
    assert.deepEqual(findings([...soundStack, set]), ['no-plain-secret: set: files["b.md"]']);
  });

  it("judge each file of a set as they judge a file by itself", () => {
    for (const [what, stack, expected] of broken) {
      const set = stack.map((each): StackResource => {
        const { file: path, content, repository } = each.props;
        if (each.type !== types.file) return each;
        const files = {
          "README.md": "read me",
          [String(path)]: content,
          ".github/workflows/own.yml": workflow(),
        };
        return {
          ...each,
          type: types.fileSet,
          props: { repository: `albeorla/${String(repository)}`, files },
        };
      });
      const path = String(stack.find(({ type }) => type === types.file)?.props["file"]);
      const renamed = expected.map((line) =>
        line.replace(/: content(?=$|, line)/, `: files[${JSON.stringify(path)}]`),
      );
      assert.deepEqual(findings(set), renamed, what);
    }
  });

  const credentials = {
    "a GitHub token": `ghp_${"a1".repeat(18)}`,
    "a fine-grained token": `github_pat_${"A1_".repeat(20)}`,
    "a cloud key": "AKIAIOSFODNN7EXAMPLE",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "a signed token": `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.${"c".repeat(20)}`,
    "a password in an address": "postgres://todost:hunter22@db.internal/todost",
  };
  for (const [what, value] of Object.entries(credentials)) {
    it(`find ${what} wherever it would lie in the clear`, () => {
      for (const [name, props, where] of [
        [variable, { value }, "value"],
        ["todost-production-LOG_LEVEL", { value }, "value"],
        [file, { file: "README.md", content: `x\n${value}\n` }, "content"],
        [image, { buildArgs: { SOURCE: value } }, "buildArgs.SOURCE"],
        ["todost-image-checks", { create: `cli/ghcr image check --x ${value}` }, "create"],
      ] as const) {
        assert.deepEqual(findings(changed(name, props)), [`no-plain-secret: ${name}: ${where}`]);
      }
    });
  }

  it("take no address, digest, commit or reference of a variable for a credential", () => {
    for (const value of [
      "https://ghcr.io/v2/albeorla/todost",
      `sha256:${"a".repeat(64)}`,
      commit,
      "postgres://todost:$PASSWORD@db/todost",
      "ghp_short",
      "https://example.org:8080/path@1.2",
    ]) {
      assert.deepEqual(findings(changed(variable, { value })), [], value);
    }
  });

  it("hold nothing against what a preview doesn't know yet", () => {
    for (const each of soundStack) {
      for (const key of Object.keys(each.props)) {
        const found = findings(changed(each.name, { [key]: unknownValue }));
        // Which file it is, or which branch a ruleset is for, is never unknown; a gate's rules are found then.
        assert.deepEqual(
          found.filter((line) => !/^(gate-on|required-reviews)/.test(line)),
          [],
          `${each.name}.${key}`,
        );
      }
    }
  });

  it("never say a value that they look at, whatever the resource", () => {
    const marker = "s3cr3t-marker";
    const value = fc.oneof(
      fc.constantFrom(
        marker,
        `${marker}:latest`,
        `ghp_${"a1".repeat(18)}${marker}`,
        `jobs: {${marker}: {uses: ${marker}/${marker}@v1, environment: ${marker}, permissions: write-all}}`,
        `type=image,push=true,name=${marker}:1`,
        `ghcr image tag ${marker}`,
        true,
        unknownValue,
      ),
      fc.integer(),
    );
    const key = fc.constantFrom(
      ...[
        "content",
        "file",
        "value",
        "variableName",
        "buildArgs",
        "labels",
        "platforms",
        "exports",
        "raw",
        "push",
      ],
      ...[
        "tags",
        "environment",
        "canAdminsBypass",
        "create",
        "rules",
        "pullRequest",
        "bypassActors",
        "actorType",
      ],
      ...[
        "target",
        "conditions",
        "refName",
        "includes",
        "enforcement",
        "service",
        "retention",
        "repository",
        "A_TOKEN",
      ],
    );
    const tree = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        value,
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(key, tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    const some = fc.record({
      type: fc.constantFrom(...Object.values(types)),
      props: fc.dictionary(key, fc.oneof(tree, value)),
    });
    let said = 0;
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), (list) => {
        const resources = list.map(({ type, props }, index) =>
          resource(type, `r${index}`, {
            ...props,
            ...(props["file"] === marker ? { file: ".github/workflows/x.yml" } : {}),
          }),
        );
        const stack = new Stack(resources);
        for (const rule of rules) {
          const found = [
            ...resources.flatMap((each) =>
              rule.resource?.types.includes(each.type) === true ? rule.resource.check(each) : [],
            ),
            ...(rule.stack?.(stack) ?? []),
          ];
          said += found.length;
          for (const finding of found)
            assert.ok(!formatFinding(finding).includes("marker"), formatFinding(finding));
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(said > 500, `only ${said} findings`);
  });
});

function ruleProps(): unknown {
  return soundStack.find(({ name }) => name === ruleset)?.props["rules"];
}
