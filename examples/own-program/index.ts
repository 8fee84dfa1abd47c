/** A Pulumi program that is not the platform's: one service, with the components from the packed tarball. */
import * as pulumi from "@pulumi/pulumi";
import { ContainerService } from "ghcr-platform";

const config = new pulumi.Config();

const pager = new ContainerService("pager", {
  owner: "albeorla",
  description: "Pages whoever is on call",
  secrets: { PAGER_KEY: config.requireSecret("pagerKey") },
  environments: {
    staging: {},
    production: {
      refs: { tags: ["v*"] },
      secrets: { DATABASE_KEY: config.requireSecret("databaseKey") },
    },
  },
});

export const repository = pager.repository.url;
export const image = pager.package.packageName;
