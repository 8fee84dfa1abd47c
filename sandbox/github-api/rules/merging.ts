/** Whether a pull request may be merged into a branch that rules protect. */
import type { ReadonlyState } from "../state/state";
import type { Repository } from "../state/tables";
import { bypassOf, rulesFor } from "./applying";
import { missingChecks, type Pusher } from "./violations";

/** What stands against merging the commit, a sentence each. A bypass of either mode reaches as far as here. */
export function mergeProblems(
  branch: string,
  headSha: string,
  pusher: Pusher,
  repository: Repository,
  state: ReadonlyState,
): string[] {
  const rules = rulesFor(repository, `refs/heads/${branch}`, state).filter(
    ({ ruleset }) => bypassOf(ruleset, pusher.actor, pusher.role, repository, state) === "never",
  );
  const problems = rules.flatMap(({ rule }) => {
    if (rule.type === "required_status_checks") return missingChecks(rule, headSha, repository, state) ?? [];
    if (rule.type === "update") return ["Cannot update this protected ref."];
    const needed = rule.type === "pull_request" ? approvalsOf(rule.parameters) : 0;
    // Nobody reviews here, so whatever has to be approved isn't.
    const people = needed === 1 ? "1 approving review is" : `${needed} approving reviews are`;
    return needed === 0 ? [] : [`At least ${people} required by reviewers with write access.`];
  });
  return [...new Set(problems)];
}

function approvalsOf(parameters: Readonly<Record<string, unknown>> | undefined): number {
  const count = parameters?.["required_approving_review_count"];
  return typeof count === "number" ? count : 0;
}
