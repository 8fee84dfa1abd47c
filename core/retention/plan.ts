/**
 * The planner: an inventory, a policy and a time in, a plan out; nothing else is read and nothing is done. What is
 * planned doesn't depend on the order of the input.
 *
 * 1. Each version says for itself until when it stays (`decide.ts`, with `rules.ts` and `protect.ts`).
 * 2. What belongs to something stays at least as long (`levels.ts`, over the one closure of `core/images`).
 * 3. What may go by now goes, unless GitHub would refuse (`refusals.ts`) or something is not known that might
 *    speak for it: then nothing of the package goes.
 */
import { EdgeList, parentsFirst, references, referenceKinds, type References } from "../images";
import { bytesHeldAlone, packageBytes } from "./bytes";
import { decide, type Decisions } from "./decide";
import { deletionsInOrder } from "./deletions";
import { digestOrder } from "./digest-order";
import { fingerprint, policyFingerprint } from "./fingerprint";
import type { Inventory } from "./inventory";
import {
  planFormat,
  type BrakeState,
  type Notice,
  type Plan,
  type PlannedVersion,
  type Reason,
} from "./plan-file";
import type { Brake, Policy } from "./policy";
import { closingTimes, pins } from "./protect";
import { withRefusals, type Outcome } from "./refusals";
import { applyRules } from "./rules";
import { tabulate, unreadable, unreadableBecause, type Table } from "./table";
import { tagFacts, type TagFacts } from "./tag-facts";

/**
 * Plans one package.
 * @param policy complete, as `parsePolicy`, `definePolicy` and `defaultPolicy` return it
 * @param now the only clock reading; whatever is dated later counts as fresh
 */
export function plan(inventory: Inventory, policy: Policy, now: Date): Plan {
  const time = now.getTime();
  const order = digestOrder(inventory.versions);
  const table = tabulate(inventory, order);
  const tags = tagFacts(table, inventory, policy);
  const sequence = parentsFirst(table.graph.refs, table.newestFirst);
  const { outcome, notices } = judge(inventory, policy, time, table, tags, sequence.cyclic);
  const held = whatIsNotKnown(inventory, table);
  const doomed = Uint8Array.from(outcome.levels.until, (until) =>
    held.length === 0 && until <= time ? 1 : 0,
  );

  const deletions = deletionsInOrder(table, sequence.sequence, doomed);
  const { all, freed } = packageBytes(inventory, table, doomed);
  const retained = held.length > 0 ? 0 : outcome.retained.size;
  return {
    format: planFormat,
    package: { owner: inventory.package.owner, name: inventory.package.name },
    now: now.toISOString(),
    inventory: fingerprint(inventory, order),
    policy: policyFingerprint(policy),
    summary: {
      versions: table.size,
      keep: table.size - retained - deletions.length,
      retain: retained,
      delete: deletions.length,
      bytes: all,
      freed,
    },
    brake: brakeState(policy.brake, deletions.length, table.size),
    notices: [
      ...held.map((why) => ({ kind: "held" as const, why })),
      ...notices,
      ...brokenAlready(table, doomed),
    ],
    deletions,
    versions: plannedVersions(
      table,
      tags,
      outcome,
      doomed,
      held[0],
      bytesHeldAlone(inventory, table, tags, sequence),
      time,
    ),
  };
}

/** What the rules, the protections and GitHub say, as if all that matters were known. */
function judge(
  inventory: Inventory,
  policy: Policy,
  now: number,
  table: Table,
  tags: TagFacts,
  cyclic: Uint8Array,
): { outcome: Outcome; notices: Notice[] } {
  const closedAt = closingTimes(inventory);
  const effects = applyRules(table, tags, policy, closedAt, now);
  const { pinned, notices } = pins(table, tags, inventory, policy, now);
  const decisions = decide({ table, tags, effects, policy, closedAt, pinned, cyclic, now });
  const refs = withEdges(table, effects.countedWith);
  return {
    outcome: withRefusals(inventory, table, tags, refs, decisions, now),
    notices: [...rulesWithoutMatch(policy, effects.matched, decisions), ...notices],
  };
}

function withEdges({ size, graph: { refs, edges } }: Table, more: EdgeList): References {
  if (more.count === 0) return refs;
  const all = new EdgeList();
  for (const list of [edges, more]) {
    for (let edge = 0; edge < list.count; edge++) {
      all.add(list.from[edge] as number, list.to[edge] as number, list.kind[edge] as number);
    }
  }
  return references(size, all);
}

