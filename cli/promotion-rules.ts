/** A service's promotion rules as JSON, as `promote.yml` and the stack's outputs have them. */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import { requirableKinds, type PromotionRules } from "../core/promotion";
import { exceptionFaults } from "../core/scan";
import type { Io } from "./io";
import { readJsonFile } from "./json-file";
import { UsageError } from "./request";
import { exceptionsSchema } from "./exceptions-schema";

const schema = z.strictObject({
  environments: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        githubName: z.string().min(1),
        maxScanAge: z.int().min(1),
        require: z.array(z.enum(requirableKinds)),
      }),
    )
    .min(1),
  scan: z.strictObject({
    exceptions: exceptionsSchema,
    staticImage: z.string().min(1).optional(),
    database: z.string().min(1).optional(),
  }),
});

/** What `--rules` says in place of these. */
const replaced = { environments: true, maxScanAge: true, require: true, githubEnvironment: true } as const;

export interface RulesOptions {
  readonly rules?: string;
}

/**
 * @param options all flags as they were given
 * @returns undefined where `--rules` wasn't given
 * @throws UsageError with every fault
 */
export async function readRules(io: Io, options: RulesOptions): Promise<PromotionRules | undefined> {
  const { rules: file } = options;
  if (file === undefined) return undefined;
  const mixed = Object.keys(options).filter((name) => Object.hasOwn(replaced, name));
  if (mixed.length > 0) {
    throw new UsageError({
      code: "invalid-input",
      where: "--rules",
      problem: `it says what ${mixed.map(flag).join(", ")} would say`,
      fix: "leave those out, or give no --rules",
    });
  }
  const read = schema.safeParse(file === "-" ? parsed(await io.readInput()) : readJsonFile("--rules", file));
  if (!read.success) {
    throw new UsageError(
      read.error.issues.map(({ path, message }) => ({
        code: "invalid-input",
        where: `--rules: ${path.join(".") || "the JSON"}`,
        problem: message,
        fix: "take it from the stack's outputs: services.<name>.promotion",
      })),
    );
  }
  const faults = exceptionFaults("--rules: scan.exceptions", read.data.scan.exceptions);
  if (faults.length > 0) throw new PlatformError(faults);
  const { environments, scan } = read.data;
  const { exceptions, staticImage, database } = scan;
  return {
    environments,
    scan: {
      exceptions,
      ...(staticImage === undefined ? {} : { staticImage }),
      ...(database === undefined ? {} : { database }),
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
