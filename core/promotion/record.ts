/**
 * The record of one move of an environment: a manifest whose `subject` is the image that was moved to, with all it
 * says in an annotation, so that whoever lists the manifests of a package has read it. docs/promotion.md is its
 * description for others.
 */
import { z } from "zod";
import { parseJson } from "../json";
import { isDigest, type Digest } from "../names";

/** Version 1, the only one that is written. */
export const promotionArtifactType = "application/vnd.ghcr-platform.promotion.v1+json";
/** The annotation of a record's manifest that holds it as JSON. */
export const promotionAnnotation = "vnd.ghcr-platform.promotion";

export interface PromotionRecord {
  /** `rollback`: back to what the environment ran before, by the records. */
  readonly kind: "promotion" | "rollback";
  readonly environment: string;
  /** All environments of the service in their order, as they were when it moved. */
  readonly stages: readonly string[];
  /** What the environment's tag pointed at right before; null: there was no such tag. */
  readonly from: Digest | null;
  /** The subject. */
  readonly to: Digest;
  /** What whoever moved it said it would replace; null: they left that to the records. */
  readonly expected: Digest | "none" | null;
  /** Login or name. */
  readonly by: string;
  readonly why: string;
  /** RFC 3339. For people: the order is that of `sequence`. */
  readonly at: string;
  /** Greater than that of every record of the environment that was there. From 1. */
  readonly sequence: number;
  /** The record before this one: its manifest's digest. */
  readonly previous: Digest | null;
  /** Null where an image doesn't say its commit, or no checkout knows the commits. */
  readonly commits: CommitsBetween | null;
  /** The deployment on GitHub; null: none was made. */
  readonly deployment: { readonly repository: string; readonly id: number } | null;
}

/** What lies between the two images. */
export interface CommitsBetween {
  /** Commit of `from`, 40 hexadecimal digits. */
  readonly from: string;
  readonly to: string;
  /** How many commits `to` has that `from` hasn't; and the other way round, for a move back. */
  readonly ahead: number;
  readonly behind: number;
  /** The newest of them, of the side that has any. */
  readonly subjects: readonly { readonly commit: string; readonly subject: string }[];
}

/** A record with the digest of its own manifest. */
export interface KeptRecord {
  readonly id: Digest;
  readonly record: PromotionRecord;
}

/** What a manifest is, as far as promotion goes. */
export type ReadRecord =
  | { readonly kind: "none" }
  | { readonly kind: "record"; readonly record: PromotionRecord }
  /** A record that isn't understood, of a later version or broken: it stays, and so does what it is about. */
  | { readonly kind: "unknown"; readonly problem: string; readonly subject: Digest | undefined };

/** The most that a record says of commits: annotations are for small things. */
const subjectLimit = 20;

const digest = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "must be a digest");
const commit = z.string().regex(/^[0-9a-f]{40}$/, "must be a commit");
const count = z.int().min(0);

const recordSchema = z.strictObject({
  kind: z.enum(["promotion", "rollback"]),
  environment: z.string().min(1),
  stages: z.array(z.string().min(1)).min(1),
  from: digest.nullable(),
  to: digest,
  expected: z.union([digest, z.literal("none")]).nullable(),
  by: z.string().min(1),
  why: z.string().min(1),
  at: z.iso.datetime({ offset: true }),
  sequence: z.int().positive(),
  previous: digest.nullable(),
  commits: z
    .strictObject({
      from: commit,
      to: commit,
      ahead: count,
      behind: count,
      subjects: z.array(z.strictObject({ commit, subject: z.string() })).max(subjectLimit),
    })
    .nullable(),
  deployment: z.strictObject({ repository: z.string().min(1), id: z.int().positive() }).nullable(),
});

const manifestSchema = z.looseObject({
  artifactType: z.string(),
  subject: z.looseObject({ digest }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The annotations of a record's manifest. */
export function recordAnnotations(record: PromotionRecord): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.created": record.at,
    [promotionAnnotation]: JSON.stringify(record),
  };
}

/**
 * Reads any manifest's JSON. A record of version 1 is read strictly: a field too much or too few makes it unknown,
 * and so does a subject that is not what it says to have moved to.
 */
export function readRecord(manifest: unknown): ReadRecord {
  const read = manifestSchema.safeParse(manifest);
  if (!read.success) return { kind: "none" };
  const { artifactType, annotations } = read.data;
  const [, version] =
    /^application\/vnd\.ghcr-platform\.promotion\.v([0-9]+)\+json$/.exec(artifactType) ?? [];
  if (version === undefined) return { kind: "none" };
  const subject = read.data.subject?.digest;
  const unknown = (problem: string): ReadRecord => ({ kind: "unknown", problem, subject });
  if (version !== "1") return unknown(`it is of version ${version}, and this program reads version 1`);
  const content = recordSchema.safeParse(parseJson(annotations?.[promotionAnnotation] ?? ""));
  if (!content.success) {
    const [issue] = content.error.issues;
    return unknown(`${issue?.path.join(".") || promotionAnnotation}: ${issue?.message ?? "is broken"}`);
  }
  if (content.data.to !== subject)
    return unknown("its subject is not the image that it says to have moved to");
  return { kind: "record", record: content.data };
}

/** The commits between as a record keeps them: the newest ones, each by its first line. */
export function commitsBetween(facts: CommitsBetween): CommitsBetween {
  const line = (subject: string) => (subject.split("\n")[0] ?? "").slice(0, 120);
  return {
    ...facts,
    subjects: facts.subjects
      .slice(0, subjectLimit)
      .map((each) => ({ commit: each.commit, subject: line(each.subject) })),
  };
}