/** Why nothing of this package may be deleted now; empty: all that a deletion might depend on is known. */
function whatIsNotKnown(inventory: Inventory, table: Table): string[] {
  const unread: string[] = [];
  table.traits.forEach((traits, version) => {
    if ((traits & unreadable) === 0) return;
    const row = table.rows[version] as Table["rows"][number];
    // An index that can't be read may list anything, tagged versions too (builds that push one tag a platform).
    unread.push(`${row.digest} could not be read (${unreadableBecause(row)}) and may need any other version`);
  });
  return [
    ...[...inventory.incomplete].sort().map((why) => `the list of versions is incomplete: ${why}`),
    ...table.contradictions.map((why) => `the list of versions changed while it was read: ${why}`),
    ...(inventory.promotions === null ? ["promotion records are not known"] : []),
    ...(inventory.inUse === null ? ["digests in use are not known"] : []),
    ...unread,
  ];
}

function rulesWithoutMatch(policy: Policy, matched: readonly number[], decisions: Decisions): Notice[] {
  return policy.rules
    .filter((_, position) => (matched[position] ?? 0) + (decisions.matched[position] ?? 0) === 0)
    .map(({ id }) => ({ kind: "rule-matches-nothing", rule: id }));
}

/** Kept indexes that lack a child today: not of this plan's making, and worth knowing before it is blamed. */
function brokenAlready({ rows, graph }: Table, doomed: Uint8Array): Notice[] {
  return graph.missing
    .filter(({ node, kind }) => kind === "child" && doomed[node] === 0)
    .map(({ node, digest }) => ({
      kind: "already-broken" as const,
      digest: (rows[node] as Table["rows"][number]).digest,
      missing: digest,
    }))
    .sort((one, other) => (one.digest + one.missing < other.digest + other.missing ? -1 : 1));
}

function brakeState({ versions, percent }: Brake, deletions: number, size: number): BrakeState {
  const trippedBy: BrakeState["trippedBy"][number][] = [];
  if (deletions > versions) trippedBy.push("versions");
  if (deletions * 100 > size * percent) trippedBy.push("percent");
  return { versions, percent, trippedBy };
}

function plannedVersions(
  table: Table,
  tags: TagFacts,
  { decisions, levels: { until, marks }, retained }: Outcome,
  doomed: Uint8Array,
  held: string | undefined,
  bytes: Float64Array,
  now: number,
): PlannedVersion[] {
  const dayOf = dayFormatter();
  const digestOf = (version: number) => (table.rows[version] as Table["rows"][number]).digest;
  const reasonOf = (version: number): Reason => {
    const own = decisions.until[version] as number;
    const stays = until[version] as number;
    const itsOwn = decisions.reasons[version];
    // What is doomed with its owner and by a rule of its own names the rule.
    if (itsOwn !== undefined && (own === stays || stays <= now)) return itsOwn;
    const as = howNames[marks.how[version] as number] ?? "child";
    return { kind: "belongs", as, to: digestOf(marks.via[version] as number) };
  };
  const planned = new Array<PlannedVersion>(table.size);
  for (const version of table.listed) {
    const { digest, id } = table.rows[version] as Table["rows"][number];
    const isHeld = held !== undefined && (retained.has(version) || (until[version] as number) <= now);
    planned[version] = {
      digest,
      id,
      tags: tagsOf(version, tags),
      action: doomed[version] === 1 ? "delete" : retained.has(version) && !isHeld ? "retain" : "keep",
      reason: isHeld ? { kind: "held", why: held } : reasonOf(version),
      expires: isHeld ? null : dayOf(until[version] as number),
      bytes: bytes[version] as number,
    };
  }
  return planned;
}

function tagsOf(version: number, { offsets, text }: TagFacts): readonly string[] {
  const [start, end] = [offsets[version] as number, offsets[version + 1] as number];
  return start === end ? noTags : text.slice(start, end);
}

const noTags: readonly string[] = [];
const howNames = [...referenceKinds, "counted-with"] as const;

/** `YYYY-MM-DD` in UTC; many versions share a day. */
function dayFormatter(): (time: number) => string | null {
  const texts = new Map<number, string>();
  return (time) => {
    // ECMA-262, "Time Values and Time Range": no date lies beyond.
    if (time > 8.64e15) return null;
    const number = Math.floor(time / 86_400_000);
    const text = texts.get(number) ?? new Date(time).toISOString().slice(0, 10);
    texts.set(number, text);
    return text;
  };
}
