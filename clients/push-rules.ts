/** Whether the rules of a branch let this token push to it: a guess for previews, since only a push tells for sure. */
import { z } from "zod";
import type { GitHubCalls } from "./github-calls";

const ruleSchema = z.object({ type: z.string(), ruleset_id: z.int().optional() });
const rulesetSchema = z.object({ current_user_can_bypass: z.string().optional() });

/** Rules that a commit of the platform's can't keep by itself. */
const stopping = ["pull_request", "required_status_checks", "update", "required_deployments"];

/**
 * Names of the rules that stand against a push and that the token's account may not pass by. Rulesets only: who may
 * read classic protection may pass it by, as a rule.
 * @param repository `<owner>/<name>`
 */
export async function rulesAgainstPush(
  calls: GitHubCalls,
  repository: string,
  branch: string,
): Promise<readonly string[]> {
  const rules = await calls.all(
    `repos/${repository}/rules/branches/${encodeURIComponent(branch)}`,
    ruleSchema,
  );
  const against = rules.filter(({ type }) => stopping.includes(type));
  const passed = new Set<number>();
  for (const id of new Set(against.flatMap(({ ruleset_id: id }) => (id === undefined ? [] : [id])))) {
    const ruleset = await calls.read(`repos/${repository}/rulesets/${id}`, rulesetSchema);
    if (["always", "exempt"].includes(ruleset?.current_user_can_bypass ?? "")) passed.add(id);
  }
  const left = against.filter(({ ruleset_id: id }) => id === undefined || !passed.has(id));
  return [...new Set(left.map(({ type }) => type))].sort();
}
