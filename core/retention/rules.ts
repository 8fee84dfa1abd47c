/**
 * What each rule says of each tag. Rules are looked at one by one and none knows what another one decided: adding a
 * rule that keeps can therefore only keep more, and what a rule counts doesn't change when something is deleted.
 */
import { EdgeList, referenceKinds } from "../images";
import type { Facts } from "./facts";
import { parsePattern } from "./pattern";
import type { KeepableClass, KeepNewest, KeepReleases, KeepRule, Rule } from "./policy";
import { refers, type Table } from "./table";
import type { TagFacts } from "./tag-facts";
import { compareVersions, parseRange, type ReleaseVersion } from "./version-order";

export const day = 86_400_000;

export interface RuleEffects {
  /** By tag: until when a rule keeps it, milliseconds since 1970; -Infinity: none does. */
  readonly keepUntil: Float64Array;
  /** By tag: the position of that rule in the policy. */
  readonly keepRule: Int16Array;
  /** By tag: from when a rule lets it go; Infinity: none does. */
  readonly expireFrom: Float64Array;
  readonly expireRule: Int16Array;
  /**
   * From a version below a counted image to that image: if the first stays, so does the second. Otherwise the
   * first would turn into an image of its own, take a place, and push out one that this plan keeps.
   */
  readonly countedWith: EdgeList;
  /** By rule: how many tags it applied to. */
  readonly matched: number[];
}

/** The kind of the edges of `countedWith`, behind the graph's own. */
export const countedWithKind = referenceKinds.length;

interface Context extends Facts {
  readonly effects: RuleEffects;
}

export function applyRules(facts: Facts): RuleEffects {
  const { policy, tags } = facts;
  const size = tags.text.length;
  const effects: RuleEffects = {
    keepUntil: new Float64Array(size).fill(-Infinity),
    keepRule: new Int16Array(size).fill(-1),
    expireFrom: new Float64Array(size).fill(Infinity),
    expireRule: new Int16Array(size).fill(-1),
    countedWith: new EdgeList(),
    matched: policy.rules.map(() => 0),
  };
  policy.rules.forEach((rule, position) => {
    effects.matched[position] = applyRule(rule, position, { ...facts, effects });
  });
  return effects;
}

/** @returns how many tags the rule applied to */
function applyRule(rule: Rule, position: number, context: Context): number {
  const { table, tags, closedAt, effects } = context;
  switch (rule.kind) {
    case "keep-all":
    case "keep-newest":
    case "keep-younger":
    case "keep-releases":
      return applyKeepRule(rule, position, context);
    case "expire-tagged": {
      const matching = matchingTags(tags, rule.of, rule.matching);
      for (const tag of matching) {
        expire(
          effects,
          tag,
          (table.touched[tags.of[tag] as number] as number) + rule.afterDays * day,
          position,
        );
      }
      return matching.length;
    }
    case "expire-pull-requests": {
      const matching = matchingTags(tags, "pull-request");
      for (const tag of matching) {
        const closed = closedAt(tags.text[tag] as string) ?? Infinity;
        expire(effects, tag, closed + rule.afterDays * day, position);
      }
      return matching.length;
    }
    case "expire-untagged":
    case "expire-orphans":
      return 0;
  }
}

function applyKeepRule(rule: KeepRule, position: number, context: Context): number {
  const { table, tags, effects } = context;
  if (rule.kind === "keep-releases") return keepReleases(rule, position, context);
  const matching = matchingTags(tags, rule.of, rule.matching);
  if (rule.kind === "keep-newest") keepNewest(rule, position, matching, context);
  else {
    for (const tag of matching) {
      const until =
        rule.kind === "keep-all"
          ? Infinity
          : (table.touched[tags.of[tag] as number] as number) + rule.days * day;
      keep(effects, tag, until, position);
    }
  }
  return matching.length;
}

/**
 * Keeps a tag's image while fewer than `count` images that take a place are newer. A referrer whose image is here is
 * not asked about: it lives and dies with that one.
 */
function keepNewest(rule: KeepNewest, position: number, matching: readonly number[], context: Context): void {
  const { table, tags, effects } = context;
  const candidates = new Uint8Array(table.size);
  for (const tag of matching) candidates[tags.of[tag] as number] = 1;
  table.hasSubject.forEach((has, version) => {
    if (has === 1) candidates[version] = 0;
  });
  const takesPlace = placeTakers(candidates, context);
  const stays = new Uint8Array(table.size);
  let places = 0;
  for (let rank = 0; rank < table.size; rank++) {
    const version = table.newestFirst[rank] as number;
    if (places >= rule.count) break;
    if (candidates[version] === 0) continue;
    stays[version] = 1;
    places += takesPlace[version] as number;
  }
  for (const tag of matching) if (stays[tags.of[tag] as number] === 1) keep(effects, tag, Infinity, position);
}

