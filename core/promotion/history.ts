/**
 * What an environment runs and ran, by its records. A record is written before the tag moves, so one may tell of a
 * move that never came to be: a run was cut short, or another one was first. What the tag points at, and what each
 * record says it replaced, tell those apart.
 */
import type { Digest } from "../names";
import type { KeptRecord } from "./record";

export interface EnvironmentHistory {
  /** What the environment's tag points at; null: there is no such tag. */
  readonly current: Digest | null;
  /** The moves that led there, the last first. Empty where no record says how the tag came to where it points. */
  readonly moves: readonly KeptRecord[];
  /** Records of the environment, also of moves that never came to be, in no order. */
  readonly records: readonly KeptRecord[];
}

/** @param records of any environments */
export function historyOf(
  environment: string,
  current: Digest | null,
  records: readonly KeptRecord[],
): EnvironmentHistory {
  const own = records.filter(({ record }) => record.environment === environment);
  const moves: KeptRecord[] = [];
  let next = current === null ? undefined : latestTo(own, current, Infinity);
  while (next !== undefined) {
    moves.push(next);
    const { from, sequence } = next.record;
    next = from === null ? undefined : latestTo(own, from, sequence);
  }
  return { current, moves, records: own };
}

/** Whether the environment runs the digest or has run it. A tag that points there proves nothing by itself. */
export function hasRun({ moves }: EnvironmentHistory, digest: Digest): boolean {
  return moves.some(({ record }) => record.to === digest);
}

/** How the next record continues them. */
export function nextSequence({ records }: EnvironmentHistory): number {
  return 1 + Math.max(0, ...records.map(({ record }) => record.sequence));
}

/**
 * Where a rollback goes: what ran before, by the records, and after a rollback what ran before that. Undefined:
 * nothing ran before, or no record tells.
 */
export function rollbackTarget({ moves }: EnvironmentHistory): Digest | undefined {
  const oldest = moves.at(-1)?.record.from ?? null;
  const line: Digest[] = oldest === null ? [] : [oldest];
  for (const { record } of [...moves].reverse()) {
    const before = record.kind === "rollback" ? line.lastIndexOf(record.to) : -1;
    if (before >= 0) line.length = before + 1;
    else line.push(record.to);
  }
  return line.at(-2);
}

/** The last record of a move to the digest, before the one of a sequence. Ties don't depend on the order given. */
function latestTo(records: readonly KeptRecord[], digest: Digest, before: number): KeptRecord | undefined {
  return records
    .filter(({ record }) => record.to === digest && record.sequence < before)
    .sort((one, other) => other.record.sequence - one.record.sequence || (one.id < other.id ? -1 : 1))[0];
}
