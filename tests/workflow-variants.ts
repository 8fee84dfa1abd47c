/**
 * Every kind of repository that workflows are rendered for. `sandbox/node tests/workflow-variants.ts` writes what they
 * look like to `tests/fixtures/workflows/`, where a test compares them.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  resolveFleet,
  type AutomationDeclaration,
  type PlatformRelease,
  type RepositoryDeclaration,
  type ServiceDeclaration,
} from "../core/fleet";
import { ownWorkflows, platformWorkflows, renderWorkflow, type Workflow } from "../core/workflow";

export interface Variant {
  readonly name: string;
  readonly workflows: readonly Workflow[];
}

const hello: ServiceDeclaration = {
  name: "hello-python",
  description: "Greets over HTTP, isn't it?",
  licenses: "MIT",
};
const open = { visibility: "public" } as const;
const todost: ServiceDeclaration = { name: "todost", buildArgs: { NODE_ENV: "production" } };

const releases = { branches: ["main"], tags: ["v*"] };

const release: PlatformRelease = { version: "1.4.0", commit: "0123456789abcdef0123456789abcdef01234567" };

export const variants: readonly Variant[] = [
  monorepo("one-service", "albeorla", [hello]),
  monorepo("two-services", "albeorla", [{ ...hello, ...open }, todost], release),
  monorepo(
    "promoted-services",
    "albeorla",
    [
      {
        ...{ ...hello, ...open },
        environments: { staging: { refs: releases }, production: { waitMinutes: 10, refs: releases } },
        promotion: {
          maxScanAge: { production: 2 },
          require: { production: ["signature", "provenance"] },
          onRelease: "production",
        },
      },
      { ...todost, environments: { development: {}, production: {}, "eu.west": {} } },
    ],
    release,
  ),
  // Before the platform's first release.
  // A login keeps its capitals on GitHub; an image's name has none.
  monorepo("user-account", "Octo-Cat", [hello]),
  monorepo("single-platform", "albeorla", [{ ...hello, ...open, platforms: ["linux/amd64"] }]),
  monorepo(
    "automated",
    "albeorla",
    [hello],
    release,
    {},
    {
      stateUrl: "s3://albeorla-pulumi?region=eu-central-1",
      stateSecrets: ["PULUMI_CONFIG_PASSPHRASE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
      reviewers: { users: [1] },
    },
  ),
  ownRepository("own-repository", release),
  ownRepository("own-repository-before-release"),
  monorepo(
    "exceptions",
    "albeorla",
    [
      {
        ...{ ...hello, ...open },
        exceptions: [
          {
            ...{ id: "CVE-2024-45490", scope: "pkg:deb/debian/libexpat1", owner: "@albeorla/web" },
            ...{ reason: "it isn't reached: every document is our own", until: "2027-01-31" },
          },
        ],
      },
      todost,
    ],
    release,
  ),
  monorepo("code-scanning", "albeorla", [{ ...hello, ...open }, todost], release, { codeScanning: true }),
  monorepo(
    "approved-retention",
    "albeorla",
    [{ ...todost, environments: { staging: {}, production: {} } }],
    release,
    {
      retentionApprovers: { teams: [7] },
    },
  ),
];

/** Where a variant's files are kept, by path below the fixtures. */
export function renderedFiles(): ReadonlyMap<string, string> {
  return new Map(
    variants.flatMap(({ name, workflows }) =>
      workflows.map((workflow) => [`${name}/${workflow.file}`, renderWorkflow(workflow)] as const),
    ),
  );
}

export const fixtures = join(__dirname, "fixtures", "workflows");

function monorepo(
  name: string,
  owner: string,
  declarations: readonly ServiceDeclaration[],
  released?: PlatformRelease,
  platform: Partial<RepositoryDeclaration> = {},
  automation?: AutomationDeclaration,
): Variant {
  const fleet = resolveFleet({
    platform: { name: "ghcr-platform", release: released ?? null, ...platform },
    ...(automation === undefined ? {} : { automation }),
    services: declarations.map((declaration) => ({
      where: `services/${declaration.name}/service.ts`,
      declaration,
    })),
  });
  return { name, workflows: platformWorkflows(fleet, { owner, registry: "ghcr.io" }) };
}

function ownRepository(name: string, released?: PlatformRelease): Variant {
  const fleet = resolveFleet({
    platform: { name: "ghcr-platform", release: released ?? null },
    services: [
      {
        where: "services/billing/service.ts",
        declaration: {
          name: "billing",
          environments: { staging: {}, production: {} },
          source: { repository: { name: "billing-api", defaultBranch: "trunk" } },
        },
      },
    ],
  });
  const [service] = fleet.services;
  if (service === undefined) throw new Error("the fleet has one service");
  const settings = { owner: "albeorla", registry: "ghcr.io" };
  return { name, workflows: ownWorkflows(fleet, service, settings) };
}

if (require.main === module) {
  rmSync(fixtures, { recursive: true, force: true });
  for (const [path, content] of renderedFiles()) {
    mkdirSync(dirname(join(fixtures, path)), { recursive: true });
    writeFileSync(join(fixtures, path), content);
  }
}