interface Release {
  readonly tag: number;
  readonly version: number;
  readonly release: ReleaseVersion;
}

/** As `keepNewest`, by precedence of versions instead of time, and for each line apart. */
function keepReleases(rule: KeepReleases, position: number, context: Context): number {
  const { table, tags, effects } = context;
  const inRange = rule.range === undefined ? () => true : parseRange(rule.range);
  const lines = new Map<string, Release[]>();
  const candidates = new Uint8Array(table.size);
  let matched = 0;
  for (const tag of tags.byClass.get("semver") ?? []) {
    const release = tags.releases[tag];
    if (release === undefined || !inRange(release)) continue;
    if (release.prerelease.length > 0 && rule.prereleases !== true) continue;
    matched++;
    const version = tags.of[tag] as number;
    if (table.hasSubject[version] === 1) continue;
    candidates[version] = 1;
    const line = lineOf(release, rule.per);
    const members = lines.get(line);
    if (members === undefined) lines.set(line, [{ tag, version, release }]);
    else members.push({ tag, version, release });
  }
  const takesPlace = placeTakers(candidates, context);
  for (const members of lines.values()) {
    members.sort(
      (one, other) =>
        compareVersions(other.release, one.release) ||
        (table.created[other.version] as number) - (table.created[one.version] as number) ||
        (table.ranks[one.version] as number) - (table.ranks[other.version] as number),
    );
    keepFirstImages(members, rule.count, takesPlace, (tag) => keep(effects, tag, Infinity, position));
  }
  return matched;
}

/** An image with two versions of a line takes one place, at the higher one, and both tags stay. */
function keepFirstImages(
  members: readonly Release[],
  count: number,
  takesPlace: Uint8Array,
  keepTag: (tag: number) => void,
): void {
  const kept = new Set<number>();
  let places = 0;
  for (const { tag, version } of members) {
    if (!kept.has(version)) {
      if (places >= count) continue;
      kept.add(version);
      places += takesPlace[version] as number;
    }
    keepTag(tag);
  }
}

function lineOf({ core: [major, minor] }: ReleaseVersion, per: KeepReleases["per"]): string {
  return per === "minor" ? `${major}.${minor}` : per === "major" ? major : "";
}

/**
 * Which candidates are images of their own: not those below another candidate (it is counted, they hang on it),
 * nothing that refers to a subject, no signature, and nothing dated in the future, which would push out real ones.
 */
function placeTakers(candidates: Uint8Array, { table, tags, now, effects }: Context): Uint8Array {
  const owners = nearestCandidates(candidates, table);
  return candidates.map((candidate, version) => {
    if (candidate === 0) return 0;
    const owner = owners[version] as number;
    if (owner >= 0) effects.countedWith.add(version, owner, countedWithKind);
    const refersToSubject = ((table.traits[version] as number) & refers) !== 0;
    const future = (table.created[version] as number) > now;
    return owner >= 0 || refersToSubject || future || isSigned(version, tags) ? 0 : 1;
  });
}

function isSigned(version: number, { offsets, classes }: TagFacts): boolean {
  const end = offsets[version + 1] as number;
  for (let tag = offsets[version] as number; tag < end; tag++) if (classes[tag] === "signature") return true;
  return false;
}

/** By version: the newest candidate that lists it, at any depth; -1: none does. */
function nearestCandidates(
  candidates: Uint8Array,
  { size, newestFirst, graph: { refs } }: Table,
): Int32Array {
  const owners = new Int32Array(size).fill(-1);
  const pending: number[] = [];
  for (let rank = 0; rank < size; rank++) {
    const candidate = newestFirst[rank] as number;
    if (candidates[candidate] === 0) continue;
    pending.push(candidate);
    for (let above = pending.pop(); above !== undefined; above = pending.pop()) {
      const end = refs.offsets[above + 1] as number;
      for (let edge = refs.offsets[above] as number; edge < end; edge++) {
        const below = refs.targets[edge] as number;
        if (refs.kinds[edge] !== childKind || below === candidate || owners[below] !== -1) continue;
        owners[below] = candidate;
        pending.push(below);
      }
    }
  }
  return owners;
}

const childKind = referenceKinds.indexOf("child");

function matchingTags(tags: TagFacts, of: KeepableClass, matching?: string): readonly number[] {
  const all = tags.byClass.get(of) ?? [];
  if (matching === undefined) return all;
  const pattern = parsePattern(matching);
  return all.filter((tag) => pattern.matches(tags.text[tag] as string));
}

function keep(effects: RuleEffects, tag: number, until: number, position: number): void {
  if (until <= (effects.keepUntil[tag] as number)) return;
  effects.keepUntil[tag] = until;
  effects.keepRule[tag] = position;
}

function expire(effects: RuleEffects, tag: number, from: number, position: number): void {
  if (from >= (effects.expireFrom[tag] as number)) return;
  effects.expireFrom[tag] = from;
  effects.expireRule[tag] = position;
}
