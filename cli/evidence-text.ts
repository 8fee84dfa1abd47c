/** The evidence that an image carries, as a person reads it. */
import type { EvidenceRow } from "../core/evidence";
import { textTable } from "./text-table";

export function evidenceLines(image: string, rows: readonly EvidenceRow[]): readonly string[] {
  const table = [
    ["evidence", "of", "state", ""],
    ...rows.map(({ kind, of, state, detail }) => [kind, of, state, detail]),
  ];
  return [image, ...textTable(table, []).map((line) => `  ${line.trimEnd()}`)];
}
