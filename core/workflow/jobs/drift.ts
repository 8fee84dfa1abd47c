/**
 * `drift.yml`: looks every day whether GitHub still is as declared, and keeps one issue open as long as it isn't. The
 * job that looks has secrets that can only read; the one that writes the issue has none.
 */
import { github, runnerTemp, text } from "../expression";
import { job, workflow, type AnyJob, type Workflow } from "../model";
import { run } from "../step";
import { download, upload } from "./actions";
import { commandRights, ghcrCommand, platformSource } from "./ghcr-command";
import {
  previewEnvironment,
  programSteps,
  source,
  stackEnvironment,
  type AutomatedStack,
} from "./pulumi-steps";
import { defaultRunner } from "./runners";

const artifact = text`drift`;

/** The workflow that looks for drift. */
export function drift(options: AutomatedStack): Workflow {
  return workflow({
    file: "drift.yml",
    name: "Look for drift",
    declaredIn: `core/workflow/jobs/drift.ts of ${options.owner}/${options.platformRepository}`,
    on: { schedule: [{ cron: options.automation.driftSchedule }], workflow_dispatch: {} },
    concurrency: {
      group: text`drift-${options.stack}`,
      cancelInProgress: false,
      reason: "Two at once would open two issues.",
    },
    ends: [reportJob(options, lookJob(options))],
  });
}

function lookJob(options: AutomatedStack): AnyJob {
  return job({
    id: "look",
    name: "look",
    purpose: "Compares GitHub with what is declared, with a token that can only read. Changes nothing.",
    runsOn: defaultRunner,
    environment: options.automation.environments.drift,
    permissions: { contents: { access: "read", reason: "fetch the program" } },
    timeoutMinutes: 60,
    steps: [
      ...programSteps(options),
      run({
        name: "Preview",
        folder: source,
        env: { ...stackEnvironment(options), ...previewEnvironment },
        script: look,
      }),
      upload({ name: "Keep what was found", artifact, path: text`${runnerTemp}/preview/reduced.jsonl` }),
    ],
  });
}

/** Where the preview fails its log says so, and the issue stays as it is. */
const look = `mkdir -p "$RESULTS"
pulumi preview --refresh --stack "$STACK" --non-interactive --event-log "$RESULTS/preview.jsonl" ||
  echo "::error::the stack can't be previewed"
ghcr preview reduce --event-log "$RESULTS/preview.jsonl" --out "$RESULTS/reduced.jsonl"`;

function reportJob(options: AutomatedStack, looked: AnyJob): AnyJob {
  return job({
    id: "report",
    name: "report",
    purpose: "Opens, changes or closes the one issue. Holds no secret.",
    needs: [looked],
    runsOn: defaultRunner,
    permissions: {
      ...commandRights(platformSource(options)),
      issues: { access: "write", reason: "keep the issue" },
    },
    timeoutMinutes: 10,
    steps: [
      ...ghcrCommand(platformSource(options)),
      download({ name: "Fetch what was found", artifact, folder: "drift" }),
      run({
        name: "Report",
        env: { STACK: options.stack, GITHUB_TOKEN: github("token") },
        script: 'ghcr preview drift --event-log "$STACK=drift/reduced.jsonl" --read-only',
      }),
    ],
  });
}
