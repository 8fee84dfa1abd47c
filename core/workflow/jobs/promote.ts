/**
 * `promote.yml`: moves an environment of a service to an image that is there, by hand. A job for each environment,
 * since reviewers, waiting times and allowed refs are those of the environment that a job names.
 */
import { both, choose, github, isEqual, text, type Condition } from "../expression";
import { job, workflow, type AnyJob, type EnvironmentReference, type Workflow } from "../model";
import { run, type Values } from "../step";
import { checkout, registryCredentials } from "./actions";
import { commandRights, ghcrCommand, platformSource, type PlatformOptions } from "./ghcr-command";
import { defaultRunner } from "./runners";

export interface PromoteOptions extends PlatformOptions {
  readonly registry: string;
  /** Those that have environments. */
  readonly services: readonly [PromotedService, ...PromotedService[]];
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface PromotedService {
  readonly name: string;
  /** In the order in which an image passes them. */
  readonly environments: readonly (EnvironmentReference & { readonly name: string })[];
}

const inputs = {
  service: github("event.inputs.service"),
  environment: github("event.inputs.environment"),
  digest: github("event.inputs.digest"),
  expect: github("event.inputs.expect"),
  reason: github("event.inputs.reason"),
  rollback: github("event.inputs.rollback"),
};

/** The workflow that promotes a repository's services. */
export function promote(options: PromoteOptions): Workflow {
  const known = knownJob(options.services);
  const promotions = options.services.flatMap((service) =>
    service.environments.map((_, position) => promotionJob(options, service, position, known)),
  );
  return workflow({
    file: "promote.yml",
    name: "Promote",
    declaredIn: `core/workflow/jobs/promote.ts of ${options.owner}/${options.platformRepository}`,
    on: {
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
      group: text`promote-${inputs.service}-${inputs.environment}`,
      cancelInProgress: false,
      reason: "One move of an environment at a time. The command itself sees moves from elsewhere.",
    },
    ends: [known, ...promotions],
  });
}

/** Without it a run for an environment that the service hasn't would do nothing and pass. */
function knownJob(services: PromoteOptions["services"]): AnyJob {
  const pairs = services.map(({ name, environments }) => [name, environments.map((each) => each.name)]);
  return job({
    id: "known",
    name: "known",
    purpose: "Fails where the service has no such environment: every other job would be skipped.",
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

function promotionJob(
  options: PromoteOptions,
  { name, environments }: PromotedService,
  position: number,
  known: AnyJob,
): AnyJob {
  const environment = environments[position] as PromotedService["environments"][number];
  const platform = platformSource(options);
  const image: Values = {
    ...registryCredentials,
    IMAGE: `${options.registry}/${options.owner}/${name}`.toLowerCase(),
    STAGES: environments.map((each) => each.name).join(","),
  };
  return job({
    id: `promote-${name}-${environment.name}`.replace(/[^A-Za-z0-9_-]/g, "_"),
    name: `promote ${name} to ${environment.name}`,
    purpose: `Moves the tag ${environment.name} of ${name}. It builds nothing and runs accepted code only.`,
    needs: [known],
    when: asked(name, environment.name),
    runsOn: defaultRunner,
    environment,
    permissions: {
      ...commandRights(platform),
      contents: { access: "read", reason: "tell the commits between the two images" },
      deployments: { access: "write", reason: "show the move on the repository's page" },
      packages: { access: "write", reason: "move the environment's tag and attach the record" },
    },
    timeoutMinutes: 15,
    steps: [
      checkout({ name: "Fetch the history", folder: "history", history: true }),
      ...ghcrCommand(platform),
      run({
        name: "Promote",
        env: {
          ...image,
          GITHUB_TOKEN: github("token"),
          ENVIRONMENT: environment.name,
          ON_GITHUB: environment.githubName,
          DIGEST: inputs.digest,
          EXPECT: inputs.expect,
          REASON: inputs.reason,
          ROLLBACK: choose(isEqual(inputs.rollback, "true"), "--rollback", ""),
        },
        script: [
          'ghcr promote "$IMAGE" --environments "$STAGES" --to "$ENVIRONMENT" --github-environment "$ON_GITHUB" \\',
          '  --digest="$DIGEST" --expect="$EXPECT" --reason="$REASON" ${ROLLBACK:+"$ROLLBACK"} --git history',
        ].join("\n"),
      }),
      run({
        name: "What each environment runs",
        evenAfterFailure: true,
        env: image,
        script: [
          'status=$(ghcr promote "$IMAGE" --environments "$STAGES" --status)',
          "{",
          "  echo '```'",
          '  echo "$status"',
          "  echo '```'",
          '} | tee --append "$GITHUB_STEP_SUMMARY"',
        ].join("\n"),
      }),
    ],
  });
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
