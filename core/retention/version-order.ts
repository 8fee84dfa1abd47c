/**
 * Versions among tags, and which of two is the higher: Semantic Versioning 2.0.0, sections 2, 9, 10 and 11, with
 * what tags add to it (a `v` in front, `_` for the `+` that no tag may contain). Numbers stay text, so that a date
 * or a build number of any length keeps its order; the semver package refuses those beyond 2^53.
 */
import { Range } from "semver";

export interface ReleaseVersion {
  /** Major, minor, patch; decimal without leading zeros. */
  readonly core: readonly [string, string, string];
  /** Identifiers of the pre-release, empty for a release. */
  readonly prerelease: readonly string[];
}

/** The version that a whole tag names; undefined for anything near one (`1.2`, `1.2.3.4`, `01.2.3`). */
export function parseVersion(tag: string): ReleaseVersion | undefined {
  const match =
    /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:[+_][0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
      tag,
    );
  if (match === null) return undefined;
  const prerelease = match[4]?.split(".") ?? [];
  if (prerelease.some((part) => /^0\d+$/.test(part))) return undefined;
  return { core: [match[1] as string, match[2] as string, match[3] as string], prerelease };
}

/** The line that a moving tag follows: `1` → ["1"], `v1.2` → ["1", "2"]; undefined for any other tag. */
export function parseMovingTag(tag: string): readonly string[] | undefined {
  const match = /^v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?$/.exec(tag);
  return match === null ? undefined : match.slice(1).filter((part) => part !== undefined);
}

/** Below 0 where `one` is the lower, 0 where only build metadata differs. */
export function compareVersions(one: ReleaseVersion, other: ReleaseVersion): number {
  for (let part = 0; part < 3; part++) {
    const difference = compareNumbers(one.core[part] as string, other.core[part] as string);
    if (difference !== 0) return difference;
  }
  if (one.prerelease.length === 0 || other.prerelease.length === 0) {
    return other.prerelease.length - one.prerelease.length;
  }
  const shared = Math.min(one.prerelease.length, other.prerelease.length);
  for (let part = 0; part < shared; part++) {
    const difference = compareIdentifiers(one.prerelease[part] as string, other.prerelease[part] as string);
    if (difference !== 0) return difference;
  }
  return one.prerelease.length - other.prerelease.length;
}

/** Whether versions lie in a range, pre-releases by precedence alone. */
export type VersionRange = (version: ReleaseVersion) => boolean;

/**
 * Reads a range as npm writes them (`>=1.2 <3`, `^2`, `1.x || 3.x`).
 * @throws TypeError for anything else
 */
export function parseRange(text: string): VersionRange {
  const alternatives = new Range(text, { includePrerelease: true }).set.map((comparators) =>
    comparators.map(({ operator, semver }) => ({ operator, bound: bound(semver) })),
  );
  return (version) =>
    alternatives.some((comparators) =>
      comparators.every(({ operator, bound: other }) => holds(version, operator, other)),
    );
}

/** `*` is a comparator whose version is a symbol without numbers. */
function bound(semver: { version?: string }): ReleaseVersion | undefined {
  return semver.version === undefined ? undefined : parseVersion(semver.version);
}

function holds(version: ReleaseVersion, operator: string, other: ReleaseVersion | undefined): boolean {
  if (other === undefined) return true;
  const difference = compareVersions(version, other);
  switch (operator) {
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    default:
      return difference === 0;
  }
}

/** Decimal numbers without leading zeros: the longer is the greater. */
function compareNumbers(one: string, other: string): number {
  return one.length === other.length ? compareText(one, other) : one.length - other.length;
}

/** Section 11.4: numbers below words, numbers by size, words by ASCII. */
function compareIdentifiers(one: string, other: string): number {
  const oneIsNumber = /^\d+$/.test(one);
  const otherIsNumber = /^\d+$/.test(other);
  if (oneIsNumber && otherIsNumber) return compareNumbers(one, other);
  if (oneIsNumber !== otherIsNumber) return oneIsNumber ? -1 : 1;
  return compareText(one, other);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
