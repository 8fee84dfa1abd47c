/** Deployments on GitHub: how a move of an environment shows on the repository's page. */
import { z } from "zod";
import type { GitHubCalls } from "./github-calls";

export interface DeploymentFacts {
  /** `<owner>/<name>` of the repository that shows it. */
  readonly repository: string;
  /** Commit that the image was built from. */
  readonly ref: string;
  /** The environment's name on GitHub. */
  readonly environment: string;
  /** One line; GitHub takes 140 characters. */
  readonly description: string;
  /** Anything that whoever reads the deployment may want. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether users depend on it: the last of the stages. */
  readonly production: boolean;
}

const made = z.looseObject({ id: z.int().positive() });
const stated = z.looseObject({});

/** Opens one, in progress, and gives its id. https://docs.github.com/rest/deployments/deployments */
export async function startDeployment(calls: GitHubCalls, facts: DeploymentFacts): Promise<number> {
  const { repository, ref, environment, description, payload, production } = facts;
  const path = `repos/${repository}/deployments`;
  const body = {
    ...{ ref, environment, payload, task: "promote", description: description.slice(0, 140) },
    production_environment: production,
    // What is deployed has passed the gate: neither a merge nor the state of other checks is asked for.
    ...{ auto_merge: false, required_contexts: [] },
  };
  const { id } = await calls.write("POST", path, body, made);
  await calls.write("POST", `${path}/${id}/statuses`, { state: "in_progress" }, stated);
  return id;
}

/** Says how it ended. A success makes the environment's earlier deployments inactive. */
export async function endDeployment(
  calls: GitHubCalls,
  { repository, id }: { readonly repository: string; readonly id: number },
  state: "success" | "failure",
  description: string,
): Promise<void> {
  const path = `repos/${repository}/deployments/${id}/statuses`;
  await calls.write("POST", path, { state, description: description.slice(0, 140) }, stated);
}
