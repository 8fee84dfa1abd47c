/**
 * `pulumi-up.yml`: applies what was merged, in a deployment environment that guards its secrets. It previews again
 * first, and stops where something would be deleted or replaced that no merged pull request's comment showed. The
 * command that applies keeps within GitHub's limits: it waits for the hour's requests and goes on, with a new token
 * where a GitHub App's has ended, and after a run that was killed.
 */
import { github, input, text } from "../expression";
import { job, workflow, type AnyJob, type Workflow } from "../model";
import { run } from "../step";
import { programSteps, results, source, stackEnvironment, type AutomatedStack } from "./pulumi-steps";
import { defaultRunner } from "./runners";

const file = "pulumi-up.yml";

/** The workflow that applies what the default branch declares. */
export function pulumiUp(options: AutomatedStack): Workflow {
  return workflow({
    file,
    name: "Apply infrastructure",
    declaredIn: `core/workflow/jobs/pulumi-up.ts of ${options.owner}/${options.platformRepository}`,
    on: {
      push: { branches: [options.defaultBranch] },
      workflow_dispatch: {
        inputs: {
          accept: {
            description:
              "URNs that may be deleted or replaced although no comment showed it, with commas between",
            required: false,
            type: "string",
          },
        },
      },
    },
    concurrency: {
      group: text`pulumi-up-${options.stack}`,
      cancelInProgress: false,
      reason:
        "One at a time, and never broken off half-way. Of those that wait GitHub keeps the newest, which applies all of " +
        "them: the guard looks at every commit since the last run that succeeded.",
    },
    ends: [upJob(options)],
  });
}

function upJob(options: AutomatedStack): AnyJob {
  const { stack, defaultBranch, automation } = options;
  return job({
    id: "up",
    name: "up",
    purpose:
      "Changes what GitHub holds. Its secrets are the environment's, which only the default branch may use.",
    runsOn: defaultRunner,
    environment: automation.environments.up,
    permissions: {
      actions: { access: "read", reason: "find the last run that succeeded" },
      contents: { access: "read", reason: "fetch the program; find the commits' pull requests" },
      "pull-requests": { access: "read", reason: "read what their comments showed" },
    },
    // As long as GitHub lets a job of its runners last: a large fleet's first update waits for GitHub's hour.
    timeoutMinutes: 360,
    steps: [
      ...programSteps(options),
      run({
        name: "Find what is applied",
        folder: source,
        env: { RESULTS: results, BRANCH: defaultBranch, WORKFLOW: file, GH_TOKEN: github("token") },
        script: findCommits,
      }),
      run({
        name: "Preview",
        folder: source,
        env: stackEnvironment(options),
        script: 'ghcr up --stack "$STACK" --dry-run --keep-preview "$RESULTS/preview.jsonl" --verbose',
      }),
      run({
        name: "Stop at what was not shown",
        folder: source,
        env: { STACK: stack, RESULTS: results, ACCEPT: input("accept"), GITHUB_TOKEN: github("token") },
        script: guard,
      }),
      run({
        name: "Apply",
        folder: source,
        env: stackEnvironment(options),
        // In the shell's place: a cancelled job's signal reaches the first process of its step, and no other.
        script: 'exec ghcr up --stack "$STACK" --yes --previewed "$RESULTS/preview.jsonl" --verbose',
      }),
    ],
  });
}

/** The commits since the last run that succeeded, else this one alone. */
const findCommits = `mkdir -p "$RESULTS"
last=$(gh run list --workflow "$WORKFLOW" --branch "$BRANCH" --status success --limit 1 \\
  --json headSha --jq '.[0].headSha // ""')
if [ -n "$last" ] && git merge-base --is-ancestor "$last" HEAD; then
  git rev-list --first-parent "$last..HEAD" > "$RESULTS/commits"
fi
[ -s "$RESULTS/commits" ] || git rev-parse HEAD > "$RESULTS/commits"
cat "$RESULTS/commits"`;

const guard = `arguments=()
while read -r commit; do arguments+=(--commit "$commit"); done < "$RESULTS/commits"
[ -z "$ACCEPT" ] || arguments+=(--accept "$ACCEPT")
ghcr preview guard --event-log "$STACK=$RESULTS/preview.jsonl" "\${arguments[@]}"`;
