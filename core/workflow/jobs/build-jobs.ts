/** The jobs that build: one that pushes by digest, and one that can't push. */
import { runnerTemp, text, type Expression } from "../expression";
import { job, type Job, type Matrix, type Permission } from "../model";
import type { Build } from "../run-plan";
import { run, type Values } from "../step";
import { build, checkout, login, setupBuildx, upload } from "./actions";
import { testContainer } from "./container-test";
import { ghcrCommand, type PlatformSource } from "./ghcr-command";
import type { ContainerPublishOptions } from "./options";
import { builds, inMode, type PlanJob } from "./plan-job";
import { installTrivy, keepReports, scan } from "./trivy";

const readSource: Permission = { access: "read", reason: "fetch the source" };

/** Of what is published. */
export function buildJob(options: ContainerPublishOptions, plan: PlanJob): Job {
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

/** Of what is not to be pushed. */
export function verifyJob(plan: PlanJob, platform: PlatformSource): Job {
  const runs = builds(plan);
  const { values } = runs;
  return job({
    id: "verify",
    name: text`verify ${values.service} ${values.platform}`,
    purpose:
      "Forks and the merge queue: builds, scans and starts the container, with no right to push anything.",
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
      ...ghcrCommand(platform),
      installTrivy(),
      scan(values.scan, { words: '--arg folder "$RUNNER_TEMP/image"', filter: ".inputLayout = $folder" }),
      keepReports(values.service, values.slug),
      testContainer(values.test, {
        words: '--arg folder "$RUNNER_TEMP/image"',
        filter: ".inputLayout = $folder",
      }),
    ],
  });
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
