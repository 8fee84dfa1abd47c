/**
 * Which services a change can reach, from the names of the files that it touches: for previews of a large fleet.
 * A service's declaration imports nothing but `core/fleet` (tests/imports.test.ts holds that), so nothing but its own
 * files and what the program shares can change what is declared of it.
 */

/** A service whose source lies in the repository that the program is in, but not below `services/<name>`. */
export interface ServiceFolder {
  readonly name: string;
  /** From the repository's top, e.g. `apps/web`. */
  readonly path: string;
}

/** All of the fleet, or the services by name, sorted; of none, a preview has nothing to show. */
export type Reach = "everything" | readonly string[];

/** Files that no stack reads: a change to them alone declares and builds nothing else. */
const declareNothing: readonly RegExp[] = [
  /^(docs|tests|bench|sandbox|examples|\.github|\.ci)\//,
  /\.test\.ts$/,
  /^[^/]+\.md$/,
  /^(Makefile|LICENSE|\.gitignore|\.prettierrc\.json|\.prettierignore|\.mocharc\.json|eslint\.config\.mjs)$/,
];

/**
 * A folder below `services/` reaches the service of its name whether or not that is (still, already) declared.
 *
 * @param files paths from the repository's top, of both sides of a rename
 * @param elsewhere services with a folder of another place
 * @returns never fewer services than those whose preview can differ; a file that is nobody's reaches everything
 */
export function reachOf(files: readonly string[], elsewhere: readonly ServiceFolder[]): Reach {
  const reached = new Set<string>();
  for (const file of files) {
    const own = /^services\/([^/]+)\/./.exec(file)?.[1];
    const owners = elsewhere.filter(({ path }) => isBelow(file, path)).map(({ name }) => name);
    for (const name of own === undefined ? owners : [own, ...owners]) reached.add(name);
    if (own !== undefined || owners.length > 0) continue;
    if (!declareNothing.some((pattern) => pattern.test(file))) return "everything";
  }
  return [...reached].sort();
}

function isBelow(file: string, folder: string): boolean {
  return folder === "." || file.startsWith(`${folder}/`);
}
