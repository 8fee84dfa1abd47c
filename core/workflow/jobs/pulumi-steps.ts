/** What the workflows that run Pulumi on the real stack have in common. */
import type { Automation } from "../../fleet";
import { runnerTemp, secret, text } from "../expression";
import { action, tools } from "../pins";
import { run, uses, type Step, type Values } from "../step";
import { checkout, setupNode } from "./actions";
import { ghcrCommand, platformSource, type PlatformOptions } from "./ghcr-command";

/** A stack that the workflows of the platform's own repository work on. */
export interface PlatformStack extends PlatformOptions {
  readonly stack: string;
  readonly defaultBranch: string;
}

export interface AutomatedStack extends PlatformStack {
  readonly automation: Automation;
}

/** Where the platform's repository is checked out. */
export const source = "source";

/** Puts Pulumi on the path. */
export function installPulumi(): Step {
  return uses({
    name: "Install Pulumi",
    action: action("pulumi/actions"),
    with: { "pulumi-version": tools.pulumi.version },
  });
}

/** The program with its packages, `ghcr` and Pulumi. `history` is what tags and the guard go by. */
export function programSteps(options: PlatformStack): readonly [Step, ...Step[]] {
  return [
    checkout({ name: "Fetch the platform", folder: source, history: true }),
    setupNode(),
    run({
      name: "Install the program",
      folder: source,
      script: "npm ci --ignore-scripts --no-audit --no-fund",
    }),
    ...ghcrCommand(platformSource(options)),
    installPulumi(),
  ];
}

/** The event log holds the stack's state: it stays in this folder, which ends with the job. */
export const results = text`${runnerTemp}/preview`;

/** What `pulumi` needs to work on the stack, secrets as variables: never as arguments, which every process may list. */
export function stackEnvironment({ stack, automation }: AutomatedStack): Values {
  return {
    STACK: stack,
    RESULTS: results,
    PULUMI_BACKEND_URL: automation.stateUrl,
    PULUMI_SKIP_UPDATE_CHECK: true,
    // The program is checked by a job of its own; a type check here would take longer than the rest.
    PULUMI_NODEJS_TRANSPILE_ONLY: true,
    GITHUB_TOKEN: secret("PLATFORM_GITHUB_TOKEN"),
    ...Object.fromEntries(automation.stateSecrets.map((name) => [name, secret(name)])),
  };
}

/** Variables for a preview: `--event-log` is one of the engine's debugging options. */
export const previewEnvironment: Values = {
  PULUMI_DEBUG_COMMANDS: true,
  // A preview writes nothing, and its snapshots cost more than all else; an update must keep them.
  PULUMI_SKIP_CHECKPOINTS: true,
};
