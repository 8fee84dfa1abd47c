/**
 * The inputs of `command:local:Command`, as version 1.2.1 declares them
 * (pulumi-command, provider/pkg/provider/local/base.go and common/inputs.go).
 */
import { containsUnknown, reveal, type InputFault, type Properties } from "../../../provider/wire";

export interface CommandInputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly dir?: string;
  readonly stdin?: string;
  readonly logging?: Logging;
  readonly interpreter?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly addPreviousOutputInEnv?: boolean;
}

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** What each input must be: a sentence's end for the message, and its test on a known, revealed value. */
const RULES: Readonly<
  Record<string, { readonly must: string; readonly holds: (value: unknown) => boolean }>
> = {
  create: { must: "be a string", holds: isString },
  update: { must: "be a string", holds: isString },
  delete: { must: "be a string", holds: isString },
  dir: { must: "be a string", holds: isString },
  stdin: { must: "be a string", holds: isString },
  triggers: { must: "be a list", holds: Array.isArray },
  interpreter: { must: "be a list of strings", holds: (v) => Array.isArray(v) && v.every(isString) },
  environment: { must: "be a map of strings", holds: isStringMap },
  addPreviousOutputInEnv: { must: "be true or false", holds: (v) => typeof v === "boolean" },
  logging: {
    must: "be one of stdout, stderr, stdoutAndStderr, none",
    holds: (v) => ["stdout", "stderr", "stdoutAndStderr", "none"].includes(v as string),
  },
};

/** Names of the inputs that the stand-in takes. */
export const INPUT_NAMES: readonly string[] = Object.keys(RULES);

/** Inputs of the official plugin that the stand-in lacks: it can't make the assets they ask for. */
export const REFUSED_INPUTS: readonly string[] = ["archivePaths", "assetPaths"];

/** All faults of the inputs; values that are not known yet are taken on trust until they are. */
export function inputFaults(inputs: Properties): readonly InputFault[] {
  return Object.entries(inputs).flatMap(([property, raw]) => {
    if (raw === null) return [];
    if (REFUSED_INPUTS.includes(property)) {
      return [
        { property, reason: "is not in the stand-in for @pulumi/command; it needs the official plugin" },
      ];
    }
    const rule = RULES[property];
    if (rule === undefined) return [{ property, reason: "is no input of command:local:Command" }];
    if (containsUnknown(raw) || rule.holds(reveal(raw))) return [];
    return [{ property, reason: `must ${rule.must}` }];
  });
}

/** The inputs with their secrets revealed. Call it only with properties that have passed `inputFaults`. */
export function readInputs(properties: Properties): CommandInputs {
  const known = Object.entries(properties).filter(([name, value]) => name in RULES && value !== null);
  return reveal(Object.fromEntries(known)) as CommandInputs;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isStringMap(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isString)
  );
}
