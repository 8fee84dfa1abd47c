/** The container's test: `ghcr image test` decides. */
import type { Expression } from "../expression";
import { run, type Step } from "../step";
import type { ScanTarget } from "./trivy";

/**
 * Starts a platform's container, on a runner of its own architecture, asks for its health and stops it. It runs the
 * image's code: in a job that can write nothing.
 */
export function testContainer(request: Expression, { words, filter, env = {} }: ScanTarget): Step {
  return run({
    name: "Test the container",
    env: { TEST: request, ...env },
    script: [
      "as_root=()",
      'if [ "$(id -u)" -ne 0 ]; then as_root=(sudo --preserve-env=GHCR_USERNAME,GHCR_TOKEN); fi',
      `jq ${words} '${filter}' <<< "$TEST" \\`,
      '  | "${as_root[@]}" "$(command -v ghcr)" image test --input -',
    ].join("\n"),
  });
}
