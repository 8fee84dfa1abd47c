/** A text that GitHub takes: not longer than it may be, and cut between lines. */

/** Of a comment's or an issue's body. GitHub takes 65,536 characters; a code unit is a character at most. */
export const longestText = 65_000;

/** As many lines as fit, and one that counts those that don't. */
export function cut(
  lines: readonly string[],
  budget: number,
  more: (left: number) => string,
  separator = "\n",
): string {
  const longestMore = more(lines.length).length + separator.length;
  const total = lines.reduce((sum, line) => sum + line.length + separator.length, 0);
  if (total <= budget) return lines.join(separator);
  const fitting: string[] = [];
  let used = longestMore;
  for (const line of lines) {
    used += line.length + separator.length;
    if (used > budget) break;
    fitting.push(line);
  }
  return [...fitting, more(lines.length - fitting.length)].join(separator);
}

/** `1 image`, `2 images` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
