/** How the stand-in names itself, and its schema: the properties of the one resource that it serves. */
import { INPUT_NAMES } from "./command-inputs";

/** The only resource type that is served. */
export const COMMAND_TYPE = "command:local:Command";

/** Build metadata says that this is the stand-in and is ignored wherever versions are compared. */
export const VERSION = "1.2.1+stand-in";

export const DESCRIPTION =
  "Stand-in for the @pulumi/command 1.2.1 provider plugin, made by ghcr-platform for machines that can't download " +
  "the official one. It serves command:local:Command only, without archivePaths and assetPaths.";

const TYPES: Readonly<Record<string, object>> = {
  triggers: { type: "array", items: { $ref: "pulumi.json#/Any" } },
  interpreter: { type: "array", items: { type: "string" } },
  environment: { type: "object", additionalProperties: { type: "string" } },
  addPreviousOutputInEnv: { type: "boolean" },
};

/** The package schema as JSON text, enough to compare property names with the SDK's. */
export function schemaJson(): string {
  const inputs = Object.fromEntries(INPUT_NAMES.map((name) => [name, TYPES[name] ?? { type: "string" }]));
  const outputs = { stdout: { type: "string" }, stderr: { type: "string" } };
  return JSON.stringify({
    name: "command",
    displayName: "Command (stand-in)",
    version: VERSION,
    description: DESCRIPTION,
    resources: {
      [COMMAND_TYPE]: {
        description: "A local command to be executed.",
        inputProperties: inputs,
        properties: { ...inputs, ...outputs },
        required: Object.keys(outputs),
      },
    },
  });
}
