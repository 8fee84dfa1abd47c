/** A Pulumi program that is not the platform's: one service, with the components from the packed tarball. */
import * as pulumi from "@pulumi/pulumi";
import { ContainerService, ImageBuilder, type ImageBuilderArgs } from "ghcr-platform";
import { readSource } from "ghcr-platform/source";

const config = new pulumi.Config();

const builder = new ImageBuilder("builder", {
  registry: config.get("registry") ?? "ghcr.io",
  credentials: {
    username: config.require("registryUsername"),
    password: config.requireSecret("registryPassword"),
  },
  builder: config.getObject<ImageBuilderArgs["builder"]>("builder") ?? {
    driver: "docker-container",
    nodes: [{ platforms: ["linux/amd64", "linux/arm64"] }],
  },
});

const pager = new ContainerService("pager", {
  owner: "albeorla",
  description: "Pages whoever is on call",
  runtime: "python",
  secrets: { PAGER_KEY: config.requireSecret("pagerKey") },
  environments: {
    staging: {},
    production: {
      refs: { tags: ["v*"] },
      secrets: { DATABASE_KEY: config.requireSecret("databaseKey") },
    },
  },
  image: {
    source: readSource("pager"),
    builder,
    baseImages: { python: config.get("baseImage") },
    vulnerabilityDatabase: config.get("vulnerabilityDatabase"),
  },
});

export const repository = pager.repository.url;
export const image = pager.image?.reference;
export const tags = pager.image?.tags;
