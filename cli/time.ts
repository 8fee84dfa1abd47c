/** Moments that a command is given. */
import { UsageError } from "./request";

/** @throws UsageError for what is no moment with its zone */
export function timeOf(flag: string, text: string): Date {
  const time = text === "now" ? new Date() : new Date(text);
  const isWhole = text === "now" || /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  if (isWhole && !Number.isNaN(time.getTime())) return time;
  throw new UsageError({
    code: "invalid-time",
    where: flag,
    problem: "must be a time with its zone",
    got: text,
    fix: "write it like 2026-11-24T00:00:00Z, or `now`",
  });
}
