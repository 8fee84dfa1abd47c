/** The tags of all versions in one list, with the class that rules and protections go by. */
import { fallbackSubject } from "../images";
import { classifyTag, type TagClass } from "../tags";
import type { Inventory } from "./inventory";
import type { CustomClass, Policy } from "./policy";
import { customClasses } from "./policy-schema";
import type { Table } from "./table";
import { parseMovingTag, parseVersion, type ReleaseVersion } from "./version-order";

/** Tags by number: those of version `v` are at `offsets[v]` up to, not including, `offsets[v + 1]`, sorted. */
export interface TagFacts {
  readonly offsets: Int32Array;
  readonly text: readonly string[];
  /** The version that a tag points at. */
  readonly of: Int32Array;
  readonly classes: readonly (TagClass | CustomClass)[];
  /** By class, the numbers of its tags. */
  readonly byClass: ReadonlyMap<TagClass | CustomClass, readonly number[]>;
  /** What tags of class `semver` name; undefined for moving ones and for all other classes. */
  readonly releases: readonly (ReleaseVersion | undefined)[];
}

export function tagFacts(table: Table, inventory: Inventory, policy: Policy): TagFacts {
  const classOf = classifier(inventory, policy);
  const offsets = new Int32Array(table.size + 1);
  for (let version = 0; version < table.size; version++) {
    offsets[version + 1] = (offsets[version] as number) + (table.tags[version] as readonly string[]).length;
  }
  const count = offsets[table.size] as number;
  const text = new Array<string>(count);
  const of = new Int32Array(count);
  const classes = new Array<TagClass | CustomClass>(count);
  const releases = new Array<ReleaseVersion | undefined>(count);
  table.tags.forEach((tags, version) => {
    const first = offsets[version] as number;
    for (let each = 0; each < tags.length; each++) {
      const tag = tags[each] as string;
      const number = first + each;
      const tagClass = classOf(tag);
      text[number] = tag;
      of[number] = version;
      classes[number] = tagClass;
      releases[number] = tagClass === "semver" ? parseVersion(tag) : undefined;
    }
  });
  return { offsets, text, of, classes, byClass: grouped(classes), releases };
}

function grouped(classes: readonly (TagClass | CustomClass)[]): Map<TagClass | CustomClass, number[]> {
  const byClass = new Map<TagClass | CustomClass, number[]>();
  classes.forEach((each, tag) => {
    const group = byClass.get(each);
    if (group === undefined) byClass.set(each, [tag]);
    else group.push(tag);
  });
  return byClass;
}

/**
 * Environments own their tags even where those look like something else; only a tag of no class is looked up among
 * the policy's own classes. A name that a class claims but that can't be read as what the class holds is unknown.
 */
function classifier(inventory: Inventory, policy: Policy): (tag: string) => TagClass | CustomClass {
  const environments = new Set(policy.environments);
  for (const { environment } of inventory.promotions ?? []) environments.add(environment);
  const customClass = customClasses(policy);
  return (tag) => {
    if (environments.has(tag)) return "environment";
    if (parseVersion(tag) !== undefined) return "semver";
    const known = classifyTag(tag);
    if (known === "unknown") return customClass(tag) ?? "unknown";
    const asClaimed =
      known === "semver" ? parseMovingTag(tag) !== undefined : known !== "signature" || isFallback(tag);
    return asClaimed ? known : "unknown";
  };
}

function isFallback(tag: string): boolean {
  return fallbackSubject(tag) !== undefined;
}
