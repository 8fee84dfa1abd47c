/**
 * What the policy lets go and GitHub would not: it is retained in the plan already, with its closure, so that no
 * call is made that must fail. GitHub Docs, "Deleting and restoring a package": public versions above 5,000
 * downloads. Its API's answer 400: the last tagged version of a package, by an older wording the last version.
 */
import type { References } from "../images";
import { isTaggedImage, leftoverKind, type Decisions } from "./decide";
import type { Inventory } from "./inventory";
import type { Facts } from "./facts";
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

/** @param refs the edges along which versions keep each other */
export function withRefusals(facts: Facts, refs: References, decisions: Decisions): Outcome {
  const { inventory, table, tags, now } = facts;
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
    const undeletable = Array.from(table.listed).filter(
      (version) => downloads(version) > mostDownloads && isDoomed(version),
    );
    retain(undeletable, (version) => ({ kind: "downloads", downloads: downloads(version) }));
  }
  const hasTaggedImage = table.newestFirst.some((version) => isTaggedImage(version, table, tags));
  for (const { what, isMember } of mustRemain(table, tags, hasTaggedImage)) {
    const last = lastOne(table, isMember, isDoomed);
    if (last !== undefined) retain([last], () => ({ kind: "last", what }));
  }
  return { decisions: { ...decisions, until, reasons }, levels: reached, retained };
}

/** The newest member if all are doomed; an image whole rather than one of its platforms. */
function lastOne(
  { newestFirst, hasOwner }: Table,
  isMember: (version: number) => boolean,
  isDoomed: (version: number) => boolean,
): number | undefined {
  let newest: number | undefined;
  let newestRoot: number | undefined;
  for (let rank = 0; rank < newestFirst.length; rank++) {
    const version = newestFirst[rank] as number;
    if (!isMember(version)) continue;
    if (!isDoomed(version)) return undefined;
    newest ??= version;
    if (hasOwner[version] === 0) newestRoot ??= version;
  }
  return newestRoot ?? newest;
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
    { what: "tagged image", isMember: (version) => isTaggedImage(version, table, tags) },
    ...(hasTaggedImage ? [] : [untaggedImages]),
    { what: "tagged version", isMember: (version) => tags.offsets[version] !== tags.offsets[version + 1] },
    { what: "version", isMember: () => true },
  ];
}
