/**
 * `container-retention.yml`: plan of every package → the plans sorted → each applied as it was planned. What a plan
 * would delete above its policy's brake waits for a person, in an environment that asks for one.
 */
import { defaultPolicyDeclaration, type DefaultPolicyOptions } from "../../retention";
import { github, runnerTemp, text } from "../expression";
import { job, matrixOfAxes, workflow, type EnvironmentReference, type Job, type Workflow } from "../model";
import { run } from "../step";
import { cacheFolder, checkout, download, registryCredentials, upload } from "./actions";
import { ghcrCommand, platformSource, type PlatformOptions, type PlatformSource } from "./ghcr-command";
import { applyJob, readyMatrix, type SortJob } from "./retention-apply";
import { policyText } from "./retention-policies";
import { defaultRunner } from "./runners";
import { twiceAWeek } from "./schedule";

export interface ContainerRetentionOptions extends PlatformOptions {
  readonly registry: string;
  readonly services: readonly [RetainedService, ...RetainedService[]];
  readonly defaultBranch: string;
  /** Where a plan above the brake waits for its reviewers. @default none: it is not applied by this workflow */
  readonly approval?: EnvironmentReference | undefined;
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface RetainedService {
  readonly name: string;
  /** Its folder in the repository, `.` for the top. */
  readonly path: string;
  readonly retention: Omit<DefaultPolicyOptions, "environments">;
  readonly environments: readonly { readonly name: string }[];
}

/** The workflow that deletes what a repository's services no longer need. */
export function containerRetention(options: ContainerRetentionOptions): Workflow {
  const platform = platformSource(options);
  const plan = planJob(options, platform);
  const sorted = sortJob(options, plan);
  const target = { ...options, platform, sorted };
  const ready = applyJob({
    ...target,
    id: "apply",
    runs: readyMatrix(sorted.outputs.ready),
    when: sorted.outputs.apply,
    purpose: "Deletes what the plan names, and nothing else; looks again right before each deletion.",
  });
  const { approval } = options;
  return workflow({
    file: "container-retention.yml",
    name: "Retain containers",
    declaredIn: `core/workflow/jobs/container-retention.ts of ${options.owner}/${options.platformRepository}`,
    on: {
      schedule: [{ cron: twiceAWeek(`${options.owner}/${options.repository}`) }],
      workflow_dispatch: {
        inputs: {
          mode: {
            description: "plan shows what would go and deletes nothing; apply deletes it",
            required: true,
            type: "choice",
            options: ["plan", "apply"],
            default: "plan",
          },
        },
      },
    },
    concurrency: {
      group: text`container-retention`,
      cancelInProgress: false,
      reason: "One run at a time: a second one would plan on what the first is deleting.",
    },
    ends:
      approval === undefined
        ? [ready]
        : [
            ready,
            applyJob({
              ...target,
              id: "apply-approved",
              runs: readyMatrix(sorted.outputs.asking),
              when: sorted.outputs.ask,
              environment: approval,
              purpose:
                "Plans that delete more than the brake lets through: a reviewer of the environment looks at them first.",
            }),
          ],
  });
}

function planJob(options: ContainerRetentionOptions, platform: PlatformSource): Job {
  const [first, ...rest] = options.services.map(({ name }) => name) as [string, ...string[]];
  const runs = matrixOfAxes({ service: [first, ...rest] });
  const { service } = runs.values;
  const policies = policyText(
    options.services.map(({ name, path, retention, environments }) => ({
      name,
      promotions: environments.length === 0 ? ("none" as const) : ("registry" as const),
      inUse: path === "." ? "in-use.json" : `${path}/in-use.json`,
      policy: defaultPolicyDeclaration({
        ...retention,
        environments: environments.map((environment) => environment.name),
      }),
    })),
  );
  return job({
    id: "plan",
    name: text`plan ${service}`,
    purpose: "Says what may go from each package and why, and can delete nothing.",
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      contents: { access: "read", reason: "fetch the lists of digests in use" },
      packages: { access: "read", reason: "list versions and read manifests" },
      "pull-requests": { access: "read", reason: "tell which pull requests are closed" },
    },
    timeoutMinutes: 90,
    steps: [
      checkout({ name: "Fetch the repository", folder: "source" }),
      ...ghcrCommand(platform),
      cacheFolder({
        name: "Keep manifests, since each read counts as a download",
        // Nothing else of the command's cache: an older checkout's compiled code is of no use.
        folder: text`${runnerTemp}/cache/ghcr-platform/manifests`,
        key: text`retention-manifests.${service}.${github("run_id")}`,
        restoreKey: text`retention-manifests.${service}.`,
      }),
      run({
        name: "Inventory",
        env: {
          ...registryCredentials,
          GHCR_OWNER_TYPE: github("event.repository.owner.type"),
          OWNER: options.owner,
          REGISTRY: options.registry,
          SERVICE: service,
          SERVICES: policies,
          XDG_CACHE_HOME: text`${runnerTemp}/cache`,
        },
        script: [
          "mkdir -p retention",
          `service=$(jq --arg name "$SERVICE" '.[$name]' <<< "$SERVICES")`,
          'jq .policy <<< "$service" > "retention/$SERVICE.policy.json"',
          'in_use="source/$(jq --raw-output .inUse <<< "$service")"',
          '[ -f "$in_use" ] || in_use=none',
          'ghcr retention inventory --owner "$OWNER" --package "$SERVICE" --registry "$REGISTRY" --if-exists \\',
          '  --pull-requests github --promotions "$(jq --raw-output .promotions <<< "$service")" --in-use "$in_use" \\',
          '  --out "retention/$SERVICE.inventory.json"',
        ].join("\n"),
      }),
      run({
        name: "Plan",
        env: { SERVICE: service },
        script: [
          'if [ ! -f "retention/$SERVICE.inventory.json" ]; then',
          '  echo "::warning::$SERVICE: no such package yet, or this repository has no Admin role on it"',
          "  exit 0",
          "fi",
          'ghcr retention plan --inventory "retention/$SERVICE.inventory.json" --policy "retention/$SERVICE.policy.json" \\',
          '  --now now --out "retention/$SERVICE.plan.json" --markdown "$GITHUB_STEP_SUMMARY"',
        ].join("\n"),
      }),
      upload({ name: "Keep the plan", artifact: text`retention.${service}`, path: "retention", days: 31 }),
    ],
  });
}

