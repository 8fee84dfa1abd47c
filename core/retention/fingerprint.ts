/**
 * What a plan is bound to. Two inventories have one fingerprint exactly if they know the same, whatever the order
 * and the moment of the listing. Hashing is node's own: pure, like everything here.
 */
import { createHash } from "node:crypto";
import { digestOrder, type DigestOrder } from "./digest-order";
import type { Inventory, Version } from "./inventory";
import type { Policy } from "./policy";

/**
 * `sha256:<hex>` over all facts of the inventory but the time it was taken at.
 */
export function fingerprint(
  inventory: Inventory,
  order: DigestOrder = digestOrder(inventory.versions),
): string {
  const { owner, name, visibility } = inventory.package;
  return hash([
    [JSON.stringify([inventory.format, owner, name, visibility])],
    sortedLines(inventory.incomplete),
    sortedLines(inventory.pullRequests?.map(({ number, closedAt }) => [number, closedAt])),
    sortedLines(inventory.promotions?.map(({ environment, from, to, at }) => [environment, from, to, at])),
    sortedLines(inventory.inUse?.map(({ digest, by }) => [digest, by])),
    rowLines(inventory.versions, order),
  ]);
}

/** One line a row, in the order of digests; rows listed twice count once, as they do in a plan. */
function rowLines(versions: readonly Version[], { size, numbers }: DigestOrder): string[] {
  const lines = new Array<string>(size);
  versions.forEach((version, position) => {
    const number = numbers[position] as number;
    const line = lineOf(version);
    const before = lines[number];
    lines[number] =
      before === undefined ? line : [...new Set([...before.split("\n"), line])].sort().join("\n");
  });
  return lines;
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
  return hash([
    [JSON.stringify(policy, (_, value: unknown) => (isRecord(value) ? sortedKeys(value) : value))],
  ]);
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

function sortedLines(items: readonly unknown[] | undefined): string[] {
  if (items === undefined) return ["unknown"];
  return [`${items.length}`, ...items.map((item) => JSON.stringify(item)).sort()];
}

function hash(parts: readonly (readonly string[])[]): string {
  const sum = createHash("sha256");
  // Joined by the hundred, the lines become one text without intermediate ones.
  for (const lines of parts) {
    for (let start = 0; start < lines.length; start += 256)
      sum.update(`${lines.slice(start, start + 256).join("\n")}\n`);
  }
  return `sha256:${sum.digest("hex")}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortedKeys(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
