/** Scans an image again whose scan counts no more, so that a promotion has something to go by. */
import { attachGateResult } from "../clients/gate-results";
import { PlatformError } from "../core/errors";
import { formatImageReference, type Digest } from "../core/names";
import type { GateEvidence, PromotionRules } from "../core/promotion";
import { blockFaults, defaultDatabase } from "../core/scan";
import type { Io } from "./io";
import type { PromotedImage } from "./promotion-options";
import { openImage, scanImage } from "../clients/scan-image";
import { shortDigest } from "./text-table";

/**
 * @param keep whether a result that lets it pass is attached to the image; a blocked one never is
 * @throws PlatformError where it isn't scanned, or is blocked
 */
export async function scanAgain(
  io: Io,
  { reference, registry }: PromotedImage,
  digest: Digest,
  rules: PromotionRules["scan"],
  keep: boolean,
): Promise<GateEvidence> {
  const pinned = { ...reference, digest };
  const target = { reference: pinned };
  io.complain(`${shortDigest(digest)}: its scan counts no more, scanning it again`);
  const { result, verdicts } = await scanImage(
    {
      target,
      database: rules.database ?? io.environment["GHCR_VULNERABILITY_DATABASE"] ?? defaultDatabase,
      exceptions: rules.exceptions ?? [],
      staticImage: rules.staticImage,
    },
    await openImage({ target }, io.environment),
    io.environment,
  );
  if (result.verdict === "blocked") {
    throw new PlatformError([
      {
        code: "gate-blocked",
        where: formatImageReference(pinned),
        problem: "its last scan let it pass and counts no more; scanned again, the gate blocks it",
        fix: "promote a fixed image",
      },
      ...blockFaults(verdicts, result.scanner.database),
    ]);
  }
  if (keep) await attachGateResult(registry, pinned, [result]);
  return { verdict: result.verdict, scannedAt: result.at };
}