/** What a run of a matrix finds out can't be told to later jobs, so one job reads all plans. */
function sortJob({ defaultBranch, approval }: ContainerRetentionOptions, plan: Job): SortJob {
  const sorted = run({
    name: "Sort",
    id: "sorted",
    outputs: ["apply", "ready", "ask", "asking"],
    env: {
      EVENT: github("event_name"),
      MODE: github("event.inputs.mode"),
      REF: github("ref"),
      ACCEPTED_REF: `refs/heads/${defaultBranch}`,
      APPROVAL: approval?.githubName ?? "",
    },
    script: [
      "shopt -s nullglob",
      "plans=(retention/*.plan.json)",
      `all=$(cat /dev/null "\${plans[@]}" | jq --compact-output --slurp \\`,
      `  'map(select(.deletions != []) | {service: .package.name, brake: (.brake.trippedBy != [])})')`,
      `ready=$(jq --compact-output 'map(select(.brake | not) | {service})' <<< "$all")`,
      `asking=$(jq --compact-output 'map(select(.brake) | {service})' <<< "$all")`,
      'if [ "$REF" != "$ACCEPTED_REF" ] || { [ "$EVENT" = workflow_dispatch ] && [ "$MODE" != apply ]; }; then',
      '  echo "Nothing is deleted: this run only plans."',
      "  ready=[] asking=[]",
      'elif [ -z "$APPROVAL" ] && [ "$asking" != "[]" ]; then',
      `  echo "::warning::the brake is on, and no approvers are declared (retentionApprovers): $(jq --raw-output 'map(.service) | join(", ")' <<< "$asking")"`,
      "  asking=[]",
      "fi",
      "{",
      `  echo "ready=$ready"`,
      `  echo "asking=$asking"`,
      `  if [ "$ready" = "[]" ]; then echo apply=false; else echo apply=true; fi`,
      `  if [ "$asking" = "[]" ]; then echo ask=false; else echo ask=true; fi`,
      '} >> "$GITHUB_OUTPUT"',
    ].join("\n"),
  });
  return job({
    id: "sort",
    name: "sort",
    purpose: "Tells the plans that are within their brake from those that ask for a person.",
    needs: [plan],
    runsOn: defaultRunner,
    permissions: {},
    timeoutMinutes: 5,
    steps: [download({ name: "Fetch the plans", pattern: "retention.*", folder: "retention" }), sorted],
    outputs: sorted.outputs,
  });
}
