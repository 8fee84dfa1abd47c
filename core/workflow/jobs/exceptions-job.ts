/** The job that tells on a pull request which exceptions of the gate end, before the gate blocks on them. */
import { both, github, isEqual } from "../expression";
import { job, type Job } from "../model";
import { run } from "../step";
import { commandRights, ghcrCommand, type PlatformSource } from "./ghcr-command";
import type { ContainerPublishOptions } from "./options";
import type { PlanJob } from "./plan-job";
import { defaultRunner } from "./runners";

/** Services that have exceptions. */
export function excepted({ services }: ContainerPublishOptions) {
  return services.flatMap(({ name, exceptions = [] }) =>
    exceptions.length === 0 ? [] : [{ name, exceptions }],
  );
}

/** Of what the pull request publishes: whoever changes a service is who can mend it. */
export function exceptionsJob(
  options: ContainerPublishOptions,
  plan: PlanJob,
  platform: PlatformSource,
): Job {
  return job({
    id: "exceptions",
    name: "exceptions",
    purpose:
      "Keeps the one comment that names exceptions which end. Runs nothing of the pull request; a fork's can't comment.",
    needs: [plan],
    when: both(
      isEqual(github("event_name"), "pull_request"),
      isEqual(github("event.pull_request.head.repo.full_name"), github("repository")),
    ),
    runsOn: defaultRunner,
    permissions: {
      ...commandRights(platform),
      "pull-requests": { access: "write", reason: "write the comment" },
    },
    timeoutMinutes: 5,
    steps: [
      ...ghcrCommand(platform),
      run({
        name: "Comment",
        env: {
          EXCEPTIONS: JSON.stringify({ services: excepted(options) }),
          IMAGES: plan.outputs.images,
          PULL_REQUEST: github("event.pull_request.number"),
          GITHUB_TOKEN: github("token"),
        },
        script: [
          `jq --argjson images "$IMAGES" '.services |= map(select(.name | IN($images[].service)))' <<< "$EXCEPTIONS" \\`,
          '  | ghcr exceptions --pull-request "$PULL_REQUEST" --input -',
        ].join("\n"),
      }),
    ],
  });
}
