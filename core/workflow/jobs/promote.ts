/**
 * `promote.yml`: moves an environment of a service to an image that is there, by hand or when a release is published. A
 * job for each environment, since reviewers, waiting times and allowed refs are those of the environment that a job
 * names.
 */
import { workflowSigner, type Signing } from "../../evidence";
import { promotionRules, type StageRules } from "../../promotion";
import type { Exception } from "../../scan";
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
import { job, workflow, type AnyJob, type EnvironmentReference, type Workflow } from "../model";
import { run, type Step, type Values } from "../step";
import { checkout, registryCredentials } from "./actions";
import { installCosign } from "./cosign";
import { commandRights, ghcrCommand, platformSource, type PlatformOptions } from "./ghcr-command";
import { defaultRunner } from "./runners";
import { databaseRule, installTrivy } from "./trivy";

export interface PromoteOptions extends PlatformOptions {
  readonly registry: string;
  readonly defaultBranch: string;
  /** Those that have environments. */
  readonly services: readonly [PromotedService, ...PromotedService[]];
  /** References of the scanner's vulnerability database. @default Trivy's own */
  readonly vulnerabilityDatabase?: string | undefined;
  /** Where GitHub shows its repositories. @default `https://github.com` */
  readonly serverUrl?: string | undefined;
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface PromotedService {
  readonly name: string;
  /** In the order in which an image passes them. */
  readonly environments: readonly (EnvironmentReference & { readonly name: string })[];
  /** What each asks of an image. */
  readonly promotion: readonly StageRules[];
  /** Those that a published release moves, in the same order. */
  readonly onRelease: readonly (EnvironmentReference & { readonly name: string })[];
  readonly exceptions?: readonly Exception[];
  readonly staticImage?: string | undefined;
  /** How its workflow signs images. */
  readonly signing: Signing;
}

type PromotedEnvironment = PromotedService["environments"][number];

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

/** One move of an environment, whoever asked for it. */
function moveJob(
  options: PromoteOptions,
  { name, environments }: PromotedService,
  environment: PromotedEnvironment,
  spec: {
    readonly id: string;
    readonly name: string;
    readonly needs: readonly AnyJob[];
    readonly when: Condition;
    readonly timeoutMinutes: number;
    /** How it moves. */
    readonly steps: readonly Step[];
  },
): AnyJob {
  const platform = platformSource(options);
  return job({
    ...spec,
    id: `${spec.id}-${name}-${environment.name}`.replace(/[^A-Za-z0-9_-]/g, "_"),
    purpose: `Moves the tag ${environment.name} of ${name}. It builds nothing and runs accepted code only.`,
    runsOn: defaultRunner,
    environment,
    concurrency: {
      group: text`promote-${name}-${environment.name}`,
      cancelInProgress: false,
      reason: "One move of an environment at a time. The command itself sees moves from elsewhere.",
    },
    permissions: {
      ...commandRights(platform),
      contents: { access: "read", reason: "tell the commits between the two images" },
      deployments: { access: "write", reason: "show the move on the repository's page" },
      packages: {
        access: "write",
        reason: "move the environment's tag, attach the record and a new scan's result",
      },
    },
    steps: [
      checkout({ name: "Fetch the history", folder: "history", history: true }),
      ...ghcrCommand(platform),
      ...spec.steps,
      run({
        name: "What each environment runs",
        evenAfterFailure: true,
        env: {
          ...registryCredentials,
          IMAGE: imageOf(options, name),
          STAGES: environments.map((each) => each.name).join(","),
        },
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

/** What every move is told, whoever asked for it. */
function moveValues(
  options: PromoteOptions,
  service: PromotedService,
  environment: PromotedEnvironment,
): Values {
  return {
    ...registryCredentials,
    GITHUB_TOKEN: github("token"),
    IMAGE: imageOf(options, service.name),
    ENVIRONMENT: environment.name,
    RULES: JSON.stringify(promotionRules(service, databaseRule(options).database)),
  };
}

/** Whom the environment trusts, where it asks for what is signed: the workflow that publishes. */
function signerOf(
  { owner, repository: name, defaultBranch, serverUrl }: PromoteOptions,
  { signing, promotion }: PromotedService,
  environment: PromotedEnvironment,
): { readonly steps: readonly Step[]; readonly values: Values; readonly flags: readonly string[] } {
  const asked = promotion.find((stage) => stage.name === environment.name)?.require ?? [];
  if (signing === "none" || !asked.some((kind) => kind === "signature" || kind === "provenance"))
    return { steps: [], values: {}, flags: [] };
  const { identity, issuer } = workflowSigner({ owner, name, defaultBranch, serverUrl });
  return {
    steps: [installCosign("keyless")],
    values: { SIGNER: identity, ISSUER: issuer },
    flags: ['  --certificate-identity "$SIGNER" --certificate-issuer "$ISSUER" \\'],
  };
}

function imageOf({ registry, owner }: PromoteOptions, service: string): string {
  return `${registry}/${owner}/${service}`.toLowerCase();
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
