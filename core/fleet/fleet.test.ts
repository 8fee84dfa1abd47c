import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PlatformError } from "../errors";
import {
  parseSettings,
  resolveFleet,
  secretKeys,
  settingKeys,
  type FleetDeclaration,
  type RepositoryDeclaration,
  type ServiceDeclaration,
} from ".";

const platform = { name: "ghcr-platform", licenses: "MIT" };

function fleetOf(...services: readonly ServiceDeclaration[]): FleetDeclaration {
  return {
    platform,
    services: services.map((declaration) => ({
      where: `services/${declaration.name}/service.ts`,
      declaration,
    })),
  };
}

function faultsOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.faults;
  }
  return assert.fail("nothing was found wrong");
}

describe("resolving a fleet", () => {
  it("gives the smallest declaration every default", () => {
    const [service] = resolveFleet(fleetOf({ name: "todost" })).services;
    assert.deepEqual(service, {
      where: "services/todost/service.ts",
      name: "todost",
      formerNames: [],
      description: undefined,
      licenses: "MIT",
      group: undefined,
      repository: "ghcr-platform",
      shared: true,
      path: "services/todost",
      dockerfile: "services/todost/Dockerfile",
      platforms: ["linux/amd64", "linux/arm64"],
      runtime: undefined,
      buildArgs: {},
      health: {},
      publish: "up",
      visibility: "private",
      signing: "none",
      exceptions: [],
      staticImage: undefined,
      retention: { keepBuilds: 20, pullRequestDays: 7, developmentDays: 14, untaggedDays: 7 },
      secrets: [],
      variables: {},
      environments: [],
      promotion: [],
      onRelease: [],
    });
  });

  it("asks of each environment what the service says of it, else what the fleet says, else the default", () => {
    const environments = { staging: {}, production: {} };
    const fleet = {
      ...fleetOf(
        { name: "a", environments },
        {
          ...{ name: "b", signing: "keyless" as const },
          environments,
          promotion: { maxScanAge: { production: 2 }, require: { production: ["signature"] as const } },
        },
        { name: "c", environments, promotion: { maxScanAge: 30, require: [] } },
      ),
      defaults: { promotion: { maxScanAge: { staging: 14 }, require: ["provenance"] as const } },
    };
    const asked = resolveFleet(fleet).services.map(({ promotion }) =>
      promotion.map(({ name, githubName, maxScanAge, require }) => [
        name,
        githubName,
        maxScanAge,
        ...require,
      ]),
    );
    assert.deepEqual(asked, [
      [
        ["staging", "a-staging", 14, "provenance"],
        ["production", "a-production", 7, "provenance"],
      ],
      [
        ["staging", "b-staging", 14, "provenance"],
        ["production", "b-production", 2, "signature"],
      ],
      [
        ["staging", "c-staging", 30],
        ["production", "c-production", 30],
      ],
    ]);
  });

  it("has a release move the first environment, or all up to the one that is named", () => {
    const refs = { tags: ["v*"] };
    const environments = { development: { refs }, staging: { refs }, production: { refs } };
    const moved = (promotion?: ServiceDeclaration["promotion"], fleet?: ServiceDeclaration["promotion"]) => {
      const declared = fleetOf({ name: "a", environments, ...(promotion && { promotion }) });
      const [service] = resolveFleet({
        ...declared,
        ...(fleet && { defaults: { promotion: fleet } }),
      }).services;
      return service?.onRelease.map(({ name }) => name);
    };
    assert.deepEqual(moved(), []);
    assert.deepEqual(moved({ onRelease: true }), ["development"]);
    assert.deepEqual(moved({ onRelease: "staging" }), ["development", "staging"]);
    assert.deepEqual(moved({ onRelease: false }, { onRelease: true }), []);
    assert.deepEqual(moved({ maxScanAge: 3 }, { onRelease: "production" })?.length, 3);
    // A fleet's default may name what not every service has.
    assert.deepEqual(moved(undefined, { onRelease: "live" }), []);
  });

  it("signs what is public unless it is told otherwise, and lets nothing unsigned ask for a signature", () => {
    const signed = (more: Partial<ServiceDeclaration>) =>
      resolveFleet(fleetOf({ name: "a", ...more })).services.map(({ signing }) => signing);
    assert.deepEqual(signed({}), ["none"]);
    assert.deepEqual(signed({ visibility: "public" }), ["keyless"]);
    assert.deepEqual(signed({ visibility: "public", signing: "none" }), ["none"]);
    assert.deepEqual(signed({ signing: "keyless" }), ["keyless"]);
    const promotion = { require: ["sbom", "signature"] as const };
    const environments = { staging: {} };
    const faults = faultsOf(() => resolveFleet(fleetOf({ name: "a", environments, promotion })));
    assert.deepEqual(
      faults.map(({ code }) => code),
      ["unsigned"],
    );
    assert.equal(signed({ environments, promotion, signing: "keyless" }).length, 1);
  });

  it("refuses a promotion of environments that the service hasn't, and a release where no tag may deploy", () => {
    const faults = faultsOf(() =>
      resolveFleet(
        fleetOf(
          {
            name: "a",
            environments: { staging: {} },
            promotion: { maxScanAge: { live: 3 }, require: { live: [] }, onRelease: "live" },
          },
          {
            name: "b",
            environments: { staging: { refs: { branches: ["main"] } } },
            promotion: { onRelease: true },
          },
          { name: "c", environments: { staging: { refs: "all" } }, promotion: { onRelease: true } },
        ),
      ),
    );
    assert.deepEqual(
      faults.map(({ code, where, got }) => [code, where.replace("services/", ""), got]),
      [
        ["release-not-allowed", "b/service.ts: environments.staging.refs", undefined],
        ["unknown-environment", "a/service.ts: promotion.maxScanAge", "live"],
        ["unknown-environment", "a/service.ts: promotion.require", "live"],
        ["unknown-environment", "a/service.ts: promotion.onRelease", "live"],
      ],
    );
    const misspelt = { maxScanAge: 0, require: ["luck"], onrelease: true } as never;
    const shape = faultsOf(() => resolveFleet(fleetOf({ name: "a", promotion: misspelt })));
    assert.ok(shape.length >= 3, JSON.stringify(shape));
  });

  it("takes the fleet's defaults before its own, and a service's word before both", () => {
    const fleet = {
      ...fleetOf(
        { name: "a" },
        { name: "b", platforms: ["linux/amd64"] as const, retention: { keepBuilds: 3 } },
      ),
      defaults: { platforms: ["linux/arm64"] as const, retention: { keepBuilds: 5, untaggedDays: 1 } },
    };
    const [a, b] = resolveFleet(fleet).services;
    assert.deepEqual([a?.platforms, b?.platforms], [["linux/arm64"], ["linux/amd64"]]);
    assert.deepEqual(
      [a?.retention.keepBuilds, b?.retention.keepBuilds, b?.retention.untaggedDays],
      [5, 3, 1],
    );
  });

  it("names an environment after its service where services share the repository, and plainly where not", () => {
    const environments = { production: {} };
    const fleet = resolveFleet(
      fleetOf(
        { name: "shared", environments },
        { name: "own", environments, source: { repository: { name: "own-source" } } },
      ),
    );
    assert.deepEqual(
      fleet.services.map((service) => service.environments[0]?.githubName),
      ["production", "shared-production"],
    );
    assert.equal(fleet.ownRepositories.get("own")?.name, "own-source");
  });

  it("leaves publishing to the workflow where the source is not at hand", () => {
    const [service] = resolveFleet(
      fleetOf({ name: "own", source: { repository: { name: "elsewhere" } } }),
    ).services;
    assert.equal(service?.publish, "workflow");
    assert.equal(service?.path, ".");
  });

  it("has newer base images proposed by what the repository says, else the fleet, else the default", () => {
    const proposed = (
      repository: Partial<RepositoryDeclaration>,
      defaults?: NonNullable<FleetDeclaration["defaults"]>["baseImageUpdates"],
    ) =>
      resolveFleet({
        ...fleetOf({ name: "own", source: { repository: { name: "elsewhere", ...repository } } }),
        ...(defaults && { defaults: { baseImageUpdates: defaults } }),
      }).ownRepositories.get("own")?.baseImageUpdates;
    assert.deepEqual(proposed({}), { by: "dependabot", cooldownDays: 7 });
    assert.deepEqual(proposed({ baseImageUpdates: { cooldownDays: 3 } }, { by: "renovate" }), {
      by: "renovate",
      cooldownDays: 3,
    });
    assert.deepEqual(proposed({ baseImageUpdates: { by: "none", cooldownDays: 3 } }), { by: "none" });
    // Nothing is rendered beside workflows that are the repository's own.
    assert.deepEqual(proposed({ workflows: "kept" }, { by: "renovate" }), { by: "none" });
  });

  it("refuses a Dockerfile that Dependabot would pass over, and settings for the platform's own repository", () => {
    const own = (dockerfile: string, by?: "renovate") =>
      fleetOf({
        ...{ name: "own", dockerfile },
        source: { repository: { name: "elsewhere", ...(by && { baseImageUpdates: { by } }) } },
      });
    for (const name of ["docker/prod.Dockerfile", "Containerfile.slim"]) resolveFleet(own(name));
    resolveFleet(own("docker/prod.image", "renovate"));
    const [fault] = faultsOf(() => resolveFleet(own("docker/prod.image")));
    assert.equal(fault?.code, "dockerfile-not-read");
    const platformWith = { ...platform, baseImageUpdates: { by: "none" } };
    const [refused] = faultsOf(() => resolveFleet({ ...fleetOf(), platform: platformWith }));
    assert.match(refused?.problem ?? "", /baseImageUpdates/);
  });

  it("reports every fault of every declaration at once", () => {
    const faults = faultsOf(() =>
      resolveFleet(
        fleetOf({ name: "Not A Name" }, { name: "ok", dockerfile: "../Dockerfile", secrets: ["1x"] }),
      ),
    );
    assert.deepEqual(
      faults.map(({ where }) => where),
      [
        "services/Not A Name/service.ts: name",
        "services/ok/service.ts: dockerfile",
        "services/ok/service.ts: secrets",
      ],
    );
  });

  it("refuses an option that doesn't exist and names it", () => {
    const misspelt = { name: "todost", plattforms: ["linux/amd64"] } as ServiceDeclaration;
    const [fault] = faultsOf(() => resolveFleet(fleetOf(misspelt)));
    assert.match(fault?.problem ?? "", /plattforms/);
    assert.equal(fault?.where, "services/todost/service.ts: declaration");
  });

  it("refuses two services with one name, also where only their spelling differs", () => {
    for (const name of ["todost", "to_dost"]) {
      const fleet = {
        platform,
        services: [
          { where: "services/a/service.ts", declaration: { name: name === "todost" ? "todost" : "to-dost" } },
          { where: "services/b/service.ts", declaration: { name } },
        ],
      };
      const codes = faultsOf(() => resolveFleet(fleet)).map(({ code }) => code);
      assert.ok(codes.includes("duplicate-service"), codes.join());
    }
  });

  it("refuses a secret that two services of one repository claim", () => {
    const [fault] = faultsOf(() =>
      resolveFleet(fleetOf({ name: "a", secrets: ["KEY"] }, { name: "b", secrets: ["key"] })),
    );
    assert.equal(fault?.code, "shared-secrets");
    assert.match(fault?.problem ?? "", /services\/a\/service\.ts/);
  });

  it("keeps what applies the stack to the default branch, in environments that no service has", () => {
    const automation = { stateUrl: "s3://acme?region=x", stateSecrets: ["PULUMI_CONFIG_PASSPHRASE"] };
    const fleet = { ...fleetOf({ name: "todost" }), automation };
    const { up, drift } = resolveFleet(fleet).automation?.environments ?? assert.fail("no automation");
    assert.deepEqual([up.githubName, drift.githubName], ["infrastructure", "infrastructure-drift"]);
    for (const { refs } of [up, drift]) assert.deepEqual(refs, { branches: ["main"], tags: [] });
    const [fault] = faultsOf(() =>
      resolveFleet({ ...fleetOf({ name: "infrastructure", environments: { drift: {} } }), automation }),
    );
    assert.equal(fault?.where, "services/infrastructure/service.ts: environments.drift");
  });

  it("refuses automation without a state that runners reach, or with secrets that Actions can't have", () => {
    const faults = faultsOf(() =>
      resolveFleet({
        ...fleetOf(),
        automation: { stateUrl: "file://state", stateSecrets: ["GITHUB_TOKEN"], driftSchedule: "daily" },
      }),
    );
    assert.deepEqual(
      faults.map(({ where }) => where),
      ["stateUrl", "stateSecrets.0", "driftSchedule"].map((field) => `services/automation.ts: ${field}`),
    );
  });

  it("refuses two services whose environments have one name on GitHub", () => {
    const [fault] = faultsOf(() =>
      resolveFleet(
        fleetOf(
          { name: "todo", environments: { "web-staging": {} } },
          { name: "todo-web", environments: { staging: {} } },
        ),
      ),
    );
    assert.equal(fault?.code, "shared-environments");
    assert.equal(fault?.got, "todo-web-staging");
  });

  it("takes a release of the platform by its full commit only", () => {
    const release = { version: "1.4.0", commit: "0123456789abcdef0123456789abcdef01234567" };
    const released = (other: Partial<typeof release>) =>
      resolveFleet({ platform: { ...platform, release: { ...release, ...other } }, services: [] });
    assert.deepEqual(released({}).release, release);
    for (const other of [{ commit: "0123456" }, { commit: "main" }, { version: "v1.4.0" }]) {
      const [fault] = faultsOf(() => released(other));
      assert.match(fault?.where ?? "", /^services\/platform\.ts: release\.(commit|version)$/);
    }
    assert.equal(resolveFleet(fleetOf()).release, undefined);
  });

  it("refuses a repository that is declared twice", () => {
    const source = { repository: { name: "one" } };
    const [fault] = faultsOf(() => resolveFleet(fleetOf({ name: "a", source }, { name: "b", source })));
    assert.equal(fault?.code, "repository-declared-twice");
  });

  it("keeps the name of the environment in which retention waits for its approvers", () => {
    const faults = faultsOf(() =>
      resolveFleet(fleetOf({ name: "container", environments: { Retention: {} } })),
    );
    assert.deepEqual(
      faults.map(({ code, got }) => [code, got]),
      [["reserved-name", "Retention"]],
    );
  });

  it("refuses an environment whose tag a build would take, and one name in two spellings", () => {
    const environments = { staging: {}, latest: {}, "1.2": {}, Staging: {}, production: {} };
    const faults = faultsOf(() => resolveFleet(fleetOf({ name: "a", environments })));
    assert.deepEqual(faults.map(({ code, got }) => [code, got]).sort(), [
      ["duplicate-name", "Staging"],
      ["invalid-environment-tag", "1.2"],
      ["invalid-environment-tag", "latest"],
    ]);
    assert.ok(faults.every(({ where }) => where === "services/a/service.ts: environments"));
  });

  it("refuses a build argument that the platform gives itself, and one that no Dockerfile can take", () => {
    const buildArgs = { VERSION: "1", FLAVOUR: "plain", BASE_IMAGE: "x", "a-b": "1" };
    const refusedOf = (service: ServiceDeclaration) =>
      faultsOf(() => resolveFleet(fleetOf(service))).map(({ code, got }) => [code, got]);
    assert.deepEqual(refusedOf({ name: "a", runtime: "node", buildArgs }), [
      ["invalid-build-arg", "VERSION"],
      ["invalid-build-arg", "BASE_IMAGE"],
      ["invalid-build-arg", "a-b"],
    ]);
    // Without a runtime of the platform's the base image is the service's own affair.
    assert.deepEqual(refusedOf({ name: "a", buildArgs }), [
      ["invalid-build-arg", "VERSION"],
      ["invalid-build-arg", "a-b"],
    ]);
  });

  it("refuses an exception that is not whole, and a static image without a reason", () => {
    const exceptions = [{ id: "CVE-2024-1", scope: "libexpat1", owner: "", reason: "none", until: "soon" }];
    assert.deepEqual(
      faultsOf(() => resolveFleet(fleetOf({ name: "todost", exceptions }))).map(({ where }) => where),
      ["scope", "owner", "until"].map((field) => `services/todost/service.ts: exceptions[0].${field}`),
    );
    const [fault] = faultsOf(() => resolveFleet(fleetOf({ name: "todost", staticImage: { reason: " " } })));
    assert.equal(fault?.where, "services/todost/service.ts: staticImage.reason");
  });

  it("refuses rules of a repository's own beside the platform's, and two of one name", () => {
    const faulty = (repository: object) =>
      faultsOf(() =>
        resolveFleet({
          platform: { name: "platform" },
          services: [
            {
              where: "services/shop/service.ts",
              declaration: { name: "shop", source: { repository: { name: "shop", ...repository } } },
            },
          ],
        }),
      );
    assert.deepEqual(
      faulty({ rules: {}, ownRules: {} }).map(({ code, where }) => [code, where]),
      [["rules-twice", "services/shop/service.ts: source.repository: rules"]],
    );
    const [twice] = faulty({ ownRules: { rulesets: [{ name: "main" }, { name: "main" }] } });
    assert.match(twice?.problem ?? "", /two rulesets have one name/);
  });

  it("refuses to build with `up` what lies in another repository", () => {
    const [fault] = faultsOf(() =>
      resolveFleet(fleetOf({ name: "a", publish: "up", source: { repository: { name: "elsewhere" } } })),
    );
    assert.equal(fault?.code, "source-not-at-hand");
  });
});

