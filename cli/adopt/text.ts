/** What `ghcr adopt` prints for a person. */
import pc from "picocolors";
import type { Note, RepositoryFacts } from "../../core/adopt";
import type { TakenOver } from "./take-over";

/** The page of a repository that a note is about, from its own. */
export function noteLines(notes: readonly Note[], { owner, name }: RepositoryFacts): readonly string[] {
  const titles = { "left-alone": "left alone:", "to-decide": "for a person to decide:" } as const;
  return (["left-alone", "to-decide"] as const).flatMap((kind) => {
    const own = notes.filter((note) => note.kind === kind);
    if (own.length === 0) return [];
    const line = ({ what, where, why }: Note) =>
      `  ${what}: ${why}${where === "" ? "" : pc.dim(` (${owner}/${name}/${where})`)}`;
    return [titles[kind], ...own.map(line)];
  });
}

export function takenLines(
  { owner, name }: RepositoryFacts,
  stack: string,
  { imported, missing, rebuilt }: TakenOver,
): readonly string[] {
  const some = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [title, ...names.map((each) => `  ${each}`)];
  return [
    imported.length === 0
      ? `${owner}/${name} is in ${stack} already, unchanged`
      : `${pc.green("✓")} ${imported.length} resources of ${owner}/${name} are in ${stack} now; all preview as unchanged`,
    ...some("not there yet, or not so; the next update makes it:", missing),
    ...some("made anew from its source by the next update:", rebuilt),
  ];
}
