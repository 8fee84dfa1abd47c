import type { FleetDeclaration } from "../core/fleet";

/** What every service gets that says nothing else; core/fleet/declaration.ts says what there is to set. */
export const defaults: NonNullable<FleetDeclaration["defaults"]> = {
  platforms: ["linux/amd64", "linux/arm64"],
};
