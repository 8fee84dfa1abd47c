/**
 * What an update asks of GitHub's API, from its preview: how many requests, and how long GitHub's limits let them take.
 *
 * GitHub Docs, "Rate limits for the REST API": 5,000 requests an hour (the answers say how many are left), and, of
 * requests that create content, 80 a minute and 500 an hour. Which requests those are GitHub doesn't say, so a forecast
 * has two ends: none of the writes are, or all of them.
 */

/** What the hour still holds, as GitHub said last. */
export interface Hour {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since 1970. */
  readonly resetsAt: number;
}

/** A step of a preview, as far as it decides what is asked. */
export interface PlannedStep {
  /** The engine's word, e.g. `create`. */
  readonly operation: string;
  /** E.g. `github:index/repository:Repository`. */
  readonly type: string;
}

export interface Need {
  /** Resources on GitHub that are created, changed or deleted. */
  readonly changes: number;
  /** All requests for them. */
  readonly requests: number;
  /** Those of them that write. */
  readonly writes: number;
}

/** How the GitHub plugin is told to ask: settings of the stack. */
export interface Pace {
  readonly writeDelayMs: number;
  readonly parallelRequests: boolean;
}

/** In milliseconds. */
export interface Forecast {
  /** If GitHub counts no write as content. */
  readonly atLeast: number;
  /** If it counts all of them. */
  readonly atMost: number;
}

export const contentPerHour = 500;

const hourMs = 3_600_000;
/** A request's way to GitHub and back; the plugin sends so many at once where it may. */
const answerMs = 150;
const atOnce = 8;

/**
 * Requests and, of them, writes that making one takes, from what the plugins send (`make fleet-limits` prints both
 * beside each other; tests/engine/fleet-limits.test.ts holds them together).
 */
const made: Readonly<Record<string, readonly [requests: number, writes: number]>> = {
  "github:index/repository:Repository": [8, 5],
  "github:index/branchDefault:BranchDefault": [2, 0],
  "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions": [2, 1],
  "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions": [2, 1],
  "github:index/repositoryEnvironment:RepositoryEnvironment": [2, 1],
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": [2, 1],
  "github:index/actionsSecret:ActionsSecret": [4, 1],
  "github:index/actionsVariable:ActionsVariable": [3, 1],
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": [4, 1],
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": [3, 1],
  "github:index/repositoryFile:RepositoryFile": [6, 1],
  "github:index/repositoryRuleset:RepositoryRuleset": [2, 1],
  "ghcr:index:Package": [2, 0],
};
/** Of a type that is not in the table. */
const otherwise = [4, 2] as const;

const changing: readonly string[] = ["create", "update", "import", "create-replacement"];
const deleting: readonly string[] = ["delete", "delete-replaced"];

/** What the steps of a preview ask of GitHub. */
export function needOf(steps: readonly PlannedStep[]): Need {
  const need = { changes: 0, requests: 0, writes: 0 };
  for (const { operation, type } of steps) {
    const [requests, writes] = costOf(operation, type);
    if (requests === 0) continue;
    need.changes += 1;
    need.requests += requests;
    need.writes += writes;
  }
  return need;
}

function costOf(operation: string, type: string): readonly [requests: number, writes: number] {
  const onGitHub = /^(github|ghcr):/.test(type);
  if (!onGitHub) return [0, 0];
  if (changing.includes(operation)) return made[type] ?? otherwise;
  return deleting.includes(operation) ? [2, 1] : [0, 0];
}

/** @param now milliseconds since 1970; @param hour undefined: GitHub sets this token no limit, or doesn't say */
export function forecast(
  { requests, writes }: Need,
  hour: Hour | undefined,
  now: number,
  pace: Pace,
): Forecast {
  const asked = (requests * answerMs) / (pace.parallelRequests ? atOnce : 1);
  const paused = pace.parallelRequests ? 0 : writes * pace.writeDelayMs;
  const atLeast = Math.max(asked + paused, untilHourLets(requests, hour, now));
  const byContent = Math.floor(Math.max(0, writes - 1) / contentPerHour) * hourMs;
  return { atLeast, atMost: Math.max(atLeast, byContent) };
}

function untilHourLets(requests: number, hour: Hour | undefined, now: number): number {
  if (hour === undefined) return 0;
  const beyond = requests - hour.remaining;
  if (beyond <= 0) return 0;
  const moreHours = Math.ceil(beyond / Math.max(1, hour.limit)) - 1;
  return Math.max(0, hour.resetsAt - now) + moreHours * hourMs;
}
