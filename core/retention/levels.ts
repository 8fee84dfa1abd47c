/**
 * Who keeps whom, and how long. Each version stays as long as the longest of its own opinion and of those of
 * everything that it belongs to; so roots are marked in the order of their dates, the longest first, and what a
 * version is reached from first is what decides about it.
 */
import { mark, newMarks, type Marks, type References } from "../images";
import { latestFirst } from "./dates";

export interface Levels {
  /** By version: until when it stays, milliseconds since 1970. */
  readonly until: Float64Array;
  readonly marks: Marks;
}

/** @param own by version: its own opinion, as in `Decisions.until`; -Infinity: it has none */
export function levels(refs: References, own: Float64Array): Levels {
  const marks = newMarks(refs.size);
  const until = new Float64Array(refs.size).fill(-Infinity);
  for (const group of groupsByDate(own)) {
    const before = marks.count;
    mark(refs, group, marks);
    const level = own[group[0] as number] as number;
    for (let position = before; position < marks.count; position++)
      until[marks.queue[position] as number] = level;
  }
  return { until, marks };
}

/** Versions with an opinion, those of one date together, the latest date first, by number within. */
function* groupsByDate(own: Float64Array): Iterable<Int32Array> {
  const forever: number[] = [];
  const dated: number[] = [];
  own.forEach((until, version) => {
    if (until === Infinity) forever.push(version);
    else if (until !== -Infinity) dated.push(version);
  });
  if (forever.length > 0) yield Int32Array.from(forever);
  const dates = Float64Array.from(dated, (version) => own[version] as number);
  const sorted = latestFirst(dates);
  for (let place = 0; place < sorted.length; place++)
    sorted[place] = dated[sorted[place] as number] as number;
  for (let start = 0; start < sorted.length;) {
    const date = own[sorted[start] as number];
    let end = start + 1;
    while (end < sorted.length && own[sorted[end] as number] === date) end++;
    yield sorted.subarray(start, end);
    start = end;
  }
}
