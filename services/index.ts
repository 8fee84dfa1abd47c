/** Finds the declarations: every folder here with a `service.ts` is a service. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import type { FleetDeclaration, ServiceDeclaration } from "../core/fleet";
import { automation } from "./automation";
import { defaults } from "./defaults";
import { platform } from "./platform";

/** Reads the fleet of this repository; `folder` is where the services' folders lie. */
export function loadFleet(folder: string = __dirname): FleetDeclaration {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "service.ts")))
    .map((entry) => entry.name)
    .sort();
  return {
    platform,
    defaults,
    ...(automation === undefined ? {} : { automation }),
    services: names.map((name) => load(folder, name)),
  };
}

function load(folder: string, name: string): { where: string; declaration: ServiceDeclaration } {
  const where = `services/${name}/service.ts`;
  const { default: declaration } = createRequire(__filename)(join(folder, name, "service")) as {
    default?: ServiceDeclaration;
  };
  if (declaration === undefined) {
    throw new PlatformError({
      code: "no-declaration",
      where,
      problem: "has no default export",
      fix: 'end it with `export default defineService({ name: "…" });`',
    });
  }
  return { where, declaration };
}
