/** Whether an environment moves to an image. A decision over plain facts: whatever is not proven is refused. */
import type { Fault } from "../errors";
import type { Digest } from "../names";
import { hasRun, rollbackTarget, type EnvironmentHistory } from "./history";

/** The result of the gate, as it is attached to the image. */
export interface GateEvidence {
  /** `forced`: it was blocked, and someone let it through, which counts here as well. */
  readonly verdict: "passed" | "blocked" | "forced";
  /** When the image was last scanned, RFC 3339. */
  readonly scannedAt: string;
}

export interface PromotionPolicy {
  /** How many days a scan counts. A rollback asks for none: what ran before goes back whatever its age. */
  readonly maxScanAgeDays: number;
}

export interface PromotionQuestion {
  /** All environments of the service, in the order in which an image passes them. */
  readonly stages: readonly string[];
  /** The one that is to move. */
  readonly environment: string;
  readonly histories: ReadonlyMap<string, EnvironmentHistory>;
  /** Where to: a digest, what the stage before runs, or back by the records. */
  readonly wanted: Wanted;
  /** What the move is to replace; `none`: the environment runs nothing yet. Undefined: what the records say. */
  readonly expected: Digest | "none" | undefined;
  /** What the gate said of an image. */
  readonly evidence: (digest: Digest) => GateEvidence | undefined;
  readonly now: Date;
  readonly policy: PromotionPolicy;
}

export type Wanted =
  | { readonly kind: "digest"; readonly digest: Digest }
  | { readonly kind: "stage-before" }
  | { readonly kind: "rollback" };

export type PromotionDecision =
  | { readonly action: "move"; readonly to: Digest; readonly from: Digest | null; readonly reason: string }
  /** It runs there already, by a record. */
  | { readonly action: "nothing"; readonly to: Digest; readonly reason: string }
  | { readonly action: "refuse"; readonly code: RefusalCode; readonly reason: string; readonly fix: string };

export type RefusalCode =
  | "unknown-environment"
  | "no-digest"
  | "nothing-before"
  | "expected-mismatch"
  | "moved-by-others"
  | "stage-skipped"
  | "not-gated"
  | "gate-blocked"
  | "scan-too-old";

type Refusal = Extract<PromotionDecision, { readonly action: "refuse" }>;

const dayMs = 86_400_000;
/** Clocks of two machines differ by less. */
const clockMs = 3_600_000;

/**
 * Decides. Checks in this order: the environment is declared; there is an image to move to; the environment runs
 * what it is expected to run; for a promotion, the stage before has run that very digest, by a record that counts;
 * and the gate let it pass, not too long ago.
 */
export function decidePromotion(question: PromotionQuestion): PromotionDecision {
  const { environment, stages, wanted } = question;
  const own = question.histories.get(environment);
  if (own === undefined || !stages.includes(environment)) {
    return refuse(
      "unknown-environment",
      `${environment} is none of ${stages.join(", ")}`,
      "name one of them",
    );
  }
  // Where a run that is started again would go back once more, what it expects comes first.
  const changed = wanted.kind === "rollback" ? unexpected(question, own) : undefined;
  if (changed !== undefined) return changed;
  const to = target(question, own);
  if (typeof to !== "string") return to;
  const recorded = own.moves[0]?.record.to === own.current;
  if (own.current === to && recorded && wanted.kind !== "rollback") {
    return { action: "nothing", to, reason: `${environment} runs it already` };
  }
  const refusal =
    wanted.kind === "rollback" ? undefined : (unexpected(question, own) ?? unproven(question, to));
  if (refusal !== undefined) return refusal;
  return { action: "move", to, from: own.current, reason: reasonOf(question, own, to) };
}

/** The stage that an image passes before this one; undefined for the first. */
export function stageBefore(stages: readonly string[], environment: string): string | undefined {
  const position = stages.indexOf(environment);
  return position > 0 ? stages[position - 1] : undefined;
}

