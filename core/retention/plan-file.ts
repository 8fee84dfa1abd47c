/**
 * The plan of one package: what goes, in which order, and of every version why it goes or stays. Apply takes this
 * file and nothing else, and only while the inventory that it was made from still holds.
 */
import { z } from "zod";
import type { Digest, ReferenceKind } from "../images";
import { parseWith } from "./faults";
import { digestSchema, timeSchema } from "./inventory";

export const planFormat = "ghcr-platform/retention-plan@1";

export interface Plan {
  readonly format: typeof planFormat;
  readonly package: { readonly owner: string; readonly name: string };
  /** The one clock reading that all ages were taken from, RFC 3339. */
  readonly now: string;
  /** `fingerprint` of the inventory. */
  readonly inventory: string;
  /** `policyFingerprint` of the policy. */
  readonly policy: string;
  readonly summary: Summary;
  readonly brake: BrakeState;
  readonly notices: readonly Notice[];
  /** In the order in which they are to be made. */
  readonly deletions: readonly Deletion[];
  /** Every version once, by its id, which is about the order in which they were pushed. */
  readonly versions: readonly PlannedVersion[];
}

export interface Summary {
  readonly versions: number;
  readonly keep: number;
  readonly retain: number;
  readonly delete: number;
  /** Bytes of all versions; blobs that several share count once. */
  readonly bytes: number;
  /** Bytes that no version holds any more once the plan is done. */
  readonly freed: number;
}

/** A plan whose brake is on is not applied, not in part either, unless a person lets it through. */
export interface BrakeState {
  readonly versions: number;
  readonly percent: number;
  /** The limits that the plan is above; empty: the brake is off. */
  readonly trippedBy: readonly ("versions" | "percent")[];
}

export interface Deletion {
  readonly id: number;
  readonly digest: Digest;
  /** Positions, in `deletions`, of what has to be gone before; `frozenBy` follows them. */
  readonly after: readonly number[];
}

export interface PlannedVersion {
  readonly digest: Digest;
  readonly id: number;
  readonly tags: readonly string[];
  /** `retain`: the policy lets it go and GitHub would refuse. */
  readonly action: "keep" | "retain" | "delete";
  readonly reason: Reason;
  /** The first day on which it may go, `YYYY-MM-DD`, as far as is known today; `null`: no such day is known. */
  readonly expires: string | null;
  /** Bytes that nothing else leads to: itself, and what would hang in the air without it. */
  readonly bytes: number;
}

/**
 * Why a version stays or goes. `belongs` names what it was reached from; following it leads to a version with a
 * reason of its own.
 */
export type Reason =
  | { readonly kind: "belongs"; readonly as: ReferenceKind | "counted-with"; readonly to: Digest }
  | { readonly kind: "rule"; readonly rule: string; readonly tag?: string }
  | { readonly kind: "not-yet"; readonly rule: string; readonly tag?: string }
  | { readonly kind: "no-rule"; readonly tag?: string }
  | { readonly kind: "unknown-class"; readonly tag: string }
  | { readonly kind: "moving-tag"; readonly tag: string }
  | { readonly kind: "pull-request"; readonly tag: string; readonly state: "open" | "unknown" }
  | { readonly kind: "environment"; readonly tag: string }
  | { readonly kind: "rollback"; readonly environment: string; readonly place: number }
  | { readonly kind: "in-use"; readonly by: string }
  | { readonly kind: "only-signatures" }
  | { readonly kind: "fresh" }
  | { readonly kind: "cyclic" }
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "held"; readonly why: string }
  | { readonly kind: "last"; readonly what: "tagged image" | "image" | "tagged version" | "version" }
  | { readonly kind: "downloads"; readonly downloads: number };

/** What a person should know about, none of which stops the plan. */
export type Notice =
  | { readonly kind: "rule-matches-nothing"; readonly rule: string }
  | { readonly kind: "not-in-package"; readonly digest: Digest; readonly by: string }
  | { readonly kind: "already-broken"; readonly digest: Digest; readonly missing: Digest }
  | { readonly kind: "held"; readonly why: string };

