/** From a command's flags, or the same as JSON on standard input, to values that were parsed once. */
import { InvalidArgumentError, type Command } from "commander";
import type { z } from "zod";
import { PlatformError, type Fault } from "../core/errors";
import type { Io } from "./io";

/** Wrong usage: what was asked for can't be understood. Exit code 2. */
export class UsageError extends PlatformError {}

export interface Request<T> {
  readonly values: T;
  /** Where a field stands, for messages: `--image` or `--input: image`. */
  readonly where: (field: string) => string;
}

/**
 * Reads a request in one of its two forms and checks its shape.
 * @param flags the fields as they were given as flags; an undefined one was not given
 * @throws UsageError with every fault
 */
export async function readRequest<T>(
  io: Io,
  schema: z.ZodType<T>,
  input: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<Request<T>> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (input === undefined) {
    const where = (field: string) => `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return { values: shaped(schema, Object.fromEntries(given), where), where };
  }
  const where = (field: string) => `--input: ${field}`;
  const mixed = given.map(([name]) => name);
  if (mixed.length > 0 || input !== "-") {
    throw new UsageError({
      code: "invalid-input",
      where: "--input",
      problem:
        input === "-"
          ? `it replaces the flags for ${mixed.join(", ")}`
          : "only - (standard input) can be read",
      fix: "give all of the request on standard input, or all of it as flags",
    });
  }
  return { values: shaped(schema, parseJson(await io.readInput()), where), where };
}

/** Collects the faults of several parsers, so that all are reported at once. */
export class Gathered {
  private readonly faults: Fault[] = [];

  /** The parsed value, or undefined and a fault more. */
  take<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      this.faults.push(...error.faults);
      return undefined;
    }
  }

  /**
   * The value that is made of what was taken.
   * @throws UsageError if anything taken was wrong
   */
  finish<T>(make: () => T): T {
    if (this.faults.length > 0) throw new UsageError(this.faults);
    return make();
  }
}

/** A flag that is given several times or with commas. */
export function list(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), ...value.split(",").filter((part) => part !== "")];
}

/** A flag `key=value` that is given several times; the value may hold anything. */
export function pairs(
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const equals = value.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It must be written key=value.");
  return { ...previous, [value.slice(0, equals)]: value.slice(equals + 1) };
}

/** The options that every command with a request has. */
export function withRequestOptions(command: Command): Command {
  return command
    .option("--input <->", "read the request as JSON from standard input instead of flags")
    .option("--json", "print the result as one line of JSON");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError({
      code: "invalid-input",
      where: "--input",
      problem: "standard input is not JSON",
      fix: "write one JSON object to standard input",
    });
  }
}

function shaped<T>(schema: z.ZodType<T>, values: unknown, where: (field: string) => string): T {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  throw new UsageError(
    result.error.issues.map((issue) => {
      const field = issue.path.join(".");
      return {
        code: "invalid-input",
        where: field === "" ? "request" : where(field),
        problem: issue.message.endsWith("received undefined") ? "is missing" : issue.message,
        fix: "see --help for what is needed",
      };
    }),
  );
}
