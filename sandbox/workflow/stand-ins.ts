/**
 * Stand-ins for the actions of others that the workflows use. act fetches actions from GitHub, which a machine
 * without it can't; and some do what one machine has no use for. Each takes the inputs that the workflows give and
 * sets the outputs that they read, and does the same thing in the sandbox's way. Run by `stand-in.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ActionName } from "../../core/workflow";

export interface StandIn {
  /** What it takes; a test holds the rendered workflows to no other. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What it does instead, for `--help`. */
  readonly instead: string;
}

export const standIns = {
  "actions/checkout": {
    inputs: ["repository", "ref", "path", "fetch-depth", "filter", "persist-credentials"],
    outputs: [],
    instead: "clones from this machine's copies of the repositories",
  },
  "actions/setup-node": {
    inputs: ["node-version", "package-manager-cache"],
    outputs: [],
    instead: "nothing: this machine's Node runs",
  },
  "actions/cache": {
    inputs: ["path", "key", "restore-keys"],
    outputs: [],
    instead: "nothing: each run begins with none",
  },
  "actions/upload-artifact": {
    inputs: ["name", "path", "if-no-files-found", "retention-days", "overwrite"],
    outputs: [],
    instead: "copies to a folder of the run",
  },
  "actions/download-artifact": {
    inputs: ["name", "pattern", "merge-multiple", "path"],
    outputs: [],
    instead: "copies from that folder",
  },
  "docker/setup-buildx-action": {
    inputs: ["version", "driver-opts", "cache-binary"],
    outputs: [],
    instead: "nothing: the sandbox's builder runs",
  },
  "docker/login-action": {
    inputs: ["registry", "username", "password"],
    outputs: [],
    instead: "writes the sign-in to a Docker configuration of the run",
  },
  "docker/build-push-action": {
    inputs: [
      ...["context", "file", "build-args", "labels", "annotations", "platforms"],
      ...["provenance", "sbom", "outputs"],
    ],
    outputs: ["digest"],
    instead: "builds with buildctl and the sandbox's builder",
  },
  "github/codeql-action/upload-sarif": {
    inputs: ["sarif_file", "category"],
    outputs: [],
    instead:
      "reads the report and says how much it would hand over: the stand-in for GitHub has no code scanning",
  },
  "pulumi/actions": {
    inputs: ["pulumi-version"],
    outputs: [],
    instead: "nothing: the sandbox's engine is on the path",
  },
} as const satisfies Readonly<Record<string, StandIn>>;

export type StandInName = keyof typeof standIns;

/** Writes their `action.yml`, a folder each, and gives each repository's folder by its name. */
export function writeStandIns(into: string): ReadonlyMap<ActionName, string> {
  return new Map(
    Object.entries(standIns).map(([name, { inputs, outputs }]) => {
      const folder = join(into, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "action.yml"), stringify(description(name, inputs, outputs)));
      const repository = name.split("/").slice(0, 2).join("/");
      return [repository as ActionName, join(into, repository)];
    }),
  );
}

function description(name: string, inputs: readonly string[], outputs: readonly string[]) {
  return {
    name: `Stand-in for ${name}`,
    description: "For workflows on one machine",
    inputs: Object.fromEntries(inputs.map((input) => [input, { description: input, required: false }])),
    outputs: Object.fromEntries(
      outputs.map((output) => [
        output,
        { description: output, value: `\${{ steps.run.outputs.${output} }}` },
      ]),
    ),
    runs: {
      using: "composite",
      steps: [
        {
          id: "run",
          shell: "bash",
          run: `"$GHCR_STAND_IN" ${name}`,
          env: Object.fromEntries(
            inputs.map((input) => [variable(input), `\${{ inputs['${input}'] }}`] as const),
          ),
        },
      ],
    },
  };
}

/** The environment variable that an input is handed on in. */
export function variable(input: string): string {
  return `INPUT_${input.toUpperCase().replaceAll("-", "_")}`;
}
