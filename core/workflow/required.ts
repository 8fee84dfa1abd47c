/** What branch rules require of a repository's workflows. */
import { PlatformError } from "../errors";
import type { Check } from "./gate";
import type { Workflow } from "./model";

/**
 * The checks of these workflows that branch rules are to require, by name.
 * @throws PlatformError where two workflows report one name: either would satisfy the rule of the other
 */
export function requiredChecks(workflows: readonly Workflow[]): readonly Check[] {
  const checks = workflows.flatMap(({ file, checks }) => checks.map((check) => ({ file, check })));
  const faults = checks
    .filter(({ check }, index) => checks.findIndex((other) => other.check.name === check.name) !== index)
    .map(({ file, check }) => ({
      code: "duplicate-check",
      where: `${file}: gate`,
      problem: "another workflow of the repository reports this check",
      got: check.name,
      fix: "give each workflow's gate a name of its own",
    }));
  if (faults.length > 0) throw new PlatformError(faults);
  return checks.map(({ check }) => check).sort((a, b) => (a.name < b.name ? -1 : 1));
}
