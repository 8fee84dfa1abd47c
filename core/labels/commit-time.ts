/** A commit's time, as builds and registries write it. The same commit gives the same text, whenever it is built. */
import { PlatformError, type Fault } from "../errors";

/**
 * RFC 3339 in UTC, whole seconds, as git keeps them: `2026-11-24T12:00:00Z`.
 * @throws PlatformError `invalid-commit-time`
 */
export function rfc3339(time: Date): string {
  const fault = commitTimeFault("commit time", time);
  if (fault !== undefined) throw new PlatformError(fault);
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** A commit is made after 1970; RFC 3339 has years of four digits. */
export function commitTimeFault(where: string, time: Date): Fault | undefined {
  const milliseconds = time.getTime();
  if (milliseconds >= 0 && milliseconds < Date.UTC(10_000, 0)) return undefined;
  return {
    code: "invalid-commit-time",
    where,
    problem: "must be a time from 1970 to 9999",
    got: Number.isNaN(milliseconds) ? "no time" : time.toISOString(),
    fix: "give the committer's time of the commit: git log -1 --format=%cI",
  };
}
