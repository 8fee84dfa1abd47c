/** Schema findings as faults that a person can act on. */
import type { z } from "zod";
import { PlatformError, type Fault } from "../errors";

/** A file of 100,000 rows that is wrong throughout must not bury its first faults. */
const shownFaults = 50;

export interface ParseContext {
  /** The file or field, in front of every path. */
  readonly where: string;
  readonly code: string;
  readonly fix: string;
}

/**
 * @param more faults that the schema can't see
 * @throws PlatformError with every fault, the first 50 in full
 */
export function parseWith<Output>(
  schema: z.ZodType<Output>,
  json: unknown,
  context: ParseContext,
  more: readonly Fault[] = [],
): Output {
  const parsed = schema.safeParse(json, { reportInput: true });
  if (parsed.success && more.length === 0) return parsed.data;
  const issues = parsed.success ? [] : parsed.error.issues;
  throwFaults([...issues.flatMap((issue) => issueFaults(issue, context)), ...more], context);
}

/** What a schema finds in one part of a file; `at` is the part's path. */
export function faultsIn(
  schema: z.ZodType,
  json: unknown,
  context: ParseContext,
  at: readonly PropertyKey[] = [],
): Fault[] {
  const parsed = schema.safeParse(json, { reportInput: true });
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) =>
    issueFaults({ ...issue, path: [...at, ...issue.path] }, context),
  );
}

/** @throws PlatformError always; `faults` is not empty. */
export function throwFaults(faults: readonly Fault[], { where, code, fix }: ParseContext): never {
  const rest = faults.length - shownFaults;
  const more: Fault[] = rest > 0 ? [{ code, where, problem: `${rest} more faults of this kind`, fix }] : [];
  throw new PlatformError([...faults.slice(0, shownFaults), ...more]);
}

function issueFaults(issue: z.core.$ZodIssue, context: ParseContext): Fault[] {
  const { where, code, fix } = context;
  if (issue.code === "invalid_union" && issue.message === "Invalid input") {
    // The alternative that comes nearest is the one that was meant.
    const nearest = [...issue.errors].sort((one, other) => one.length - other.length)[0] ?? [];
    if (nearest.length > 0) {
      return nearest.flatMap((inner) =>
        issueFaults({ ...inner, path: [...issue.path, ...inner.path] }, context),
      );
    }
  }
  const at = [where, path(issue.path)].filter((part) => part !== "").join(": ");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      code,
      where: at,
      problem: "no such field",
      got: key,
      fix: "take it out",
    }));
  }
  const got = "input" in issue ? shown(issue.input) : undefined;
  return [{ code, where: at, problem: issue.message, ...(got === undefined ? {} : { got }), fix }];
}

/** `rules[2].afterDays`, as one would write it in code. */
function path(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}

function shown(input: unknown): string | undefined {
  if (input === undefined) return undefined;
  const text = typeof input === "string" ? input : JSON.stringify(input);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
