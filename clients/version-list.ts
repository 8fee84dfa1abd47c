/**
 * The whole list of a package's versions, as it was at one moment, from pages that are read one after the other
 * while others push and delete.
 *
 * Pages 1 to k are read upwards and k - 1 to 1 downwards: 2k - 1 requests. Page k, at the turn, is read once, and
 * the moment of that read is the moment that the list is of. That holds where every page before k reads alike on
 * the way up and on the way down, and no version stands on two pages. Why: a version's id never comes back once it
 * is deleted and what GitHub tells of it changes with every tag that it gains or loses, so of what can happen
 * between two reads of a page
 *
 * - a deletion from a page that was read already leaves the row out of its second read;
 * - a deletion from a page that was not read yet, or from one whose second read is over, doesn't touch the list as
 *   of the turn: the row is rightly not in it, or rightly in it;
 * - a push at the top of the list stands on page 1 at its second read, and did not at the first; where it is gone
 *   again by then, it had moved the rows on: the last row of one page stands on the next one too, or page 1 shows
 *   it both times and it is part of the list;
 * - a push at the end of the list, if GitHub should list the oldest first, touches no page before the last;
 * - a tag that moves changes two rows, and with them the page that they are on.
 *
 * What the argument leaves out, a restored version and a page that GitHub answers from an old copy, the package's
 * own count of versions shows where it changes how many there are; and a plan's deletions are each looked at again.
 */
import type { PackageVersion } from "./packages";

export interface Page {
  readonly versions: readonly PackageVersion[];
  readonly hasNext: boolean;
}

export interface VersionList {
  /** In GitHub's order, each once. */
  readonly versions: readonly PackageVersion[];
  /** Why it may not be the list as of one moment; empty: it is. */
  readonly contradictions: readonly string[];
}

/** @param page reads a page, from 1 */
export async function readVersionList(page: (number: number) => Promise<Page>): Promise<VersionList> {
  const pages: (readonly PackageVersion[])[] = [];
  for (let hasNext = true; hasNext;) {
    const read = await page(pages.length + 1);
    pages.push(read.versions);
    hasNext = read.hasNext;
  }
  const differing = new Set<number>();
  for (let number = pages.length - 1; number >= 1; number--) {
    const again = await page(number);
    for (const id of differences(pages[number - 1] ?? [], again.versions)) differing.add(id);
  }
  const rows = new Map<number, PackageVersion>();
  const repeated = new Set<number>();
  for (const row of pages.flat()) {
    if (rows.has(row.id)) repeated.add(row.id);
    rows.set(row.id, row);
  }
  const contradictions = [
    ...(repeated.size === 0 ? [] : [`the list moved between two pages: ${told(repeated)} listed twice`]),
    ...(differing.size === 0 ? [] : [`two reads of the list differ in ${told(differing)}`]),
  ];
  return { versions: [...rows.values()], contradictions };
}

/** Ids of the rows that only one read has, or that the two tell different things of. */
function differences(one: readonly PackageVersion[], other: readonly PackageVersion[]): number[] {
  const facts = new Map(one.map((row) => [row.id, factsOf(row)]));
  const found = other.filter((row) => facts.get(row.id) !== factsOf(row)).map(({ id }) => id);
  const seen = new Set(other.map(({ id }) => id));
  return [...found, ...one.filter(({ id }) => !seen.has(id)).map(({ id }) => id)];
}

function factsOf({ digest, createdAt, updatedAt, tags }: PackageVersion): string {
  return JSON.stringify([digest, createdAt, updatedAt, [...tags].sort()]);
}

function told(ids: ReadonlySet<number>): string {
  return ids.size === 1 ? `version ${[...ids][0]}` : `${ids.size} versions`;
}
