/** The plan's account of every version: what becomes of it, why, until when, and how many bytes hang on it. */
import { referenceKinds, type Digest } from "../images";
import type { Facts } from "./facts";
import type { PlannedVersion, Reason } from "./plan-file";
import type { Outcome } from "./refusals";

/**
 * @param doomed by version: 1 if it is to be deleted
 * @param held why nothing of the package may go; undefined: nothing speaks against it
 * @param bytes by version: what it alone holds
 */
export function plannedVersions(
  { table, now }: Facts,
  { decisions, levels: { until, marks }, retained }: Outcome,
  doomed: Uint8Array,
  held: string | undefined,
  bytes: Float64Array,
): PlannedVersion[] {
  const dayOf = dayFormatter();
  const digestOf = (version: number): Digest => table.digests[version] as Digest;
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
  for (let version = 0; version < table.size; version++) {
    const isHeld = held !== undefined && (retained.has(version) || (until[version] as number) <= now);
    planned[version] = {
      digest: digestOf(version),
      id: table.ids[version] as number,
      tags: table.tags[version] as readonly string[],
      action: doomed[version] === 1 ? "delete" : retained.has(version) && !isHeld ? "retain" : "keep",
      reason: isHeld ? { kind: "held", why: held } : reasonOf(version),
      expires: isHeld ? null : dayOf(until[version] as number),
      bytes: bytes[version] as number,
    };
  }
  return planned;
}

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
