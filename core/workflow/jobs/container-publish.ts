/** `container-publish.yml`: plan → build by digest → index → scan of every platform → test of its container → tag; and the gate over it. */
import { choose, github, isEqual, text } from "../expression";
import { gate } from "../gate";
import { workflow, type Workflow } from "../model";
import { buildJob, verifyJob } from "./build-jobs";
import { platformSource } from "./ghcr-command";
import { codeScanningJob } from "./code-scanning-job";
import { exceptionsJob, excepted } from "./exceptions-job";
import { indexJob, scanJob, tagJob, testJob } from "./image-jobs";
import type { ContainerPublishOptions } from "./options";
import { planJob } from "./plan-job";
import { defaultRunner } from "./runners";

const isPullRequest = isEqual(github("event_name"), "pull_request");

/** The workflow that publishes a repository's services. */
export function containerPublish(options: ContainerPublishOptions): Workflow {
  const platform = platformSource(options);
  const plan = planJob(options, platform);
  const built = buildJob(options, plan);
  const verified = verifyJob(plan, platform);
  const index = indexJob(plan, built, platform);
  const scanned = scanJob(plan, index, platform);
  const tested = testJob(plan, index, scanned, platform);
  const tagged = tagJob(options, plan, tested, platform);
  const beside = [
    ...(options.codeScanning === true ? [codeScanningJob(plan, scanned)] : []),
    ...(excepted(options).length === 0 ? [] : [exceptionsJob(options, plan, platform)]),
  ];
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
    ends: gate({ name: "container-publish", jobs: [tagged, verified, ...beside], runsOn: defaultRunner }),
  });
}