describe("reading the stack's configuration", () => {
  it("needs the owner alone", () => {
    const settings = parseSettings("prod", { owner: "albeorla" });
    assert.equal(settings.registry, "ghcr.io");
    assert.equal(settings.githubUrl, "https://api.github.com/");
    assert.deepEqual(settings.githubPace, {
      writeDelayMs: 1000,
      retryDelayMs: 1000,
      parallelRequests: false,
    });
  });

  it("says which key is unknown and how it is removed", () => {
    const [fault] = faultsOf(() => parseSettings("prod", { owner: "albeorla", registri: "ghcr.io" }));
    assert.equal(fault?.code, "unknown-config-key");
    assert.equal(fault?.fix, "pulumi config rm ghcr-platform:registri --stack prod");
  });

  it("names key, value and the line that mends a wrong value", () => {
    const [fault] = faultsOf(() => parseSettings("prod", { owner: "albeorla", githubWriteDelayMs: "-5" }));
    assert.equal(fault?.where, "Pulumi.prod.yaml: ghcr-platform:githubWriteDelayMs");
    assert.equal(fault?.got, "-5");
    assert.match(fault?.fix ?? "", /pulumi config set ghcr-platform:githubWriteDelayMs/);
  });

  it("wants base images with their registry written out", () => {
    const baseImages = { python: "python:3.12-slim", node: "docker.io/library/node:24" };
    const faults = faultsOf(() =>
      parseSettings("prod", { owner: "albeorla", baseImages: JSON.stringify(baseImages) }),
    );
    assert.deepEqual(
      faults.map(({ where, got }) => [where, got]),
      [["Pulumi.prod.yaml: ghcr-platform:baseImages.python", "python:3.12-slim"]],
    );
  });

  it("never repeats a secret's value", () => {
    const faults = faultsOf(() => parseSettings("prod", { owner: "albeorla", secrets: '{"a": "hunter2"}' }));
    assert.ok(
      faults.every((fault) => !JSON.stringify(fault).includes("hunter2")),
      JSON.stringify(faults),
    );
  });

  it("keeps an id of digits a text", () => {
    const app = { githubAppId: "123", githubAppInstallationId: "456", githubAppKey: "k" };
    assert.deepEqual(parseSettings("prod", { owner: "albeorla", ...app }).githubApp, {
      id: "123",
      installationId: "456",
    });
  });

  it("wants a GitHub App's three parts together", () => {
    const [fault] = faultsOf(() => parseSettings("prod", { owner: "albeorla", githubAppId: "123" }));
    assert.match(fault?.fix ?? "", /githubAppInstallationId.*--secret ghcr-platform:githubAppKey/);
  });

  it("wants a user name and a password for the registry together", () => {
    const [fault] = faultsOf(() => parseSettings("prod", { owner: "albeorla", registryUsername: "ada" }));
    assert.equal(
      fault?.fix,
      "pulumi config set --secret ghcr-platform:registryPassword <value> --stack prod",
    );
  });

  it("has the keys and defaults that Pulumi.yaml declares", () => {
    const project = parse(readFileSync(join(__dirname, "../../Pulumi.yaml"), "utf8")) as {
      config: Record<string, { default?: unknown }>;
    };
    const declared = Object.keys(project.config).sort();
    const optional = ["githubAppId", "githubAppInstallationId", "registryUsername"];
    const expected = settingKeys.filter((key) => !secretKeys.includes(key) && !optional.includes(key)).sort();
    assert.deepEqual(declared, expected);

    const defaults = Object.fromEntries(
      Object.entries(project.config).flatMap(([key, { default: value }]) =>
        value === undefined ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
      ),
    );
    assert.deepEqual(
      parseSettings("prod", { owner: "albeorla", ...defaults }),
      parseSettings("prod", { owner: "albeorla" }),
    );
  });
});
