/**
 * What a plan is bound to. Two inventories have one fingerprint exactly if they know the same, whatever the order
 * and the moment of the listing. Hashing is node's own: pure, like everything here.
 */
import { createHash } from "node:crypto";
import type { Digest } from "../images";
import type { Inventory, Version } from "./inventory";
import { orderOfIds } from "./numbering";
import type { Policy } from "./policy";

/** `sha256:<hex>` over all facts of the inventory but the time it was taken at. */
export function fingerprint(inventory: Inventory): string {
  const { owner, name, visibility } = inventory.package;
  const sum = createHash("sha256");
  sum.update(JSON.stringify([inventory.format, owner, name, visibility]));
  sum.update(sortedLines(inventory.incomplete));
  sum.update(sortedLines(inventory.pullRequests?.map(({ number, closedAt }) => [number, closedAt])));
  sum.update(
    sortedLines(inventory.promotions?.map(({ environment, from, to, at }) => [environment, from, to, at])),
  );
  sum.update(sortedLines(inventory.inUse?.map(({ digest, by }) => [digest, by])));
  for (const chunk of rowLines(inventory.versions)) sum.update(chunk);
  return `sha256:${sum.digest("hex")}`;
}

/**
 * One line a row, a few hundred at a time, in the order of ids: versions are listed in it or the other way round, so
 * that rows are read as they lie in memory. Rows listed twice count once, as they do in a plan.
 */
function* rowLines(versions: readonly Version[]): Iterable<string> {
  const order = orderOfIds(versions);
  let lines: string[] = [];
  for (let start = 0; start < order.length;) {
    const { id } = versions[order[start] as number] as Version;
    const first = lines.push(lineOf(versions[order[start] as number] as Version)) - 1;
    let end = start + 1;
    for (; end < order.length && versions[order[end] as number]?.id === id; end++) {
      lines.push(lineOf(versions[order[end] as number] as Version));
    }
    if (end - start > 1) lines.push(...new Set(lines.splice(first).sort()));
    start = end;
    if (lines.length < 256) continue;
    yield `${lines.join("\n")}\n`;
    lines = [];
  }
  yield lines.join("\n");
}

/**
 * A version on one line. Sizes, types and blobs are left out, since the digest settles them. It settles children and
 * subject too, but by those it is decided what goes, so a file that was edited by hand must not pass.
 */
function lineOf({ id, digest, createdAt, updatedAt, tags, manifest, downloads }: Version): string {
  const updated = updatedAt === createdAt ? "" : updatedAt;
  const head = `${digest} ${id} ${createdAt} ${updated} ${downloads ?? ""} ${sortedText(tags)}`;
  if ("unreadable" in manifest) return `${head} ?`;
  return `${head} ${manifest.subject ?? ""} ${sortedText(manifest.children)}`;
}

/** `sha256:<hex>` over a policy; the order of its rules matters, since it settles which one is named. */
export function policyFingerprint(policy: Policy): string {
  const text = JSON.stringify(policy, (_, value: unknown) => (isRecord(value) ? sortedKeys(value) : value));
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** All facts of a version, whatever the order of tags and children: equal for rows that say the same. */
export function canonicalVersion(version: Version): string {
  const { manifest } = version;
  const facts =
    "unreadable" in manifest ? manifest : { ...manifest, children: [], blobs: [...manifest.blobs].sort() };
  return `${lineOf(version)} ${JSON.stringify(sortedKeys(facts))}`;
}

/** Different items in order, with commas. By insertion: lists are short, and there are as many as versions. */
function sortedText(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? "";
  if (items.length > 16) return [...new Set(items)].sort().join(",");
  const sorted: string[] = [];
  for (const item of items) {
    let place = sorted.length;
    while (place > 0 && (sorted[place - 1] as string) > item) place--;
    if (sorted[place - 1] !== item) sorted.splice(place, 0, item);
  }
  return sorted.join(",");
}

function sortedLines(items: readonly unknown[] | undefined): string {
  if (items === undefined) return "unknown\n";
  const lines = items.map((item) => JSON.stringify(item)).sort();
  return `${[lines.length, ...lines].join("\n")}\n`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortedKeys(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A digest that stands for something that has no bytes: what a simulation makes up. The same text, the same digest. */
export function digestOfText(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
