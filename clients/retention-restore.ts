/**
 * Brings back what an application of a plan has deleted, by its journal: children and referrers before what they
 * belong to, so that no image is there that isn't whole. GitHub keeps deleted versions for 30 days.
 */
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { attempts, backoff } from "./github-requests";
import type { Packages } from "./packages";
import type { Journal, JournalledDeletion, JournalState } from "./retention-journal";

export type Restoration =
  | { readonly outcome: "restored"; readonly missingTags: readonly string[] }
  /** Something that it needs could not be restored, so it stays deleted. */
  | { readonly outcome: "left-deleted"; readonly why: string }
  | { readonly outcome: "failed"; readonly why: string };

export interface RestoreOptions {
  readonly packages: Packages;
  readonly journal: Journal;
  /** Tags, digests or beginnings of digests; everything that hangs on them comes along. Empty: all. */
  readonly wanted: readonly string[];
  readonly now: () => Date;
  readonly report?: (digest: Digest, is: Restoration) => void;
}

/** @throws PlatformError `no-such-deletion`, with every one that the journal doesn't have */
export async function restoreDeleted(options: RestoreOptions): Promise<ReadonlyMap<Digest, Restoration>> {
  const { packages, journal, wanted, now } = options;
  const entries = deleted(journal.read());
  const chosen = wanted.length === 0 ? entries : whole(entries, roots(entries, wanted));
  const results = new Map<Digest, Restoration>();
  for (const { id, digest } of chosen.toReversed()) {
    const lacking = chosen.find((each) => each.after.includes(digest) && isAbsent(results.get(each.digest)));
    const why =
      lacking === undefined ? await restoreOne(packages, id) : `${lacking.digest} could not be restored`;
    if (why === undefined)
      journal.add({
        line: "outcome",
        digest,
        is: { outcome: "restored", why: "asked for" },
        at: now().toISOString(),
      });
    results.set(
      digest,
      why === undefined
        ? { outcome: "restored", missingTags: [] }
        : { outcome: lacking === undefined ? "failed" : "left-deleted", why },
    );
  }
  // Whether tags come back, and what becomes of one that was used again, GitHub doesn't document.
  for (const { id, digest, tags } of chosen) {
    if (results.get(digest)?.outcome === "restored") {
      const live = await packages.version(id);
      const missingTags = tags.filter((tag) => live?.tags.includes(tag) !== true);
      results.set(digest, { outcome: "restored", missingTags });
    }
    options.report?.(digest, results.get(digest) as Restoration);
  }
  return results;
}

/** Undefined: it is there again. */
export async function restoreOne(packages: Packages, id: number): Promise<string | undefined> {
  let why = "";
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const deed = await packages.restore(id);
    if (deed.outcome === "done") return undefined;
    if (deed.outcome === "limited") {
      why = "rate limit";
      await packages.limits.wait(deed.pause, "GitHub asks to wait");
      continue;
    }
    // Whatever the answer was: what counts is whether it is there.
    if ((await packages.version(id)) !== undefined) return undefined;
    if (deed.outcome === "not-found") return "GitHub no longer has it (versions are kept for 30 days)";
    if (deed.outcome !== "unsure") return deed.words;
    why = deed.why;
    await packages.limits.wait(backoff(attempt), `GitHub fails (${why})`);
  }
  return why;
}

function isAbsent(restoration: Restoration | undefined): boolean {
  return restoration !== undefined && restoration.outcome !== "restored";
}

/**
 * What was deleted or may have been, in the order of deletion: the run was cut short while it deleted it, or all
 * answers were lost.
 */
function deleted({ sent, outcomes }: JournalState): JournalledDeletion[] {
  return [...sent.values()].filter(({ digest }) =>
    ["deleted", "failed"].includes(outcomes.get(digest)?.outcome ?? "deleted"),
  );
}

function roots(entries: readonly JournalledDeletion[], wanted: readonly string[]): Set<Digest> {
  const found = wanted.map((text) => ({
    text,
    digests: entries
      .filter(
        ({ digest, tags }) =>
          tags.includes(text) ||
          (text.length >= 7 && [digest, digest.slice(7)].some((name) => name.startsWith(text))),
      )
      .map(({ digest }) => digest),
  }));
  const faults = found
    .filter(({ digests }) => digests.length !== 1)
    .map(({ text, digests }) => ({
      code: "no-such-deletion",
      where: "journal",
      problem:
        digests.length === 0 ? "it records no such deletion" : `${digests.length} deletions begin like this`,
      got: text,
      fix: "give a tag that was deleted, or as much of a digest as only one has",
    }));
  if (faults.length > 0) throw new PlatformError(faults);
  return new Set(found.flatMap(({ digests }) => digests));
}

/** The roots and all that was deleted because of them; owners stand before what they own. */
function whole(entries: readonly JournalledDeletion[], wanted: ReadonlySet<Digest>): JournalledDeletion[] {
  const reached = new Set<Digest>();
  for (const { digest, after } of entries) {
    if (wanted.has(digest) || after.some((each) => reached.has(each))) reached.add(digest);
  }
  return entries.filter(({ digest }) => reached.has(digest));
}
