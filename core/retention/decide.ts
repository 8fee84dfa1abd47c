/**
 * What is to be said of each version for itself, before anything is said of what it belongs to: until when it
 * stays, and why. A version that only belongs to others (a child, a signature) has no opinion of its own.
 *
 * A date that isn't known is Infinity, and so is a day that nothing leads up to: missing knowledge keeps.
 */
import { fallbackSubject } from "../images";
import type { Facts } from "./facts";
import type { Reason } from "./plan-file";
import type { ExpireOrphans, ExpireUntagged, Rule } from "./policy";
import { day, type RuleEffects } from "./rules";
import { isCache, refers, unreadable, unreadableBecause, type Table } from "./table";
import type { TagFacts } from "./tag-facts";
import { parseMovingTag } from "./version-order";

export interface Decisions {
  /** By version: until when it stays for itself, milliseconds since 1970; -Infinity: it has no opinion. */
  readonly until: Float64Array;
  readonly reasons: (Reason | undefined)[];
  /** By rule that lets go what has no tag: how many versions it applied to. Other rules: 0. */
  readonly matched: number[];
}

export interface Known extends Facts {
  readonly effects: RuleEffects;
  /** By version: what pins it whatever the rules say. */
  readonly pinned: ReadonlyMap<number, Reason>;
  /** By version: 1 on a circle. */
  readonly cyclic: Uint8Array;
}

interface Opinion {
  readonly until: number;
  readonly reason: Reason;
}

export function decide(known: Known): Decisions {
  const { table, policy, now } = known;
  const until = new Float64Array(table.size).fill(-Infinity);
  const reasons = new Array<Reason | undefined>(table.size);
  const matched = policy.rules.map(() => 0);
  const leftovers = leftoverRules(known, matched);
  for (let version = 0; version < table.size; version++) {
    let strongest = opinionOf(version, known, leftovers);
    const graceEnd = (table.touched[version] as number) + policy.graceDays * day;
    if (graceEnd > now && graceEnd > (strongest?.until ?? -Infinity)) {
      strongest = { until: graceEnd, reason: { kind: "fresh" } };
    }
    if (strongest === undefined) continue;
    until[version] = strongest.until;
    reasons[version] = strongest.reason;
  }
  return { until, reasons, matched };
}

function opinionOf(version: number, known: Known, leftovers: Leftovers): Opinion | undefined {
  const { table, tags, cyclic, pinned } = known;
  if (((table.traits[version] as number) & unreadable) !== 0) {
    const why = unreadableBecause(table.rows[version] as Table["rows"][number]) ?? "";
    return { until: Infinity, reason: { kind: "unreadable", why } };
  }
  if (cyclic[version] === 1) return { until: Infinity, reason: { kind: "cyclic" } };
  const pin = pinned.get(version);
  if (pin !== undefined) return { until: Infinity, reason: pin };
  let strongest: Opinion | undefined;
  const end = tags.offsets[version + 1] as number;
  for (let tag = tags.offsets[version] as number; tag < end; tag++) {
    const opinion = opinionOfTag(tag, known, leftovers);
    if (opinion !== undefined && opinion.until > (strongest?.until ?? -Infinity)) strongest = opinion;
  }
  return strongest ?? (table.hasOwner[version] === 1 ? undefined : leftovers(version));
}

/** Undefined: the tag says nothing for itself, it goes by another tag of the version or by its subject. */
function opinionOfTag(tag: number, known: Known, leftovers: Leftovers): Opinion | undefined {
  const { table, tags, effects, policy } = known;
  const text = tags.text[tag] as string;
  const tagClass = tags.classes[tag];
  if (tagClass === "unknown") return { until: Infinity, reason: { kind: "unknown-class", tag: text } };
  if (tagClass === "signature") {
    const subject = fallbackSubject(text);
    const present = subject !== undefined && table.graph.find(subject) !== undefined;
    return present ? undefined : leftovers(tags.of[tag] as number);
  }
  const keepUntil = effects.keepUntil[tag] as number;
  const follows = tagClass === "semver" && tags.releases[tag] === undefined;
  const alone = follows && !movesWithVersion(tag, tags);
  const expireFrom = follows ? (alone ? Infinity : -Infinity) : (effects.expireFrom[tag] as number);
  if (keepUntil > known.now && keepUntil >= expireFrom) {
    const { id } = policy.rules[effects.keepRule[tag] as number] as Rule;
    return { until: keepUntil, reason: { kind: "rule", rule: id, tag: text } };
  }
  if (alone) return { until: Infinity, reason: { kind: "moving-tag", tag: text } };
  if (follows) return undefined;
  if (expireFrom === Infinity) return { until: Infinity, reason: whyNoDay(tag, known) };
  const { id } = policy.rules[effects.expireRule[tag] as number] as Rule;
  const kind = expireFrom > known.now ? "not-yet" : "rule";
  return { until: Math.max(keepUntil, expireFrom), reason: { kind, rule: id, tag: text } };
}

