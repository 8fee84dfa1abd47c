/** The jobs that make an image of what was built, judge it, and give it its tags: in this order only. */
import { text } from "../expression";
import { job, type Job } from "../model";
import { run } from "../step";
import { checkout, download, registryCredentials, upload } from "./actions";
import { testContainer } from "./container-test";
import { installCosign, signingRights } from "./cosign";
import { acceptedCommit, commandRights, ghcrCommand, type PlatformSource } from "./ghcr-command";
import type { ContainerPublishOptions } from "./options";
import { images, inMode, scans, trials, type PlanJob } from "./plan-job";
import { defaultRunner } from "./runners";
import { installTrivy, keepReports, scan } from "./trivy";

/** Assembles and checks. */
export function indexJob(plan: PlanJob, built: Job, platform: PlatformSource): Job {
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
      ...commandRights(platform),
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

/** Judges. */
export function scanJob(plan: PlanJob, index: Job, platform: PlatformSource): Job {
  const runs = scans(plan);
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
    permissions: {
      ...commandRights(platform),
      packages: { access: "read", reason: "pull the image to scan" },
    },
    timeoutMinutes: 20,
    steps: [
      ...ghcrCommand(platform),
      download({ name: "Fetch the digest", artifact: text`index.${values.service}`, folder: "index" }),
      installTrivy(),
      scan(values.scan, {
        env: { ...registryCredentials, IMAGE: values.image },
        words: '--arg image "$IMAGE@$(cat index/digest)"',
        filter: ".image = $image",
      }),
      keepReports(values.service, values.slug),
    ],
  });
}

/** Tries. */
export function testJob(plan: PlanJob, index: Job, scanned: Job, platform: PlatformSource): Job {
  const runs = trials(plan);
  const { values } = runs;
  return job({
    id: "test",
    name: text`test ${values.service} ${values.platform}`,
    purpose:
      "Starts the container of each platform that passed the scan, on a runner of its own architecture. It runs the " +
      "image's code, so it can write nothing.",
    needs: [plan, index, scanned],
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: values.runner,
    permissions: {
      ...commandRights(platform),
      packages: { access: "read", reason: "pull the image to try" },
    },
    timeoutMinutes: 20,
    steps: [
      ...ghcrCommand(platform),
      download({ name: "Fetch the digest", artifact: text`index.${values.service}`, folder: "index" }),
      testContainer(values.test, {
        env: { ...registryCredentials, IMAGE: values.image },
        words: '--arg image "$IMAGE@$(cat index/digest)"',
        filter: ".image = $image",
      }),
    ],
  });
}

/** Tags. */
export function tagJob(
  { services }: ContainerPublishOptions,
  plan: PlanJob,
  tested: Job,
  platform: PlatformSource,
): Job {
  const runs = images(plan);
  const { values } = runs;
  const signs = services.some(({ signing }) => signing === "keyless");
  return job({
    id: "tag",
    name: text`tag ${values.service}`,
    purpose:
      "Points the tags at the digest that was scanned and tried, attaches the evidence and verifies it. It runs " +
      "accepted code only, and moving tags go forward only.",
    needs: [plan, tested],
    when: inMode(plan, "publish"),
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      contents: { access: "read", reason: "fetch the history that orders moving tags" },
      ...(signs ? signingRights : {}),
      packages: { access: "write", reason: "write the tags and what is attached to the image" },
    },
    timeoutMinutes: 10,
    steps: [
      checkout({ name: "Fetch the history", ref: acceptedCommit, folder: "history", history: true }),
      ...ghcrCommand(platform),
      download({ name: "Fetch the digest", artifact: text`index.${values.service}`, folder: "index" }),
      run({
        name: "Tag",
        env: { ...registryCredentials, IMAGE: values.image, TAGS: values.tags },
        script: 'ghcr image tag --image "$IMAGE@$(cat index/digest)" --tags "$TAGS" --git history',
      }),
      download({
        name: "Fetch what the scans found",
        pattern: text`scan.${values.service}.*`,
        folder: "results",
      }),
      ...(signs ? [installCosign(values.sign)] : []),
      run({
        name: "Attach the evidence and verify it",
        env: {
          ...registryCredentials,
          IMAGE: values.image,
          PROVENANCE: values.provenance,
          SIGN: values.sign,
        },
        script: [
          "results=(results/gate-result.*.json) sboms=(results/*.spdx.json)",
          `printf '%s' "$PROVENANCE" > provenance.json`,
          'ghcr image attest --image "$IMAGE@$(cat index/digest)" --provenance provenance.json --sign "$SIGN" \\',
          '  --gate-result "$(IFS=,; echo "${results[*]}")" --sbom "$(IFS=,; echo "${sboms[*]}")"',
        ].join("\n"),
      }),
      run({
        name: "Summary",
        env: { ...registryCredentials, IMAGE: values.image, TAGS: values.tags },
        script:
          'ghcr image summary --image "$IMAGE@$(cat index/digest)" --tags "$TAGS" >> "$GITHUB_STEP_SUMMARY"',
      }),
    ],
  });
}
