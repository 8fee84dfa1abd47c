/** From the verdicts on an image's platforms to the result that is kept with the image. */
import type { Fault } from "../errors";
import type { Digest } from "../names";
import type { GateResult } from "./gate-result";
import { blockCodesOf, type PlatformVerdict } from "./judge";

/** What a result says beside its verdicts. */
export interface ScanFacts {
  /** `<registry>/<owner>/<service>` */
  readonly image: string;
  readonly digest: Digest;
  readonly now: Date;
  readonly scanner: GateResult["scanner"];
  readonly staticImage: string | undefined;
  /** Undefined: a blocked image stays blocked. */
  readonly breakGlass: GateResult["breakGlass"];
}

/** @param verdicts at least one; an image that isn't looked at all over does not pass */
export function gateResultOf(facts: ScanFacts, verdicts: readonly PlatformVerdict[]): GateResult {
  const { image, digest, now, scanner, staticImage, breakGlass } = facts;
  const blocked = verdicts.some(({ blocks }) => blocks.length > 0);
  return {
    image,
    digest,
    verdict: !blocked ? "passed" : breakGlass === undefined ? "blocked" : "forced",
    at: now.toISOString(),
    scanner,
    platforms: verdicts.map((verdict) => ({
      platform: verdict.platform,
      digest: verdict.digest,
      packages: verdict.packages,
      findings: verdict.findings,
      fixable: verdict.fixable,
      excepted: verdict.excepted.length,
      blocks: blockCodesOf(verdict),
    })),
    exceptions: [...new Set(verdicts.flatMap(({ used }) => used))],
    ...(staticImage === undefined ? {} : { staticImage }),
    ...(blocked && breakGlass !== undefined ? { breakGlass } : {}),
  };
}

/** An image that results are to be evidence of. */
export interface GatedImage {
  /** `<registry>/<owner>/<service>` */
  readonly name: string;
  readonly digest: Digest;
  /** All that it lists. */
  readonly platforms: readonly string[];
}

/** Why results, one of the whole image or one for each platform, are no evidence that it passed. */
export function evidenceFaults(results: readonly GateResult[], image: GatedImage): Fault[] {
  const where = `${image.name}@${image.digest}`;
  const scanned = new Set(results.flatMap(({ platforms }) => platforms.map(({ platform }) => platform)));
  const problems = [
    ...results
      .filter((result) => result.image !== image.name || result.digest !== image.digest)
      .map((result) => `the result is of another image, ${result.image}@${result.digest}`),
    ...results.filter(({ verdict }) => verdict === "blocked").map(() => "the gate has blocked it"),
    ...image.platforms
      .filter((platform) => !scanned.has(platform))
      .map((platform) => `${platform} was not scanned`),
  ];
  return problems.map((problem) => ({
    code: "no-evidence",
    where,
    problem,
    fix: "scan this image with all of its platforms: ghcr image scan",
  }));
}

/**
 * One result of several on one image, e.g. of a job for each platform: as old as the oldest.
 * @param results at least one, without `evidenceFaults`
 */
export function mergeGateResults(results: readonly GateResult[]): GateResult {
  const [oldest, ...others] = [...results].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  if (oldest === undefined) throw new Error("there is no result to merge");
  if (others.length === 0) return oldest;
  const all = [oldest, ...others];
  const forced = all.find(({ verdict }) => verdict === "forced");
  const once = <T>(entries: readonly T[], key: (entry: T) => string): T[] =>
    [...new Map(entries.map((entry) => [key(entry), entry])).entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, entry]) => entry);
  return {
    ...(forced ?? oldest),
    at: oldest.at,
    platforms: once(
      all.flatMap((result) => result.platforms),
      ({ platform }) => platform,
    ),
    exceptions: once(
      all.flatMap((result) => result.exceptions),
      ({ id, scope }) => `${id} ${scope}`,
    ),
  };
}

/** Whether a result only repeats an earlier one of the same day, which then is evidence enough. */
export function isRepetition(result: GateResult, earlier: GateResult): boolean {
  const said = ({ at: _, ...rest }: GateResult) => JSON.stringify(rest);
  return said(result) === said(earlier) && Date.parse(result.at) - Date.parse(earlier.at) < day;
}

const day = 86_400_000;