/** The fault that a refusal is to a person. */
export function refusalFault(where: string, { code, reason, fix }: Refusal): Fault {
  return { code, where, problem: reason, fix };
}

function target({ wanted, stages, environment, histories }: PromotionQuestion, own: EnvironmentHistory) {
  if (wanted.kind === "digest") return wanted.digest;
  if (wanted.kind === "rollback") {
    const before = rollbackTarget(own);
    if (before !== undefined) return before;
    const told = own.moves.length > 0 ? "nothing ran before it" : "no record says what ran before it";
    return refuse(
      "nothing-before",
      `${environment} can't go back: ${told}`,
      "promote a digest: --digest sha256:…",
    );
  }
  const before = stageBefore(stages, environment);
  const digest = before === undefined ? undefined : histories.get(before)?.current;
  if (digest !== undefined && digest !== null) return digest;
  const told = before === undefined ? `${environment} is the first stage` : `${before} runs nothing`;
  return refuse("no-digest", `which image is meant is not told: ${told}`, "name it: --digest sha256:…");
}

function unexpected(
  { expected, environment }: PromotionQuestion,
  own: EnvironmentHistory,
): Refusal | undefined {
  const runs = own.current ?? "none";
  if (expected !== undefined) {
    if (expected === runs) return undefined;
    return refuse(
      "expected-mismatch",
      `${environment} was expected to run ${expected} and runs ${runs}`,
      "look at what was promoted meanwhile (--status), then name what it runs now: --expect",
    );
  }
  // What a record says is expected without being named; a tag that no promotion set is not.
  const known = own.current === null ? own.records.length === 0 : own.moves.length > 0;
  if (known) return undefined;
  const how = own.current === null ? "its tag is gone" : "its tag was moved there by something else";
  return refuse(
    "moved-by-others",
    `${environment} runs ${runs}, and no promotion record says so: ${how}`,
    `make sure that this is to be replaced, then say so: --expect ${runs}`,
  );
}

function unproven(question: PromotionQuestion, to: Digest): Refusal | undefined {
  const { stages, environment, histories, evidence, policy, now } = question;
  const before = stageBefore(stages, environment);
  const ran = before === undefined ? undefined : histories.get(before);
  if (before !== undefined && (ran === undefined || !hasRun(ran, to))) {
    return refuse(
      "stage-skipped",
      `${to} has not run in ${before}, which comes before ${environment}`,
      `promote it there first: ghcr promote … --to ${before} --digest ${to}`,
    );
  }
  const gate = evidence(to);
  const scanFirst = "scan it and attach the result, then promote it: ghcr image scan";
  if (gate === undefined) return refuse("not-gated", `no gate result is attached to ${to}`, scanFirst);
  if (gate.verdict === "blocked") {
    return refuse("gate-blocked", `the gate blocked ${to} on ${gate.scannedAt}`, "promote a fixed image");
  }
  const age = now.getTime() - Date.parse(gate.scannedAt);
  // An age that can't be told is too old as well.
  if (age <= policy.maxScanAgeDays * dayMs && age >= -clockMs) return undefined;
  const told = age < 0 ? "which is yet to come" : `and counts for ${policy.maxScanAgeDays} days`;
  return refuse("scan-too-old", `the last scan of ${to} is of ${gate.scannedAt}, ${told}`, scanFirst);
}

function reasonOf({ wanted, stages, environment }: PromotionQuestion, own: EnvironmentHistory, to: Digest) {
  if (wanted.kind === "rollback") return `${environment} ran it before`;
  if (own.current === to) return "it points there already, and no record says so";
  const before = stageBefore(stages, environment);
  return before === undefined ? "it passed the gate" : `it passed the gate and ${before} has run it`;
}

function refuse(code: RefusalCode, reason: string, fix: string): Refusal {
  return { action: "refuse", code, reason, fix };
}