function whyNoDay(tag: number, { tags, effects, closedAt }: Known): Reason {
  const text = tags.text[tag] as string;
  // A rule that found no closing day left `expireRule` unset, since Infinity is no improvement on Infinity.
  if (tags.classes[tag] === "pull-request" && effects.expireRule[tag] === -1) {
    const closed = closedAt(text);
    if (closed === undefined) return { kind: "pull-request", tag: text, state: "unknown" };
    if (closed === Infinity) return { kind: "pull-request", tag: text, state: "open" };
  }
  return { kind: "no-rule", tag: text };
}

/** Whether `1.2` shares its image with a version of that line: then it goes when that version does. */
function movesWithVersion(tag: number, { offsets, of, text, releases }: TagFacts): boolean {
  const line = parseMovingTag(text[tag] as string);
  const version = of[tag] as number;
  return releases
    .slice(offsets[version], offsets[version + 1])
    .some(
      (release) => release !== undefined && line?.every((part, position) => part === release.core[position]),
    );
}

type Leftovers = (version: number) => Opinion;

/** The opinion on a version without a tag of its own and without an owner in the package. */
function leftoverRules({ table, tags, policy, now }: Known, matched: number[]): Leftovers {
  const rules = policy.rules
    .map((rule, position) => ({ rule, position }))
    .filter((each): each is { rule: ExpireUntagged | ExpireOrphans; position: number } =>
      ["expire-untagged", "expire-orphans"].includes(each.rule.kind),
    );
  // Signatures may be kept apart from their images (COSIGN_REPOSITORY); there all of them look like orphans.
  const onlySignatures = !table.newestFirst.some((version) => isTaggedImage(version, table, tags));
  return (version) => {
    const kind = leftoverKind(version, table, tags);
    if (kind === "referrer" && onlySignatures)
      return { until: Infinity, reason: { kind: "only-signatures" } };
    let soonest: { readonly from: number; readonly rule: string } | undefined;
    for (const { rule, position } of rules) {
      if (!appliesTo(rule, kind)) continue;
      matched[position] = (matched[position] as number) + 1;
      const from = (table.touched[version] as number) + rule.afterDays * day;
      if (soonest === undefined || from < soonest.from) soonest = { from, rule: rule.id };
    }
    if (soonest === undefined) return { until: Infinity, reason: { kind: "no-rule" } };
    return {
      until: soonest.from,
      reason: { kind: soonest.from > now ? "not-yet" : "rule", rule: soonest.rule },
    };
  };
}

type Kind = "image" | "cache" | "referrer";

function appliesTo(rule: ExpireUntagged | ExpireOrphans, kind: Kind): boolean {
  if (rule.kind === "expire-orphans") return kind === "referrer";
  return kind !== "referrer" && (rule.of === undefined || rule.of === "any" || rule.of === kind);
}

/** Told by the version alone, never by what stands around it: that changes as things are deleted. */
export function leftoverKind(version: number, { traits }: Table, { offsets, classes }: TagFacts): Kind {
  const end = offsets[version + 1] as number;
  for (let tag = offsets[version] as number; tag < end; tag++) {
    if (classes[tag] === "signature") return "referrer";
    if (classes[tag] === "cache") return "cache";
  }
  const own = traits[version] as number;
  return (own & refers) !== 0 ? "referrer" : (own & isCache) !== 0 ? "cache" : "image";
}

/** Whether a tag makes it an image that someone pulls, not a cache, a signature or what refers to an image. */
export function isTaggedImage(version: number, { traits }: Table, { offsets, classes }: TagFacts): boolean {
  if (((traits[version] as number) & refers) !== 0) return false;
  const end = offsets[version + 1] as number;
  for (let tag = offsets[version] as number; tag < end; tag++) {
    if (classes[tag] !== "signature" && classes[tag] !== "cache") return true;
  }
  return false;
}
