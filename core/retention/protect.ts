/** What stays whatever the rules say: what environments run and ran, and digests that others name. */
import type { Digest } from "../images";
import type { Facts } from "./facts";
import type { Inventory, Promotion } from "./inventory";
import type { Notice, Reason } from "./plan-file";

export interface Pins {
  /** By version; the strongest reason of each. */
  readonly pinned: ReadonlyMap<number, Reason>;
  /** Digests that should be here and aren't. */
  readonly notices: readonly Notice[];
}

export function pins({ inventory, policy, now, table, tags }: Facts): Pins {
  const pinned = new Map<number, Reason>();
  const absent = new Map<Digest, string>();
  for (const tag of tags.byClass.get("environment") ?? []) {
    const version = tags.of[tag] as number;
    if (!pinned.has(version)) pinned.set(version, { kind: "environment", tag: tags.text[tag] as string });
  }
  const pin = (digest: Digest, by: string, reason: Reason): void => {
    const version = table.graph.find(digest);
    if (version === undefined) absent.set(digest, absent.get(digest) ?? by);
    else if (!pinned.has(version)) pinned.set(version, reason);
  };
  for (const { digest, by } of [...(inventory.inUse ?? [])].sort(byText(({ by }) => by))) {
    pin(digest, by, { kind: "in-use", by });
  }
  for (const { environment, digest, place } of rollbackSets(
    inventory.promotions ?? [],
    policy.rollback,
    now,
  )) {
    pin(digest, `environment ${environment}`, { kind: "rollback", environment, place });
  }
  const notices = [...absent].map(([digest, by]) => ({ kind: "not-in-package" as const, digest, by }));
  return { pinned, notices: notices.sort(byText(({ digest }) => digest)) };
}

interface Rollback {
  readonly environment: string;
  readonly digest: Digest;
  /** 0: what the records say it runs; 1: what it ran before; and so on. */
  readonly place: number;
}

/** By environment, the digest that its last record moved it to and the last different ones before. */
export function rollbackSets(promotions: readonly Promotion[], rollback: number, now: number): Rollback[] {
  return [...grouped(promotions, ({ environment }) => environment)]
    .sort(byText(([environment]) => environment))
    .flatMap(([environment, records]) =>
      history(records, now)
        .filter(({ place }) => place <= rollback)
        .map((each) => ({ environment, ...each })),
    );
}

/**
 * Different digests, the last first. Which of several records of one moment was the last can't be told: what they
 * moved to shares a place, and so does what they moved from. Records from the future are believed, and take no place
 * of a real one.
 */
function history(records: readonly Promotion[], now: number): { digest: Digest; place: number }[] {
  const targets = (of: readonly Promotion[]): Digest[] => of.map(({ to }) => to);
  const origins = (of: readonly Promotion[]): Digest[] => of.flatMap(({ from }) => from ?? []);
  const moments = grouped(records, ({ at }) => Date.parse(at));
  const latestFirst = [...moments].sort(([one], [other]) => other - one);
  const places = new Map<Digest, number>();
  let place = 0;
  for (const digests of latestFirst
    .filter(([at]) => at <= now)
    .flatMap(([, of]) => [targets(of), origins(of)])) {
    const fresh = digests.filter((digest) => !places.has(digest));
    for (const digest of fresh) places.set(digest, place);
    if (fresh.length > 0) place += 1;
  }
  const future = new Set(
    latestFirst.filter(([at]) => at > now).flatMap(([, of]) => [...targets(of), ...origins(of)]),
  );
  return [
    ...Array.from(places, ([digest, place]) => ({ digest, place })),
    ...Array.from(future, (digest) => ({ digest, place: 0 })),
  ];
}

function grouped<Item, Key>(items: readonly Item[], key: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function byText<Item>(text: (item: Item) => string): (one: Item, other: Item) => number {
  return (one, other) => (text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0);
}

/**
 * When the pull request of a tag was closed, milliseconds since 1970; Infinity: it is open; undefined: not known.
 * Where a number is listed twice, the answer that keeps longer counts.
 */
export function closingTimes({ pullRequests }: Inventory): (tag: string) => number | undefined {
  const closed = new Map<number, number>();
  for (const { number, closedAt } of pullRequests ?? []) {
    const at = closedAt === null ? Infinity : Date.parse(closedAt);
    closed.set(number, Math.max(at, closed.get(number) ?? -Infinity));
  }
  return (tag) => {
    const number = pullRequestOf(tag);
    return number === undefined ? undefined : closed.get(number);
  };
}

/** `pr-123` is of 123; undefined for any other tag. */
export function pullRequestOf(tag: string): number | undefined {
  const number = /^pr-([1-9]\d*)$/.exec(tag)?.[1];
  return number === undefined ? undefined : Number(number);
}
