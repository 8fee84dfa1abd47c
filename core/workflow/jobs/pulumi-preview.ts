/**
 * `pulumi-preview.yml`: what a pull request changes in what the program declares. The job that runs the pull request's
 * program holds no secret and reads no state: what is accepted is set up on a stand-in for GitHub on the runner, and
 * the proposal is previewed on that. So forks see the same as everyone, and there is nothing to take. Another job,
 * which runs nothing of the pull request, keeps the one comment up to date.
 */
import { github, isEqual, runnerTemp, text } from "../expression";
import { gate } from "../gate";
import { job, workflow, type AnyJob, type Workflow } from "../model";
import { run } from "../step";
import { checkout, download, setupNode, upload } from "./actions";
import { acceptedCommit, commandRights, ghcrCommand, platformSource } from "./ghcr-command";
import { installPulumi, previewEnvironment, results, type PlatformStack } from "./pulumi-steps";
import { defaultRunner } from "./runners";

const isPullRequest = isEqual(github("event_name"), "pull_request");
const artifact = text`preview`;

/** The workflow that previews pull requests of the platform's repository. */
export function pulumiPreview(options: PlatformStack): Workflow {
  const previewed = previewJob(options);
  return workflow({
    file: "pulumi-preview.yml",
    name: "Preview infrastructure",
    declaredIn: `core/workflow/jobs/pulumi-preview.ts of ${options.owner}/${options.platformRepository}`,
    on: {
      pull_request: { types: ["opened", "synchronize", "reopened"] },
      merge_group: { types: ["checks_requested"] },
    },
    concurrency: {
      group: text`pulumi-preview-${github("ref")}`,
      cancelInProgress: isPullRequest,
      reason: "A pull request's newest commit counts.",
    },
    ends: gate({ name: "pulumi-preview", jobs: [commentJob(options, previewed)], runsOn: defaultRunner }),
  });
}

function previewJob({ stack }: PlatformStack): AnyJob {
  return job({
    id: "preview",
    name: "preview",
    purpose: "Runs the pull request's program, so it holds no secret and can only read this repository.",
    runsOn: defaultRunner,
    permissions: { contents: { access: "read", reason: "fetch what is accepted and what is proposed" } },
    timeoutMinutes: 30,
    steps: [
      checkout({ name: "Fetch what is accepted", ref: acceptedCommit, folder: "accepted" }),
      checkout({ name: "Fetch what is proposed", folder: "proposed" }),
      setupNode(),
      installPulumi(),
      run({
        name: "Preview the change",
        env: {
          ...previewEnvironment,
          EVENT: github("event_name"),
          STACK: stack,
          RESULTS: results,
          PULUMI_SKIP_UPDATE_CHECK: true,
          PULUMI_NODEJS_TRANSPILE_ONLY: true,
        },
        script: previewChange,
      }),
      upload({ name: "Keep the preview", artifact, path: text`${runnerTemp}/preview/preview.jsonl` }),
    ],
  });
}

/** A pull request whose program fails is told so by the comment's job, which then fails too. */
const previewChange = `mkdir -p "$RESULTS"
for side in accepted proposed; do
  (cd "$side" && npm ci --ignore-scripts --no-audit --no-fund)
done
accepted/sandbox/node accepted/sandbox/preview-change.ts --stack "$STACK" \\
  --accepted accepted --proposed proposed --event-log "$RESULTS/preview.jsonl" || {
  echo "::error::the program can't be previewed"
  [ "$EVENT" = pull_request ] && [ -e "$RESULTS/preview.jsonl" ]
}`;

function commentJob(options: PlatformStack, previewed: AnyJob): AnyJob {
  return job({
    id: "comment",
    name: "comment",
    purpose: "Says on the pull request what it changes. Runs nothing of it: its events are read as text.",
    needs: [previewed],
    when: isPullRequest,
    runsOn: defaultRunner,
    permissions: {
      ...commandRights(platformSource(options)),
      "pull-requests": {
        access: "write",
        reason: "write the comment; a fork's job can't, and writes its summary",
      },
    },
    timeoutMinutes: 10,
    steps: [
      ...ghcrCommand(platformSource(options)),
      download({ name: "Fetch the preview", artifact, folder: "preview" }),
      run({
        name: "Comment",
        env: {
          STACK: options.stack,
          PULL_REQUEST: github("event.pull_request.number"),
          COMMIT: github("event.pull_request.head.sha"),
          HEAD_REPOSITORY: github("event.pull_request.head.repo.full_name"),
          RUN_URL: text`${github("server_url")}/${github("repository")}/actions/runs/${github("run_id")}`,
          GITHUB_TOKEN: github("token"),
        },
        script: [
          'ghcr preview comment --event-log "$STACK=preview/preview.jsonl" --pull-request "$PULL_REQUEST" \\',
          '  --commit "$COMMIT" --head-repository "${HEAD_REPOSITORY:-unknown/unknown}" --run-url "$RUN_URL" \\',
          '  --remark "images are built by container-publish, and services that the change can\'t reach are left out"',
        ].join("\n"),
      }),
    ],
  });
}
