/**
 * A failure in mocha's list: its number and outermost title, deeper ones further in, a colon, then the error, whose
 * further lines aren't indented (of a property that failed: its seed and the counterexample).
 */
const failure = /^ {2}\d+\) (?<titles>.+(?:\n {7,}.+)*?):\n\s*(?<error>.*(?:\n\S.*)*)/gm;
/** Of an error's text so many characters are told. */
const longest = 600;

/** Mocha's list of failures, as its spec reporter printed it at the end; undefined where there is none. */
export function failureList(output: string): string | undefined {
  return /^\s*\d+ failing$[^]*/m.exec(output)?.[0];
}

/**
 * Each failed test as `suite › test: error`, in one line, for where only the end of a long log is kept. Empty where
 * none is listed.
 * @param output all that mocha's spec reporter printed
 */
export function mochaFailures(output: string): readonly string[] {
  return [...(failureList(output) ?? "").matchAll(failure)].map(({ groups }) => {
    const titles = groups?.["titles"]?.split(/\n\s*/) ?? [];
    const error = groups?.["error"]?.replaceAll("\n", " ").slice(0, longest);
    return `${titles.join(" › ")}: ${error}`;
  });
}
