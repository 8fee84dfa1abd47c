/**
 * What the policy lets go and GitHub would not: it is retained in the plan already, with its closure, so that no
 * call is made that must fail. GitHub Docs, "Deleting and restoring a package": public versions above 5,000
 * downloads. Its API's answer 400: the last tagged version of a package, by an older wording the last version.
 */
import type { References } from "../images";
import { isTaggedImage, leftoverKind, type Decisions } from "./decide";
import type { Inventory } from "./inventory";
import { levels, type Levels } from "./levels";
import type { Reason } from "./plan-file";
import type { Table } from "./table";
import type { TagFacts } from "./tag-facts";

export interface Outcome {
  readonly decisions: Decisions;
  readonly levels: Levels;
  /** Versions that are retained: doomed by the policy, kept by GitHub. */
  readonly retained: ReadonlySet<number>;
}

const mostDownloads = 5_000;

export function withRefusals(
  inventory: Inventory,
  table: Table,
  tags: TagFacts,
  refs: References,
  decisions: Decisions,
  now: number,
): Outcome {
  const until = decisions.until.slice();
  const reasons = [...decisions.reasons];
  const retained = new Set<number>();
  let reached = levels(refs, until);
  const isDoomed = (version: number): boolean => (reached.until[version] as number) <= now;
  const retain = (versions: readonly number[], reasonOf: (version: number) => Reason): void => {
    if (versions.length === 0) return;
    for (const version of versions) {
      until[version] = Infinity;
      reasons[version] = reasonOf(version);
      retained.add(version);
    }
    reached = levels(refs, until);
  };

  if (isPublic(inventory)) {
    const downloads = (version: number): number => table.rows[version]?.downloads ?? 0;
    const undeletable: number[] = [];
    table.rows.forEach((row, version) => {
      if ((row.downloads ?? 0) > mostDownloads && isDoomed(version)) undeletable.push(version);
    });
    retain(undeletable, (version) => ({ kind: "downloads", downloads: downloads(version) }));
  }
  const hasTaggedImage = table.newestFirst.some((version) => isTaggedImage(version, tags));
  for (const { what, isMember } of mustRemain(table, tags, hasTaggedImage)) {
    const members = table.newestFirst.filter(isMember);
    if (!members.every(isDoomed)) continue;
    // An image whole rather than one of its platforms.
    const last = members.find((version) => table.hasOwner[version] === 0) ?? members[0];
    if (last !== undefined) retain([last], () => ({ kind: "last", what }));
  }
  return { decisions: { ...decisions, until, reasons }, levels: reached, retained };
}

/** Unknown visibility counts as public: a refusal that doesn't come costs nothing. */
function isPublic({ package: { visibility } }: Inventory): boolean {
  return visibility === null || visibility === "public";
}

type Last = Extract<Reason, { kind: "last" }>["what"];

interface Group {
  readonly what: Last;
  isMember(version: number): boolean;
}

/**
 * Groups of which one member at least has to remain. Membership is told by the version alone, so that what is
 * retained today is retained again when the plan is made anew afterwards.
 */
function mustRemain(table: Table, tags: TagFacts, hasTaggedImage: boolean): Group[] {
  const untaggedImages: Group = {
    what: "image",
    isMember: (version) => leftoverKind(version, table, tags) === "image",
  };
  return [
    { what: "tagged image", isMember: (version) => isTaggedImage(version, tags) },
    ...(hasTaggedImage ? [] : [untaggedImages]),
    { what: "tagged version", isMember: (version) => tags.offsets[version] !== tags.offsets[version + 1] },
    { what: "version", isMember: () => true },
  ];
}
