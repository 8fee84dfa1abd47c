/**
 * `pulumi-preview.yml`: what a pull request changes in what the program declares. It holds no secret and reads no
 * state: both sides are previewed on a stack of their own that is empty and thrown away, and compared. So forks
 * see the same as everyone, and a pull request's code gets nothing to take.
 */
import { github, isEqual, runnerTemp, text } from "../expression";
import { gate } from "../gate";
import { job, workflow, type Workflow } from "../model";
import { action, tools } from "../pins";
import { run, uses } from "../step";
import { checkout, setupNode } from "./actions";
import { acceptedCommit } from "./ghcr-command";
import { defaultRunner } from "./runners";

export interface PulumiPreviewOptions {
  /** Login of the organization or user account. */
  readonly owner: string;
  /** Name of the platform's repository, which the workflow is in. */
  readonly platformRepository: string;
  /** The stack whose configuration is previewed. */
  readonly stack: string;
  readonly defaultBranch: string;
}

/** The workflow that previews pull requests of the platform's repository. */
export function pulumiPreview(options: PulumiPreviewOptions): Workflow {
  const previewed = job({
    id: "preview",
    name: "preview",
    purpose: "Runs the pull request's program, so it holds no secret and can only read this repository.",
    runsOn: defaultRunner,
    permissions: {
      contents: {
        access: "read",
        reason: "fetch both sides; look at the repository that the program imports",
      },
    },
    timeoutMinutes: 30,
    steps: [
      checkout({ name: "Fetch what is accepted", ref: acceptedCommit, folder: "accepted", history: true }),
      checkout({ name: "Fetch what is proposed", folder: "proposed", history: true }),
      setupNode(),
      uses({
        name: "Install Pulumi",
        action: action("pulumi/actions"),
        with: { "pulumi-version": tools.pulumi.version },
      }),
      run({
        name: "Preview both",
        env: {
          STACK: options.stack,
          // As it will be once merged: tags and labels are those of the default branch.
          GHCR_REF: `refs/heads/${options.defaultBranch}`,
          GITHUB_TOKEN: github("token"),
          // Encrypts placeholders only.
          PULUMI_CONFIG_PASSPHRASE: "preview",
          PULUMI_SKIP_UPDATE_CHECK: true,
          RESULTS: text`${runnerTemp}/preview`,
        },
        script: previewBoth,
      }),
      run({
        name: "Report",
        env: { STACK: options.stack, RESULTS: text`${runnerTemp}/preview` },
        script: report,
      }),
    ],
  });
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
      cancelInProgress: isEqual(github("event_name"), "pull_request"),
      reason: "A pull request's newest commit counts.",
    },
    ends: gate({ name: "pulumi-preview", jobs: [previewed], runsOn: defaultRunner }),
  });
}

/** Joined by &&: bash doesn't stop at a failure inside a function whose result is asked for. */
const previewBoth = `preview() {
  cd "$GITHUB_WORKSPACE/$1" &&
    mkdir -p "$RESULTS/state-$1" &&
    npm ci --ignore-scripts --no-audit --no-fund &&
    sandbox/node sandbox/preview-stack.ts "$STACK" > "$RESULTS/config.yaml" &&
    mv "$RESULTS/config.yaml" "Pulumi.$STACK.yaml" &&
    export PULUMI_BACKEND_URL="file://$RESULTS/state-$1" &&
    pulumi stack init "$STACK" --non-interactive &&
    pulumi preview --stack "$STACK" --non-interactive --json > "$RESULTS/$1.preview.json" &&
    jq --sort-keys '[.steps[]? | {key: .urn, value: .newState.inputs}] | from_entries' \\
      "$RESULTS/$1.preview.json" > "$RESULTS/$1.json"
}
if ! (preview proposed); then
  jq --raw-output '.diagnostics[]? | select(.severity == "error") | .message' "$RESULTS/proposed.preview.json" || true
  echo "::error::the program can't be previewed"
  exit 1
fi
if ! (preview accepted); then
  echo "::warning::what is accepted can't be previewed, so all of the proposal shows as new"
  echo "{}" > "$RESULTS/accepted.json"
fi`;

/** GitHub takes 1 MiB of a summary. */
const report = `cd "$RESULTS"
changes=$(jq --raw-output --null-input --slurpfile accepted accepted.json --slurpfile proposed proposed.json '
  $accepted[0] as $old | $proposed[0] as $new
  | (($old | keys) - ($new | keys) | map("- **removes** \`\\(.)\`"))
  + (($new | keys) - ($old | keys) | map("- adds \`\\(.)\`"))
  + ($new | keys | map(select(in($old) and $old[.] != $new[.]) | "- changes \`\\(.)\`"))
  | .[]')
{
  echo "### Stack $STACK: what this changes in what is declared"
  echo
  if [ -z "$changes" ]; then
    echo "Nothing."
  else
    echo "$changes" | head --bytes=300000
    echo
    echo "<details><summary>Inputs</summary>"
    echo
    echo '\`\`\`\`diff'
    diff --unified=5 --label accepted --label proposed accepted.json proposed.json | head --bytes=500000 || true
    echo
    echo '\`\`\`\`'
    echo "</details>"
  fi
} | tee --append "$GITHUB_STEP_SUMMARY"`;
