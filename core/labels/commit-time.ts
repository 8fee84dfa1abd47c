/** A commit's time, as builds and registries write it. The same commit gives the same text, whenever it is built. */
import { PlatformError, type Fault } from "../errors";

/**
 * RFC 3339 in UTC, whole seconds, as git keeps them: `2026-11-24T12:00:00Z`.
 * @throws PlatformError `invalid-commit-time`
 */
export function rfc3339(time: Date): string {
  refuse(commitTimeFault("commit time", time));
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

/**
 * Seconds since 1970 for SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/): BuildKit
 * writes it into configuration, history and, with `rewrite-timestamp`, into every file.
 * @throws PlatformError `invalid-commit-time`
 */
export function sourceDateEpoch(commitTime: Date): string {
  refuse(commitTimeFault("commit time", commitTime));
  return String(Math.floor(commitTime.getTime() / 1000));
}

/** Layers are tar archives, whose times start in 1970; RFC 3339 has years of four digits. */
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

function refuse(fault: Fault | undefined): void {
  if (fault !== undefined) throw new PlatformError(fault);
}
