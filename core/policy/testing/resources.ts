/** Resources for tests of rules: a stack in which every rule is kept, and the means to break one. */
import { containerPublish, renderWorkflow } from "../../workflow";
import { resolveFleet } from "../../fleet";
import { types, type Props, type StackResource } from "../resource";

export function urnOf(name: string): string {
  return `urn:pulumi:test::ghcr-platform::${name}`;
}

export function resource(
  type: string,
  name: string,
  props: Props,
  { parent, after = [] }: { parent?: string; after?: readonly string[] } = {},
): StackResource {
  return {
    type,
    name,
    urn: urnOf(name),
    props,
    parent: parent === undefined ? undefined : urnOf(parent),
    dependencies: after.map(urnOf),
  };
}

const [service] = resolveFleet({
  platform: { name: "ghcr-platform" },
  services: [{ where: "services/todost/service.ts", declaration: { name: "todost" } }],
}).services;
if (service === undefined) throw new Error("one service is declared");

/** The platform's own publishing workflow, as it is rendered. */
export const publishWorkflow = renderWorkflow(
  containerPublish({
    owner: "albeorla",
    registry: "ghcr.io",
    repository: "ghcr-platform",
    platformRepository: "ghcr-platform",
    platformBranch: "main",
    services: [service],
    defaultBranch: "main",
  }),
);

/** One service, as the platform declares it: no rule finds anything. */
export const soundStack: readonly StackResource[] = [
  resource(types.repository, "platform-repository", { name: "ghcr-platform" }),
  resource(types.actionsPermissions, "platform-actions", {
    repository: "ghcr-platform",
    enabled: true,
    shaPinningRequired: true,
  }),
  resource("ghcr-platform:index:ContainerService", "todost", {}, { parent: "stack" }),
  resource(types.package, "todost-package", { retention: service.retention }, { parent: "todost" }),
  resource(
    types.environment,
    "todost-production",
    { repository: "ghcr-platform", environment: "todost-production", canAdminsBypass: false },
    { after: ["platform-repository"] },
  ),
  resource(types.environmentVariable, "todost-production-LOG_LEVEL", {
    repository: "ghcr-platform",
    environment: "todost-production",
    variableName: "LOG_LEVEL",
    value: "info",
  }),
  resource(types.variable, "todost-TOKEN_URL", {
    repository: "ghcr-platform",
    variableName: "TOKEN_URL",
    value: "https://example.org/token",
  }),
  resource("ghcr-platform:index:PublishedImage", "todost-image", {}, { parent: "todost" }),
  resource(
    types.image,
    "todost-image-build",
    {
      platforms: ["linux/amd64", "linux/arm64"],
      push: false,
      exports: [{ raw: "type=image,name=ghcr.io/albeorla/todost,push=true,push-by-digest=true" }],
      buildArgs: { VERSION: "1.2.3" },
    },
    { parent: "todost-image" },
  ),
  resource(
    types.command,
    "todost-image-checks",
    { create: "cli/ghcr image check --input - --json" },
    { parent: "todost-image", after: ["todost-image-build"] },
  ),
  resource(
    types.command,
    "todost-image-tags",
    { create: "cli/ghcr image tag --input - --json" },
    { parent: "todost-image", after: ["todost-image-checks"] },
  ),
  resource(
    types.file,
    "platform-publish",
    {
      repository: "ghcr-platform",
      file: ".github/workflows/container-publish.yml",
      content: publishWorkflow,
    },
    { after: ["todost-production"] },
  ),
  resource(
    types.ruleset,
    "platform-default-branch",
    {
      repository: "ghcr-platform",
      target: "branch",
      enforcement: "active",
      bypassActors: [{ actorType: "RepositoryRole", actorId: 5, bypassMode: "always" }],
      conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
      rules: {
        pullRequest: { requiredApprovingReviewCount: 1 },
        requiredStatusChecks: { requiredChecks: [{ context: "container-publish", integrationId: 15368 }] },
      },
    },
    { after: ["platform-publish"] },
  ),
];
