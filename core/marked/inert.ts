/** Text from elsewhere in a markdown comment, so that it can only ever be text: no mention, link, HTML or new line. */

/**
 * What stands for itself between backticks. Everything else is shown by its number: what ends a code span or a table's
 * cell, starts HTML or a new line, or is not seen or not seen where it stands (bidirectional controls, zero width).
 */
const plain = /[\p{L}\p{N} !#%&'()*+,\-./:;=?@[\]^_{}~…]/u;

/** A code span of at most so many characters between the backticks. */
export function code(text: string, longest = 100): string {
  let shown = "";
  for (const character of text) {
    const next = plain.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    if (shown.length + next.length >= longest) return `\`${shown.trimEnd()}…\``;
    shown += next;
  }
  // A code span can't be empty, and drops a blank at both of its ends.
  const trimmed = shown.trim();
  return `\`${trimmed === "" ? "(blank)" : trimmed}\``;
}

/** Whether `code` shows all of a text as it is, so that no other text looks the same. */
export function isShownWhole(text: string, longest = 100): boolean {
  return (
    text.length < longest &&
    text === text.trim() &&
    text !== "" &&
    !text.endsWith("…") &&
    [...text].every((character) => plain.test(character))
  );
}
