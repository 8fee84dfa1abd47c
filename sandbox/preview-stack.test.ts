import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { resolveFleet } from "../core/fleet";
import { previewConfig } from "./preview-stack";

const { services } = resolveFleet({
  platform: { name: "ghcr-platform" },
  services: [
    {
      where: "services/todost/service.ts",
      declaration: {
        name: "todost",
        secrets: ["API_KEY"],
        environments: { production: { secrets: ["DATABASE_KEY"] } },
      },
    },
  ],
});

describe("the configuration that a stack is previewed with", () => {
  it("keeps plain values and leaves out all that is encrypted, and what is of no use without it", () => {
    const config = previewConfig(
      `encryptionsalt: v1:abc
secretsprovider: awskms://key
config:
  ghcr-platform:owner: albeorla
  ghcr-platform:githubAppId: "1"
  ghcr-platform:githubAppInstallationId: "2"
  ghcr-platform:githubAppKey:
    secure: v1:def
  ghcr-platform:registryUsername: albeorla
  ghcr-platform:registryPassword:
    secure: v1:jkl
  ghcr-platform:baseImages:
    python: {secure: v1:ghi}
`,
      [],
    );
    assert.deepEqual(parse(config), {
      config: { "ghcr-platform:owner": "albeorla", "ghcr-platform:secrets": {} },
      elsewhere: [],
    });
  });

  it("gives every declared secret a placeholder, for an absent one stops the program", () => {
    assert.deepEqual(parse(previewConfig("", services)), {
      config: {
        "ghcr-platform:secrets": {
          todost: { API_KEY: "placeholder", "production/DATABASE_KEY": "placeholder" },
        },
      },
      elsewhere: [],
    });
  });

  it("says which services have their folder elsewhere in the repository, for what a change reaches", () => {
    const moved = resolveFleet({
      platform: { name: "ghcr-platform" },
      services: [
        { where: "services/web/service.ts", declaration: { name: "web", source: { path: "apps/web" } } },
        {
          where: "services/shop/service.ts",
          declaration: { name: "shop", source: { repository: { name: "shop" } } },
        },
      ],
    });
    const { elsewhere } = parse(previewConfig("", moved.services)) as { elsewhere: unknown };
    assert.deepEqual(elsewhere, [{ name: "web", path: "apps/web" }]);
  });
});
