/** A failure in mocha's list: its number and outermost title, deeper ones further in, a colon, then the error. */
const failure = /^ {2}\d+\) (?<titles>.+(?:\n {7,}.+)*?):\n\s*(?<error>.*)/gm;

/**
 * Each failed test as `suite › test: first line of its error`, for where only the end of a long log is kept. Empty
 * where none is listed.
 * @param output all that mocha's spec reporter printed
 */
export function mochaFailures(output: string): readonly string[] {
  const list = /^ {2}\d+ failing$(?<list>[^]*)/m.exec(output)?.groups?.["list"] ?? "";
  return [...list.matchAll(failure)].map(({ groups }) => {
    const titles = groups?.["titles"]?.split(/\n\s*/) ?? [];
    return `${titles.join(" › ")}: ${groups?.["error"] ?? ""}`;
  });
}
