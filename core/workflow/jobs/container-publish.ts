/** `container-publish.yml`: plan → build by digest → index → scan of every platform → tag; and the gate over it. */
import {
  choose,
  firstOf,
  github,
  isEqual,
  runnerTemp,
  text,
  type Condition,
  type Expression,
} from "../expression";
import { gate } from "../gate";
import {
  job,
  matrixFromJson,
  workflow,
  type Job,
  type Matrix,
  type Permission,
  type Workflow,
} from "../model";
import type { Build, PublishedImage, PublishedService, Scan } from "../run-plan";
import { run, type Values } from "../step";
import {
  build,
  checkout,
  download,
  login,
  registryCredentials,
  repositoryPage,
  setupBuildx,
  upload,
} from "./actions";
import { acceptedCommit, ghcrCommand, type PlatformSource } from "./ghcr-command";
import { installTrivy, keepReport, scan } from "./trivy";

export interface ContainerPublishOptions {
  /** Login of the organization or user account. */
  readonly owner: string;
  /** Name of the repository that the workflow is in. */
  readonly repository: string;
  /** Name of the platform's repository, which the `ghcr` command comes from. */
  readonly platformRepository: string;
  /**
   * The commit or tag of the platform's repository whose `ghcr` command is run. In that repository itself it is
   * what its default branch has accepted.
   */
  readonly platformRef?: string;
  readonly registry: string;
  readonly services: readonly [WorkflowService, ...WorkflowService[]];
  readonly defaultBranch: string;
  /** A native runner for each platform. @default GitHub's own */
  readonly runners?: Readonly<Record<string, string>>;
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface WorkflowService {
  readonly name: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  readonly description?: string | undefined;
  readonly licenses?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/** GitHub's hosted runners, by platform. */
export const githubRunners: Readonly<Record<string, string>> = {
  "linux/amd64": "ubuntu-24.04",
  "linux/arm64": "ubuntu-24.04-arm",
};

/** Where jobs run that build nothing. */
export const defaultRunner = "ubuntu-24.04";

const isPullRequest = isEqual(github("event_name"), "pull_request");
const readSource: Permission = { access: "read", reason: "fetch the source" };
const readPlatform: Permission = { access: "read", reason: "fetch the ghcr command" };
/** The commit that an image is of: a pull request's own, which outlives the merge that GitHub tries. */
const revision = firstOf(github("event.pull_request.head.sha"), github("sha"));

/** The workflow that publishes a repository's services. */
export function containerPublish(options: ContainerPublishOptions): Workflow {
  const platform: PlatformSource = {
    repository: `${options.owner}/${options.platformRepository}`,
    ref: options.repository === options.platformRepository ? acceptedCommit : (options.platformRef ?? "main"),
  };
  const plan = planJob(options, platform);
  const built = buildJob(options, plan);
  const verified = verifyJob(plan);
  const index = indexJob(plan, built, platform);
  const scanned = scanJob(options, plan, index);
  const tagged = tagJob(plan, scanned, platform);
  return workflow({
    file: "container-publish.yml",
    name: "Publish containers",
    declaredIn: `core/workflow/jobs/container-publish.ts of ${options.owner}/${options.platformRepository}`,
    on: {
      push: { branches: [options.defaultBranch], tags: ["v*.*.*"] },
      pull_request: { types: ["opened", "synchronize", "reopened"] },
      merge_group: { types: ["checks_requested"] },
      workflow_dispatch: {},
    },
    concurrency: {
      group: text`container-publish-${choose(isPullRequest, github("ref"), github("run_id"))}`,
      cancelInProgress: isPullRequest,
      reason:
        "A pull request's newest commit counts. Any other run has a group of its own: GitHub drops all but the newest " +
        "of those that wait, and a release would be lost. The tag step moves tags forward only, in whatever order runs end.",
    },
    ends: gate({ name: "container-publish", jobs: [tagged, verified], runsOn: defaultRunner }),
  });
}

type PlanJob = Job<"mode" | "builds" | "images" | "scans">;

function inMode(plan: PlanJob, mode: "publish" | "verify"): Condition {
  return isEqual(plan.outputs.mode, mode);
}

function planJob(options: ContainerPublishOptions, platform: PlatformSource): PlanJob {
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
    outputs: ["mode", "builds", "images", "scans"],
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
      "for name in mode builds images scans; do",
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
    permissions: { contents: { access: "read", reason: "fetch the history and the ghcr command" } },
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

function buildJob(options: ContainerPublishOptions, plan: PlanJob): Job {
  const runs = builds(plan);
  const { values } = runs;
  const pushed = build({
    ...buildInputs(runs),
    name: "Build and push by digest",
    output: text`type=image,name=${values.image},push-by-digest=true,name-canonical=true,push=true,oci-mediatypes=true,rewrite-timestamp=true`,
    outputs: ["digest"],
  });
  return job({
    id: "build",
    name: text`build ${values.service} ${values.platform}`,
    purpose:
      "Builds each platform on a runner of its own architecture and pushes it by digest, without a tag.",
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: values.runner,
    permissions: {
      contents: readSource,
      packages: { access: "write", reason: "push the platform's manifest" },
    },
    timeoutMinutes: 60,
    steps: [
      checkout({ name: "Fetch the source" }),
      setupBuildx(),
      login(options.registry),
      pushed,
      run({
        name: "Note the digest",
        env: { DIGEST: pushed.outputs.digest, SLUG: values.slug, FOLDER: text`${runnerTemp}/digests` },
        script: ['mkdir -p "$FOLDER"', 'echo "$DIGEST" > "$FOLDER/$SLUG"'].join("\n"),
      }),
      upload({
        name: "Hand the digest on",
        artifact: text`digest.${values.service}.${values.slug}`,
        path: text`${runnerTemp}/digests`,
      }),
    ],
  });
}

function verifyJob(plan: PlanJob): Job {
  const runs = builds(plan);
  const { values } = runs;
  return job({
    id: "verify",
    name: text`verify ${values.service} ${values.platform}`,
    purpose: "Forks and the merge queue: builds, checks and scans, with no right to push anything.",
    when: inMode(plan, "verify"),
    matrix: runs,
    runsOn: values.runner,
    permissions: { contents: readSource },
    timeoutMinutes: 60,
    steps: [
      checkout({ name: "Fetch the source" }),
      setupBuildx(),
      build({
        ...buildInputs(runs),
        name: "Build",
        output: text`type=oci,dest=${runnerTemp}/image,tar=false,rewrite-timestamp=true`,
      }),
      run({
        name: "Check the user",
        script: [
          'cd "$RUNNER_TEMP/image"',
          `blob() { echo "blobs/\${1/://}"; }`,
          `manifest=$(blob "$(jq --raw-output '.manifests[0].digest' index.json)")`,
          `config=$(blob "$(jq --raw-output .config.digest "$manifest")")`,
          `user=$(jq --raw-output '.config.User // ""' "$config")`,
          'if ! [[ "$user" =~ ^[1-9][0-9]*(:[0-9]+)?$ ]]; then',
          '  echo "::error::the image runs as \\"$user\\"; name a number other than 0 as USER in its Dockerfile"',
          "  exit 1",
          "fi",
        ].join("\n"),
      }),
      installTrivy(),
      scan(values.platform, { words: '--input "$RUNNER_TEMP/image"', env: {} }),
      keepReport(values.service, values.slug),
    ],
  });
}

function indexJob(plan: PlanJob, built: Job, platform: PlatformSource): Job {
  const runs = images(plan);
  const { values } = runs;
  return job({
    id: "index",
    name: text`index ${values.service}`,
    purpose: "Assembles the platforms to one image, still without a tag, and checks what came out.",
    needs: [plan, built],
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      contents: readPlatform,
      packages: { access: "write", reason: "push the image index" },
    },
    timeoutMinutes: 10,
    steps: [
      ...ghcrCommand(platform),
      download({ name: "Fetch the digests", pattern: text`digest.${values.service}.*`, folder: "digests" }),
      run({
        name: "Assemble",
        env: { ...registryCredentials, IMAGE: values.image, ANNOTATIONS: values.annotations },
        script: [
          `digests=$(jq --raw-input --null-input '[inputs]' digests/*)`,
          `index=$(jq --compact-output --arg image "$IMAGE" --argjson digest "$digests" \\`,
          `  '{image: $image, digest: $digest, annotations: .}' <<< "$ANNOTATIONS" | ghcr image assemble --input - --json)`,
          "mkdir -p index",
          `jq --raw-output .digest <<< "$index" | tee index/digest`,
        ].join("\n"),
      }),
      run({
        name: "Check",
        env: { ...registryCredentials, IMAGE: values.image, CHECK: values.check },
        script: [
          `jq --arg image "$IMAGE@$(cat index/digest)" '.image = $image' <<< "$CHECK" | ghcr image check --input - --json`,
        ].join("\n"),
      }),
      upload({ name: "Hand the digest on", artifact: text`index.${values.service}`, path: "index" }),
    ],
  });
}

function scanJob(options: ContainerPublishOptions, plan: PlanJob, index: Job): Job {
  const runs = matrixFromJson<keyof Scan>(plan.outputs.scans, ["service", "image", "platform", "slug"]);
  const { values } = runs;
  return job({
    id: "scan",
    name: text`scan ${values.service} ${values.platform}`,
    purpose:
      "Scans every platform that the index lists. It can write nothing and runs nothing of the source.",
    needs: [plan, index],
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: defaultRunner,
    permissions: { packages: { access: "read", reason: "pull the image to scan" } },
    timeoutMinutes: 20,
    steps: [
      download({ name: "Fetch the digest", artifact: text`index.${values.service}`, folder: "index" }),
      // Not TRIVY_USERNAME: Trivy would send it to the registry of its database as well.
      login(options.registry),
      installTrivy(),
      scan(values.platform, {
        words: '--image-src remote "$IMAGE@$(cat index/digest)"',
        env: {
          IMAGE: values.image,
        },
      }),
      keepReport(values.service, values.slug),
    ],
  });
}

function tagJob(plan: PlanJob, scanned: Job, platform: PlatformSource): Job {
  const runs = images(plan);
  const { values } = runs;
  return job({
    id: "tag",
    name: text`tag ${values.service}`,
    purpose:
      "Points the tags at the digest that was scanned. It runs accepted code only, and moving tags go forward only.",
    needs: [plan, scanned],
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      contents: { access: "read", reason: "fetch the ghcr command and the history that orders moving tags" },
      packages: { access: "write", reason: "write the tags" },
    },
    timeoutMinutes: 10,
    steps: [
      checkout({ name: "Fetch the history", ref: acceptedCommit, folder: "history", history: true }),
      ...ghcrCommand(platform),
      download({ name: "Fetch the digest", artifact: text`index.${values.service}`, folder: "index" }),
      run({
        name: "Tag",
        env: { ...registryCredentials, IMAGE: values.image, TAGS: values.tags },
        script: [
          'reference="$IMAGE@$(cat index/digest)"',
          'ghcr image tag --image "$reference" --tags "$TAGS" --git history',
          "{",
          '  echo "- \\`$reference\\`"',
          '  echo "- \\`${TAGS//,/\\`, \\`}\\`"',
          '} >> "$GITHUB_STEP_SUMMARY"',
        ].join("\n"),
      }),
    ],
  });
}

function builds(plan: PlanJob): Matrix<keyof Build> {
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
  ]);
}

function images(plan: PlanJob): Matrix<keyof PublishedImage> {
  return matrixFromJson<keyof PublishedImage>(plan.outputs.images, [
    "service",
    "image",
    "tags",
    "check",
    "annotations",
  ]);
}

function buildInputs({ values }: Matrix<keyof Build>): {
  readonly id: string;
  readonly platform: Expression;
  readonly epoch: Expression;
  readonly inputs: Values;
} {
  return {
    id: "image",
    platform: values.platform,
    epoch: values.epoch,
    inputs: {
      context: values.context,
      file: values.dockerfile,
      "build-args": values.buildArgs,
      labels: values.labels,
      annotations: values.annotations,
    },
  };
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
    ...(service.buildArgs === undefined ? {} : { buildArgs: service.buildArgs }),
  }));
}
