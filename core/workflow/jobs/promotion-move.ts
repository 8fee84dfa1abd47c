/** A move of one environment in `promote.yml`, whoever asked for it: the job around it, and what it is told. */
import { workflowSigner, type Signing } from "../../evidence";
import { promotionRules, type StageRules } from "../../promotion";
import type { Exception } from "../../scan";
import { github, text, type Condition } from "../expression";
import { job, type AnyJob, type EnvironmentReference } from "../model";
import { run, type Step, type Values } from "../step";
import { checkout, registryCredentials } from "./actions";
import { installCosign } from "./cosign";
import { commandRights, ghcrCommand, platformSource, type PlatformOptions } from "./ghcr-command";
import { defaultRunner } from "./runners";
import { databaseRule } from "./trivy";

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

export type PromotedEnvironment = PromotedService["environments"][number];

/** One move of an environment, whoever asked for it. */
export function moveJob(
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
export function moveValues(
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
export function signerOf(
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
