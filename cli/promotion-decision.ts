/** Reads what a promotion is decided by, decides, and has it verified what the environment requires. */
import { readGateEvidence } from "../clients/gate-results";
import { readHistory } from "../clients/promotion-records";
import type { Manifest } from "../clients/registry";
import { requireVerified, type Verifier } from "../clients/verification";
import { PlatformError } from "../core/errors";
import { formatImageReference, type Digest } from "../core/names";
import {
  decidePromotion,
  refusalFault,
  stageBefore,
  type EnvironmentHistory,
  type GateEvidence,
  type PromotionDecision,
  type PromotionRules,
  type Wanted,
} from "../core/promotion";
import type { Io } from "./io";
import type { PromotedImage } from "./promotion-options";
import { heldBack, releaseDigest } from "./promotion-release";
import type { PromoteRequest } from "./promotion-request";
import { scanAgain } from "./promotion-scan";
import { requireManifest } from "../clients/registry-access";

export interface Decided {
  readonly decision: Exclude<PromotionDecision, { readonly action: "refuse" }>;
  /** Of the image that is decided for. */
  readonly manifest: Manifest;
  /** The environment's own. */
  readonly history: EnvironmentHistory;
  /** Whether the gate blocked the image, and someone let it through. */
  readonly forced: boolean;
}

/** How what is asked for is looked at. */
export interface Looking {
  readonly verifier: Verifier;
  /**
   * By which rules an image is scanned again whose scan counts no more, and whether the result is kept with it.
   * Undefined: such an image is refused.
   */
  readonly again: { readonly rules: PromotionRules["scan"]; readonly keep: boolean } | undefined;
}

/** @throws PlatformError where it is refused, or what is required isn't verified */
export async function decide(
  io: Io,
  image: PromotedImage,
  request: PromoteRequest,
  { verifier, again }: Looking,
): Promise<Decided> {
  const { registry, reference, reader, stages } = image;
  const { environment, release, required } = request;
  const name = formatImageReference({ name: reference.name });
  const released = release === undefined ? undefined : await releaseDigest(image, release);
  const wanted: Wanted = released === undefined ? request.wanted : { kind: "digest", digest: released };
  const histories = new Map<string, EnvironmentHistory>();
  for (const stage of stages) histories.set(stage, await readHistory(reader, stage));
  const history = histories.get(environment);
  const running = history?.current ?? null;
  const held =
    release === undefined || running === null
      ? undefined
      : await heldBack(image, environment, running, release);
  const { decision, evidence } =
    held === undefined || running === null
      ? await decideBy(io, image, { ...request, wanted }, histories, again)
      : { decision: { action: "nothing" as const, to: running, reason: held }, evidence: undefined };
  if (decision.action === "refuse" || history === undefined) {
    // Without a history of its own it is refused as an unknown one.
    throw new PlatformError(refusalFault(`${name}:${environment}`, decision as Refusal));
  }
  const manifest = await requireManifest(registry, reference.repository, decision.to);
  if (held === undefined) await requireVerified(verifier, required, `${name}@${decision.to}`);
  return { decision, manifest, history, forced: evidence?.verdict === "forced" };
}

type Refusal = Extract<PromotionDecision, { readonly action: "refuse" }>;

async function decideBy(
  io: Io,
  image: PromotedImage,
  { environment, wanted, expected, maxScanAgeDays }: PromoteRequest,
  histories: ReadonlyMap<string, EnvironmentHistory>,
  again: Looking["again"],
): Promise<{ readonly decision: PromotionDecision; readonly evidence: GateEvidence | undefined }> {
  const { stages } = image;
  const digest = digestOf(wanted, histories.get(stageBefore(stages, environment) ?? ""));
  const by = (evidence: GateEvidence | undefined) => ({
    evidence,
    decision: decidePromotion({
      ...{ stages, environment, histories, wanted, expected },
      evidence: (asked) => (asked === digest ? evidence : undefined),
      ...{ now: new Date(), policy: { maxScanAgeDays } },
    }),
  });
  const first = by(digest === undefined ? undefined : await evidenceOf(io, image, digest));
  const tooOld = first.decision.action === "refuse" && first.decision.code === "scan-too-old";
  if (!tooOld || again === undefined || digest === undefined) return first;
  return by(await scanAgain(io, image, digest, again.rules, again.keep));
}

/** A rollback asks for no evidence. */
function digestOf(wanted: Wanted, before: EnvironmentHistory | undefined): Digest | undefined {
  if (wanted.kind === "digest") return wanted.digest;
  return wanted.kind === "stage-before" ? (before?.current ?? undefined) : undefined;
}

/** What the gate said of the image. */
function evidenceOf(io: Io, { registry, reference }: PromotedImage, digest: Digest) {
  const notice = (sentence: string) => io.complain(sentence);
  return readGateEvidence(registry, reference.repository, reference.name, digest, notice);
}
