/**
 * The planner: an inventory, a policy and a time in, a plan out; nothing else is read and nothing is done. What is
 * planned doesn't depend on the order of the input.
 *
 * 1. Each version says for itself until when it stays (`decide.ts`, with `rules.ts` and `protect.ts`).
 * 2. What belongs to something stays at least as long (`levels.ts`, over the one closure of `core/images`).
 * 3. What may go by now goes, unless GitHub would refuse (`refusals.ts`) or something is not known that might
 *    speak for it: then nothing of the package goes.
 */
import { EdgeList, parentsFirst, references, type Digest, type References } from "../images";
import { bytesHeldAlone, packageBytes } from "./bytes";
import { decide, type Decisions } from "./decide";
import { deletionsInOrder } from "./deletions";
import { readFacts, type Facts } from "./facts";
import { fingerprint, policyFingerprint } from "./fingerprint";
import type { Inventory } from "./inventory";
import { planFormat, type BrakeState, type Notice, type Plan } from "./plan-file";
import { plannedVersions } from "./planned-versions";
import type { Brake, Policy } from "./policy";
import { pins } from "./protect";
import { withRefusals, type Outcome } from "./refusals";
import { applyRules } from "./rules";
import { unreadable, unreadableBecause, type Table } from "./table";

/**
 * Plans one package.
 * @param policy complete, as `parsePolicy`, `definePolicy` and `defaultPolicy` return it
 * @param now the only clock reading; whatever is dated later counts as fresh
 */
export function plan(inventory: Inventory, policy: Policy, now: Date): Plan {
  const facts = readFacts(inventory, policy, now);
  const { table } = facts;
  const order = parentsFirst(table.graph.refs, table.newestFirst);
  const { outcome, notices } = judge(facts, order.cyclic);
  const held = whatIsNotKnown(facts);
  const doomed = held.length > 0 ? new Uint8Array(table.size) : upTo(facts.now, outcome.levels.until);
  const deletions = deletionsInOrder(table, order.sequence, doomed);
  const { all, freed } = packageBytes(facts, doomed);
  const retained = held.length > 0 ? 0 : outcome.retained.size;
  return {
    format: planFormat,
    package: { owner: inventory.package.owner, name: inventory.package.name },
    now: now.toISOString(),
    inventory: fingerprint(inventory),
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
    versions: plannedVersions(facts, outcome, doomed, held[0], bytesHeldAlone(facts, order)),
  };
}

/** What the rules, the protections and GitHub say, as if all that matters were known. */
function judge(facts: Facts, cyclic: Uint8Array): { outcome: Outcome; notices: Notice[] } {
  const effects = applyRules(facts);
  const { pinned, notices } = pins(facts);
  const decisions = decide({ ...facts, effects, pinned, cyclic });
  return {
    outcome: withRefusals(facts, withEdges(facts.table, effects.countedWith), decisions),
    notices: [...rulesWithoutMatch(facts.policy, effects.matched, decisions), ...notices],
  };
}

/** By version: 1 where the time has come. */
function upTo(now: number, until: Float64Array): Uint8Array {
  const come = new Uint8Array(until.length);
  until.forEach((time, version) => (come[version] = time <= now ? 1 : 0));
  return come;
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
function whatIsNotKnown({ inventory, table }: Facts): string[] {
  const unread: string[] = [];
  for (let version = 0; version < table.size; version++) {
    if (((table.traits[version] as number) & unreadable) === 0) continue;
    const row = table.rows[version] as Table["rows"][number];
    // An index that can't be read may list anything, tagged versions too (builds that push one tag a platform).
    unread.push(`${row.digest} could not be read (${unreadableBecause(row)}) and may need any other version`);
  }
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
function brokenAlready({ digests, graph }: Table, doomed: Uint8Array): Notice[] {
  return graph.missing
    .filter(({ node, kind }) => kind === "child" && doomed[node] === 0)
    .map(({ node, digest }) => ({
      kind: "already-broken" as const,
      digest: digests[node] as Digest,
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
