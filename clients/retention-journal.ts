/**
 * What an application of a plan has done, line by line, on disk before and after each deletion: from it a run that
 * was cut short goes on, and deleted images are restored.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { parseJson } from "../core/json";
import { digestSchema, timeSchema } from "../core/retention";

export const journalFormat = "ghcr-platform/retention-journal@1";

/** What became of one planned deletion. */
export type Outcome =
  | { readonly outcome: "deleted" }
  /** Someone else did it. */
  | { readonly outcome: "already-gone" }
  /** GitHub refuses, in its words. */
  | { readonly outcome: "retained"; readonly why: string }
  /** It was tagged, untagged or listed by a new image since the plan was made. */
  | { readonly outcome: "left-out"; readonly why: string }
  /** Deleted, and then found to be needed. */
  | { readonly outcome: "restored"; readonly why: string }
  | { readonly outcome: "failed"; readonly why: string };

const why = z.string();
const outcomeSchema = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("deleted") }),
  z.strictObject({ outcome: z.literal("already-gone") }),
  ...(["retained", "left-out", "restored", "failed"] as const).map((outcome) =>
    z.strictObject({ outcome: z.literal(outcome), why }),
  ),
]) as unknown as z.ZodType<Outcome>;

const lineSchema = z.discriminatedUnion("line", [
  z.strictObject({
    line: z.literal("plan"),
    format: z.literal(journalFormat),
    owner: z.string(),
    package: z.string(),
    plan: z.string(),
    inventory: z.string(),
    at: timeSchema,
  }),
  /** Written before the deletion is sent. `after`: digests that had to be gone before. */
  z.strictObject({
    line: z.literal("deleting"),
    id: z.int(),
    digest: digestSchema,
    tags: z.array(z.string()),
    after: z.array(digestSchema),
    at: timeSchema,
  }),
  z.strictObject({ line: z.literal("outcome"), digest: digestSchema, is: outcomeSchema, at: timeSchema }),
]);
export type JournalLine = z.infer<typeof lineSchema>;
export type JournalHead = Extract<JournalLine, { line: "plan" }>;

export interface JournalledDeletion {
  readonly id: number;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly after: readonly Digest[];
  readonly at: string;
}

export interface JournalState {
  readonly head: JournalHead | undefined;
  /** By digest, in the order of deletion: what was sent, or may have been. */
  readonly sent: ReadonlyMap<Digest, JournalledDeletion>;
  /** By digest, the last one. */
  readonly outcomes: ReadonlyMap<Digest, Outcome>;
}

export interface Journal {
  read(): JournalState;
  /** On disk when it returns. */
  add(line: JournalLine): void;
}

/** @throws PlatformError `invalid-journal` when read, where it isn't one */
export function journalFile(file: string): Journal {
  let ends: boolean | undefined;
  return {
    read: () => parseJournal(textOf(file), file),
    add(line) {
      // A line that a kill cut off must not swallow the next one.
      ends ??= /^$|\n$/.test(textOf(file).slice(-1));
      const handle = openSync(file, "a", 0o600);
      try {
        writeSync(handle, `${ends ? "" : "\n"}${JSON.stringify(line)}\n`);
        ends = true;
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    },
  };
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export function parseJournal(text: string, where: string): JournalState {
  let head: JournalHead | undefined;
  const sent = new Map<Digest, JournalledDeletion>();
  const outcomes = new Map<Digest, Outcome>();
  text.split("\n").forEach((content, position) => {
    const json = content === "" ? undefined : parseJson(content);
    // A kill while a line was written leaves its beginning: what it was to record was not yet done, or is looked up.
    if (json === undefined) return;
    const read = lineSchema.safeParse(json);
    if (!read.success) throw invalid(`${where}: line ${position + 1}`);
    const line = read.data;
    if (line.line === "plan") head ??= line;
    else if (line.line === "outcome") outcomes.set(line.digest, line.is);
    else sent.set(line.digest, line);
  });
  if (head === undefined && sent.size > 0) throw invalid(where);
  return { head, sent, outcomes };
}

function invalid(where: string): PlatformError {
  return new PlatformError({
    code: "invalid-journal",
    where,
    problem: "is not written as a retention journal is",
    fix: "give the file that `ghcr retention apply` wrote, unchanged",
  });
}
