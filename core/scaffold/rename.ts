/** A service's declaration under another name, as text: comments and layout stay a person's own. */

/**
 * @param text of `service.ts`, as the formatter leaves it
 * @returns undefined where it doesn't say `name: "…"` on a line of its own with that name
 */
export function renamedDeclaration(text: string, from: string, to: string): string | undefined {
  const line = `  name: ${JSON.stringify(from)},\n`;
  if (text.split(line).length !== 2) return undefined;
  const known = /^ {2}formerNames: \[(.*)\],\n/m.exec(text);
  const names = [...(known?.[1] ?? "").split(",").map((name) => name.trim()), JSON.stringify(from)].filter(
    (name, index, all) => name !== "" && all.indexOf(name) === index && name !== JSON.stringify(to),
  );
  const former = `  formerNames: [${names.join(", ")}],\n`;
  return text
    .replace(known?.[0] ?? "\0", () => "")
    .replace(line, () => `  name: ${JSON.stringify(to)},\n${names.length === 0 ? "" : former}`);
}
