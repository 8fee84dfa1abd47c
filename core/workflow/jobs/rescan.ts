/**
 * `rescan.yml`: scans every day what the environments run, since vulnerabilities become known after an image passed
 * the gate, and keeps one issue open as long as there is something to tell.
 */
import { github, text } from "../expression";
import { job, workflow, type AnyJob, type Workflow } from "../model";
import { run } from "../step";
import { registryCredentials } from "./actions";
import { commandRights, ghcrCommand, platformSource } from "./ghcr-command";
import type { ContainerPublishOptions, WorkflowService } from "./options";
import { defaultRunner } from "./runners";
import { daily } from "./schedule";
import { databaseRule, installTrivy, serviceRules } from "./trivy";

export interface RescanOptions extends Omit<
  ContainerPublishOptions,
  "services" | "defaultBranch" | "runners"
> {
  readonly services: readonly [RescannedService, ...RescannedService[]];
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface RescannedService extends Pick<WorkflowService, "name" | "exceptions" | "staticImage"> {
  /** None: it counts as running `latest`. */
  readonly environments: readonly { readonly name: string }[];
}

/** The workflow that scans again what a repository's services run. */
export function rescan(options: RescanOptions): Workflow {
  return workflow({
    file: "rescan.yml",
    name: "Rescan what runs",
    declaredIn: `core/workflow/jobs/rescan.ts of ${options.owner}/${options.platformRepository}`,
    on: { schedule: [{ cron: daily(`${options.owner}/${options.repository}`) }], workflow_dispatch: {} },
    concurrency: {
      group: text`rescan`,
      cancelInProgress: false,
      reason: "Two at once would open two issues.",
    },
    ends: [rescanJob(options)],
  });
}

function rescanJob(options: RescanOptions): AnyJob {
  const { owner, registry, services } = options;
  const platform = platformSource(options);
  const request = {
    ...{ owner, registry, ...databaseRule(options) },
    services: services.map((service) => ({
      name: service.name,
      environments: service.environments.map(({ name }) => name),
      ...serviceRules(service),
    })),
  };
  return job({
    id: "rescan",
    name: "rescan",
    purpose: "Scans what each environment runs, and opens, changes or closes the one issue. Moves no tag.",
    runsOn: defaultRunner,
    permissions: {
      ...commandRights(platform),
      packages: { access: "read", reason: "pull the images to scan" },
      issues: { access: "write", reason: "keep the issue" },
    },
    timeoutMinutes: 60,
    steps: [
      ...ghcrCommand(platform),
      installTrivy(),
      run({
        name: "Rescan",
        env: { ...registryCredentials, GITHUB_TOKEN: github("token"), RESCAN: JSON.stringify(request) },
        script: 'ghcr rescan --input - <<< "$RESCAN"',
      }),
    ],
  });
}