const text = z.string();
const tag = z.string();
const rule = z.string();

const reasonSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("belongs"),
    as: z.enum(["child", "referrer", "fallback-tag", "counted-with"]),
    to: digestSchema,
  }),
  z.strictObject({ kind: z.literal("rule"), rule, tag: tag.optional() }),
  z.strictObject({ kind: z.literal("not-yet"), rule, tag: tag.optional() }),
  z.strictObject({ kind: z.literal("no-rule"), tag: tag.optional() }),
  z.strictObject({ kind: z.literal("unknown-class"), tag }),
  z.strictObject({ kind: z.literal("moving-tag"), tag }),
  z.strictObject({ kind: z.literal("pull-request"), tag, state: z.enum(["open", "unknown"]) }),
  z.strictObject({ kind: z.literal("environment"), tag }),
  z.strictObject({ kind: z.literal("rollback"), environment: text, place: z.int().min(0) }),
  z.strictObject({ kind: z.literal("in-use"), by: text }),
  z.strictObject({ kind: z.literal("only-signatures") }),
  z.strictObject({ kind: z.literal("fresh") }),
  z.strictObject({ kind: z.literal("cyclic") }),
  z.strictObject({ kind: z.literal("unreadable"), why: text }),
  z.strictObject({ kind: z.literal("held"), why: text }),
  z.strictObject({
    kind: z.literal("last"),
    what: z.enum(["tagged image", "image", "tagged version", "version"]),
  }),
  z.strictObject({ kind: z.literal("downloads"), downloads: z.int() }),
]);

const noticeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("rule-matches-nothing"), rule }),
  z.strictObject({ kind: z.literal("not-in-package"), digest: digestSchema, by: text }),
  z.strictObject({ kind: z.literal("already-broken"), digest: digestSchema, missing: digestSchema }),
  z.strictObject({ kind: z.literal("held"), why: text }),
]);

const count = z.int().min(0);
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>");

export const planSchema = z
  .strictObject({
    format: z.literal(planFormat),
    package: z.strictObject({ owner: text, name: text }),
    now: timeSchema,
    inventory: hash,
    policy: hash,
    summary: z.strictObject({
      versions: count,
      keep: count,
      retain: count,
      delete: count,
      bytes: count,
      freed: count,
    }),
    brake: z.strictObject({
      versions: count,
      percent: z.number(),
      trippedBy: z.array(z.enum(["versions", "percent"])),
    }),
    notices: z.array(noticeSchema),
    deletions: z.array(z.strictObject({ id: count, digest: digestSchema, after: z.array(count) })),
    versions: z.array(
      z.strictObject({
        digest: digestSchema,
        id: count,
        tags: z.array(tag),
        action: z.enum(["keep", "retain", "delete"]),
        reason: reasonSchema,
        expires: z.iso.date().nullable(),
        bytes: count,
      }),
    ),
  })
  .check(({ value: { deletions }, issues }) => {
    deletions.forEach(({ after }, position) => {
      const late = after.find((each) => each >= position);
      if (late === undefined) return;
      const message = "waits for deletions that must stand before it";
      issues.push({ code: "custom", message, path: ["deletions", position, "after"], input: late });
    });
  });

/**
 * Reads a plan file's JSON.
 * @param where the file, for errors
 * @throws PlatformError with every fault at once
 */
export function parsePlan(json: unknown, where: string): Plan {
  const fix = "make it again: ghcr retention plan --out <file>";
  // The cast drops `| undefined` from optional fields: JSON has no undefined.
  return parseWith(planSchema, json, { where, code: "invalid-plan", fix }) as Plan;
}

/**
 * A plan as the text of its file: JSON with a line for each deletion and version, so that two plans can be compared
 * line by line. The same plan gives the same bytes.
 */
export function formatPlan({ deletions, versions, ...head }: Plan): string {
  const top = JSON.stringify(head, null, 2).slice(0, -2);
  return `${top},\n  "deletions": ${rows(deletions)},\n  "versions": ${rows(versions)}\n}\n`;
}

function rows(items: readonly unknown[]): string {
  return items.length === 0
    ? "[]"
    : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
}
