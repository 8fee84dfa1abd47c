/**
 * `promote.yml`: moves an environment of a service to an image that is there, by hand or when a release is published. A
 * job for each environment, since reviewers, waiting times and allowed refs are those of the environment that a job
 * names.
 */
import {
  both,
  choose,
  contains,
  github,
  isEqual,
  not,
  startsWith,
  text,
  type Condition,
} from "../expression";
import { job, workflow, type AnyJob, type Workflow } from "../model";
import { run } from "../step";
import {
  moveJob,
  moveValues,
  signerOf,
  type PromotedEnvironment,
  type PromotedService,
  type PromoteOptions,
} from "./promotion-move";
import { defaultRunner } from "./runners";
import { installTrivy } from "./trivy";

const inputs = {
  service: github("event.inputs.service"),
  environment: github("event.inputs.environment"),
  digest: github("event.inputs.digest"),
  expect: github("event.inputs.expect"),
  reason: github("event.inputs.reason"),
  rollback: github("event.inputs.rollback"),
};

const byHand = isEqual(github("event_name"), "workflow_dispatch");
/** Releases of something else, as of the platform's own command, have other tags. */
const onRelease = both(isEqual(github("event_name"), "release"), startsWith(github("ref"), "refs/tags/v"));
const ofNoPreRelease = not(contains(github("ref"), "-"));

/** A release is often published before its image is: builds, scans and tests come between. */
const releaseWaitMinutes = 60;

/** The workflow that promotes a repository's services. */
export function promote(options: PromoteOptions): Workflow {
  const known = knownJob(options.services);
  const promotions = options.services.flatMap((service) =>
    service.environments.map((environment) => promotionJob(options, service, environment, known)),
  );
  const releases = options.services.flatMap((service) => releaseJobs(options, service));
  return workflow({
    file: "promote.yml",
    name: "Promote",
    declaredIn: `core/workflow/jobs/promote.ts of ${options.owner}/${options.platformRepository}`,
    on: {
      ...(releases.length === 0 ? {} : { release: { types: ["published"] } }),
      workflow_dispatch: {
        inputs: {
          service: choice(
            "What moves",
            options.services.map(({ name }) => name),
          ),
          environment: choice("Where to", [
            ...new Set(options.services.flatMap(({ environments }) => environments.map(({ name }) => name))),
          ]),
          digest: optional("sha256:… of the image; empty: what the stage before runs"),
          expect: optional("sha256:… that is replaced; empty: what the records say"),
          reason: { description: "Why, for the record", required: true, type: "string" },
          rollback: {
            description: "Back to what the environment ran before, by the records",
            ...{ required: false, type: "boolean" },
          },
        },
      },
    },
    concurrency: {
      group: text`promote-${github("run_id")}`,
      cancelInProgress: false,
      reason: "Each job has the environment's group: what a run by hand moves, a release's may move too.",
    },
    ends: [known, ...promotions, ...releases],
  });
}

/** Without it a run for an environment that the service hasn't would do nothing and pass. */
function knownJob(services: PromoteOptions["services"]): AnyJob {
  const pairs = services.map(({ name, environments }) => [name, environments.map((each) => each.name)]);
  return job({
    id: "known",
    name: "known",
    purpose: "Fails where the service has no such environment: every other job would be skipped.",
    when: byHand,
    runsOn: defaultRunner,
    permissions: {},
    timeoutMinutes: 5,
    steps: [
      run({
        name: "The service has this environment",
        env: {
          SERVICE: inputs.service,
          ENVIRONMENT: inputs.environment,
          KNOWN: JSON.stringify(Object.fromEntries(pairs)),
        },
        script: [
          'if ! jq --exit-status --arg service "$SERVICE" --arg environment "$ENVIRONMENT" \\',
          `  '.[$service] // [] | index([$environment]) != null' <<< "$KNOWN" > /dev/null; then`,
          '  echo "::error::$SERVICE has no environment $ENVIRONMENT, only: $KNOWN"',
          "  exit 1",
          "fi",
        ].join("\n"),
      }),
    ],
  });
}

/** What a person asks for. */
function promotionJob(
  options: PromoteOptions,
  service: PromotedService,
  environment: PromotedEnvironment,
  known: AnyJob,
): AnyJob {
  const { name } = service;
  const rollback = choose(isEqual(inputs.rollback, "true"), "--rollback", "");
  const signer = signerOf(options, service, environment);
  return moveJob(options, service, environment, {
    ...{ id: "promote", name: `promote ${name} to ${environment.name}`, timeoutMinutes: 25 },
    needs: [known],
    when: asked(name, environment.name),
    steps: [
      installTrivy(rollback),
      ...signer.steps,
      run({
        name: "Promote",
        env: {
          ...moveValues(options, service, environment),
          ...signer.values,
          DIGEST: inputs.digest,
          EXPECT: inputs.expect,
          REASON: inputs.reason,
          ROLLBACK: rollback,
        },
        script: [
          'ghcr promote "$IMAGE" --rules - --scan-again --to "$ENVIRONMENT" --digest="$DIGEST" --expect="$EXPECT" \\',
          ...signer.flags,
          '  --reason="$REASON" ${ROLLBACK:+"$ROLLBACK"} --git history <<< "$RULES"',
        ].join("\n"),
      }),
    ],
  });
}

/** What a published release brings about: one environment after the other. */
function releaseJobs(options: PromoteOptions, service: PromotedService): readonly AnyJob[] {
  const jobs: AnyJob[] = [];
  for (const environment of service.onRelease) {
    const before = jobs.slice(-1);
    const signer = signerOf(options, service, environment);
    jobs.push(
      moveJob(options, service, environment, {
        ...{ id: "release", name: `release ${service.name} to ${environment.name}` },
        timeoutMinutes: releaseWaitMinutes + 25,
        needs: before,
        when: before.length === 0 ? onRelease : both(onRelease, ofNoPreRelease),
        steps: [
          installTrivy(),
          ...signer.steps,
          run({
            name: "Promote",
            env: {
              ...moveValues(options, service, environment),
              ...signer.values,
              RELEASE: github("event.release.tag_name"),
              MINUTES: releaseWaitMinutes,
            },
            script: [
              'ghcr promote "$IMAGE" --rules - --scan-again --to "$ENVIRONMENT" --release="$RELEASE" \\',
              ...signer.flags,
              '  --wait "$MINUTES" --reason="release $RELEASE" --git history <<< "$RULES"',
            ].join("\n"),
          }),
        ],
      }),
    );
  }
  return jobs;
}

function asked(service: string, environment: string): Condition {
  return both(isEqual(inputs.service, service), isEqual(inputs.environment, environment));
}

function choice(description: string, options: readonly string[]) {
  return { description, required: true, type: "choice", options } as const;
}

function optional(description: string) {
  return { description, required: false, type: "string" } as const;
}
