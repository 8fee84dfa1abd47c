/**
 * A small program that keeps every rule of the policy pack, or breaks the one that BREAK names. It is copied into
 * a project of its own; every secret that it declares is the stack's `secret`.
 */
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker-build";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const secret = config.requireSecret("secret");
const breaks = (rule: string) => process.env["BREAK"] === rule;

const provider = new github.Provider("github", {
  owner: "albeorla",
  baseUrl: config.require("githubUrl"),
  token: config.requireSecret("token"),
});
const opts = { provider };
const commit = "0123456789abcdef0123456789abcdef01234567";

const repository = new github.Repository("repository", { name: "pager" }, opts);
const environment = new github.RepositoryEnvironment(
  "production",
  {
    repository: repository.name,
    environment: "production",
    ...(breaks("no-admin-bypass") ? {} : { canAdminsBypass: false }),
  },
  opts,
);
new github.ActionsEnvironmentVariable(
  "image",
  {
    repository: repository.name,
    environment: environment.environment,
    variableName: "IMAGE",
    value: `ghcr.io/albeorla/pager:${breaks("no-latest-in-environment") ? "latest" : "production"}`,
  },
  opts,
);
new github.ActionsSecret("key", { repository: repository.name, secretName: "KEY", value: secret }, opts);
new github.ActionsVariable(
  "variable",
  {
    repository: repository.name,
    variableName: breaks("secret-like-name") ? "PAGER_TOKEN" : "PAGER_URL",
    value: breaks("no-plain-secret") ? secret : "https://example.org",
  },
  opts,
);
const file = new github.RepositoryFile(
  "workflow",
  {
    repository: repository.name,
    file: ".github/workflows/publish.yml",
    content: [
      "on: push",
      "permissions: {}",
      "jobs:",
      "  build:",
      "    runs-on: ubuntu-24.04",
      "    permissions: {packages: write}",
      `    environment: ${breaks("environments-declared") ? "staging" : "production"}`,
      `    steps: [{uses: actions/checkout@${breaks("actions-pinned") ? "v4" : commit}}, {run: docker push pager}]`,
      ...(breaks("gate-on-workflow")
        ? []
        : [
            "  gate:",
            "    name: published",
            "    runs-on: ubuntu-24.04",
            "    needs: build",
            "    if: always()",
          ]),
    ].join("\n"),
  },
  { ...opts, dependsOn: [environment] },
);
if (!breaks("required-reviews-in-stack")) {
  new github.RepositoryRuleset(
    "rules",
    {
      repository: repository.name,
      target: "branch",
      enforcement: "active",
      conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
      bypassActors: [
        breaks("rules-bypass")
          ? { actorType: "Team", actorId: 7, bypassMode: "always" }
          : { actorType: "RepositoryRole", actorId: 5, bypassMode: "always" },
      ],
      rules: {
        pullRequest: { requiredApprovingReviewCount: breaks("required-reviews") ? 0 : 1 },
        requiredStatusChecks: { requiredChecks: [{ context: "published", integrationId: 15368 }] },
      },
    },
    { ...opts, dependsOn: [file] },
  );
}
const service = new pulumi.ComponentResource("example:index:Service", "pager");
const child = { parent: service };
if (!breaks("retention-set-in-stack")) {
  const whole = { keepBuilds: 20, pullRequestDays: 7, developmentDays: 14, untaggedDays: 7 };
  const retention = breaks("retention-set") ? { keepBuilds: 20 } : whole;
  new pulumi.ComponentResource("ghcr-platform:index:GhcrPackage", "pager-package", { retention }, child);
}
const image = new docker.Image(
  "pager-build",
  {
    context: { location: "." },
    dockerfile: { inline: "FROM scratch\nCOPY Pulumi.yaml /" },
    platforms: breaks("allowed-platforms") ? ["linux/s390x"] : ["linux/amd64", "linux/arm64"],
    push: breaks("gate-on"),
    ...(breaks("gate-on") ? { tags: ["ghcr.io/albeorla/pager:latest"] } : {}),
    buildOnPreview: false,
  },
  child,
);
const checks = new command.local.Command(
  "pager-checks",
  { create: "ghcr image check --input -", stdin: image.digest },
  child,
);
new command.local.Command(
  "pager-tags",
  { create: "ghcr image tag --input -", stdin: breaks("gate-on-in-stack") ? image.digest : checks.stdout },
  child,
);
