/** The job that decides what a run does, and what the other jobs take from it. */
import { firstOf, github, isEqual, type Condition } from "../expression";
import { job, matrixFromJson, type Job, type Matrix } from "../model";
import type { Build, PublishedImage, PublishedService, Scan, ScanRules, Trial } from "../run-plan";
import { run, type Values } from "../step";
import { checkout, repositoryPage } from "./actions";
import { ghcrCommand, type PlatformSource } from "./ghcr-command";
import type { ContainerPublishOptions, WorkflowService } from "./options";
import { defaultRunner, githubRunners } from "./runners";
import { databaseRule, serviceRules } from "./trivy";

/** The commit that an image is of: a pull request's own, which outlives the merge that GitHub tries. */
const revision = firstOf(github("event.pull_request.head.sha"), github("sha"));

export type PlanJob = Job<"mode" | "builds" | "images" | "scans" | "tests">;

/** Makes it. */
export function planJob(options: ContainerPublishOptions, platform: PlatformSource): PlanJob {
  const tags = run({
    name: "Tags",
    id: "tags",
    outputs: ["decision"],
    env: {
      ...event,
      DEFAULT_BRANCH: options.defaultBranch,
      REPOSITORY: github("repository"),
      PULL_REQUEST: github("event.pull_request.number"),
      HEAD_REPOSITORY: github("event.pull_request.head.repo.full_name"),
      ACTION: github("event.action"),
    },
    script: [
      "pull_request=()",
      'if [ "$EVENT" = pull_request ]; then',
      '  pull_request=(--pull-request "$PULL_REQUEST" --head-repository "$HEAD_REPOSITORY" --action "$ACTION")',
      "fi",
      'decision=$(ghcr tags --event "$EVENT" --ref "$REF" --sha "$SHA" --default-branch "$DEFAULT_BRANCH" \\',
      '  --repository "$REPOSITORY" "${pull_request[@]}" --json)',
      `echo "decision=$(jq --compact-output . <<< "$decision")" >> "$GITHUB_OUTPUT"`,
    ].join("\n"),
  });
  const services = run({
    name: "Services",
    id: "services",
    outputs: ["mode", "builds", "images", "scans", "tests"],
    env: {
      ...event,
      DECISION: tags.outputs.decision,
      SERVICES: JSON.stringify(publishedServices(options)),
      SINCE: firstOf(
        github("event.pull_request.base.sha"),
        github("event.merge_group.base_sha"),
        github("event.before"),
      ),
      SOURCE: repositoryPage,
      VENDOR: options.owner,
    },
    script: [
      'plan=$(ghcr plan --event "$EVENT" --ref "$REF" --sha "$SHA" --since "$SINCE" --decision "$DECISION" \\',
      '  --services "$SERVICES" --source "$SOURCE" --vendor "$VENDOR" --git source --json)',
      `jq --raw-output '.reasons[]' <<< "$plan"`,
      "for name in mode builds images scans tests; do",
      `  echo "$name=$(jq --compact-output --raw-output --arg name "$name" '.[$name]' <<< "$plan")" >> "$GITHUB_OUTPUT"`,
      "done",
    ].join("\n"),
  });
  return job({
    id: "plan",
    name: "plan",
    purpose:
      "Decides by git context what is built and under which tags; ghcr tags is the one source of tags.",
    runsOn: defaultRunner,
    permissions: { contents: { access: "read", reason: "fetch the history that says what changed" } },
    timeoutMinutes: 10,
    steps: [
      checkout({ name: "Fetch the source's history", folder: "source", history: true }),
      ...ghcrCommand(platform),
      tags,
      services,
    ],
    outputs: services.outputs,
  });
}

const event: Values = { EVENT: github("event_name"), REF: github("ref"), SHA: revision };

/** Whether the run is one that publishes, or that only verifies. */
export function inMode(plan: PlanJob, mode: "publish" | "verify"): Condition {
  return isEqual(plan.outputs.mode, mode);
}

/** A run for each service and platform that is built. */
export function builds(plan: PlanJob): Matrix<keyof Build> {
  return matrixFromJson<keyof Build>(plan.outputs.builds, [
    "service",
    "image",
    "platform",
    "slug",
    "runner",
    "context",
    "dockerfile",
    "labels",
    "annotations",
    "buildArgs",
    "epoch",
    "scan",
    "test",
  ]);
}

/** A run for each image that is published. */
export function images(plan: PlanJob): Matrix<keyof PublishedImage> {
  return matrixFromJson<keyof PublishedImage>(plan.outputs.images, [
    "service",
    "image",
    "tags",
    "check",
    "annotations",
    "provenance",
    "sign",
  ]);
}

/** A run for each platform that is scanned. */
export function scans(plan: PlanJob): Matrix<keyof Scan> {
  return matrixFromJson<keyof Scan>(plan.outputs.scans, ["service", "image", "platform", "slug", "scan"]);
}

/** A run for each container that is tried. */
export function trials(plan: PlanJob): Matrix<keyof Trial> {
  return matrixFromJson<keyof Trial>(plan.outputs.tests, ["service", "image", "platform", "runner", "test"]);
}

/** What the workflow hands to `ghcr plan`. */
function publishedServices(options: ContainerPublishOptions): readonly PublishedService[] {
  const runners = { ...githubRunners, ...options.runners };
  return options.services.map((service) => ({
    name: service.name,
    image: `${options.registry}/${options.owner}/${service.name}`.toLowerCase(),
    path: service.path,
    dockerfile: service.dockerfile,
    platforms: Object.fromEntries(
      service.platforms.map((platform) => [platform, runners[platform] ?? defaultRunner]),
    ),
    ...(service.description === undefined ? {} : { description: service.description }),
    ...(service.licenses === undefined ? {} : { licenses: service.licenses }),
    ...(service.health === undefined ? {} : { health: service.health }),
    ...(service.buildArgs === undefined ? {} : { buildArgs: service.buildArgs }),
    ...scanRules(service, options),
    ...(service.signing === undefined || service.signing === "none" ? {} : { signing: service.signing }),
  }));
}

function scanRules(service: WorkflowService, options: ContainerPublishOptions): { scan?: ScanRules } {
  const scan = { ...serviceRules(service), ...databaseRule(options) };
  return Object.keys(scan).length === 0 ? {} : { scan };
}
