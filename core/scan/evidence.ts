/** From the verdicts on an image's platforms to the result that is kept with the image. */
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
