import type { PlatformDeclaration, PlatformRelease } from "../core/fleet";
import release from "./platform-release.json";

/** The platform's own repository: this program, and the source of every service that has no other. */
export const platform: PlatformDeclaration = {
  name: "ghcr-platform",
  description: "Container publishing on GitHub as code",
  visibility: "public",
  topics: ["containers", "ghcr", "pulumi"],
  licenses: "MIT",
  // It holds this program before the program first runs, so it is taken over, not created.
  existing: true,
  // What all workflows run; `make release` writes it.
  release: release as PlatformRelease | null,
};
