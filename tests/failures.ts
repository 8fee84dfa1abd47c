/** A failure in mocha's list: its number and outermost title, deeper ones further in, a colon, then the error. */
const failure = /^ {2}\d+\) (?<titles>.+(?:\n {7,}.+)*?):\n\s*(?<error>.*)/gm;

/** Mocha's list of failures, as its spec reporter printed it at the end; undefined where there is none. */
export function failureList(output: string): string | undefined {
  return /^\s*\d+ failing$[^]*/m.exec(output)?.[0];
}

/**
 * Each failed test as `suite › test: first line of its error`, for where only the end of a long log is kept. Empty
 * where none is listed.
 * @param output all that mocha's spec reporter printed
 */
export function mochaFailures(output: string): readonly string[] {
  return [...(failureList(output) ?? "").matchAll(failure)].map(({ groups }) => {
    const titles = groups?.["titles"]?.split(/\n\s*/) ?? [];
    return `${titles.join(" › ")}: ${groups?.["error"] ?? ""}`;
  });
}
