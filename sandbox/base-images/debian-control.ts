/** Debian's control format: https://www.debian.org/doc/debian-policy/ch-controlfields.html. */

export interface ControlFields {
  readonly package: string;
  readonly version: string;
  /** Virtual packages that it stands for. */
  readonly provides: readonly string[];
  /** Pre-Depends and Depends: each a list of alternatives, by name; versions and architectures left off. */
  readonly depends: readonly (readonly string[])[];
}

export function parseControl(text: string): ControlFields {
  const fields = new Map<string, string>();
  // A line that starts with a blank goes on with the field before it.
  for (const line of text.replaceAll(/\n[ \t]/g, " ").split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const relations = (name: string): string[][] =>
    (fields.get(name) ?? "")
      .split(",")
      .map((clause) => clause.split("|").map(packageName).filter(Boolean))
      .filter((alternatives) => alternatives.length > 0);
  return {
    package: fields.get("package") ?? "",
    version: fields.get("version") ?? "",
    provides: relations("provides").flat(),
    depends: [...relations("pre-depends"), ...relations("depends")],
  };
}

/**
 * What the packages need and don't have among them: `<package> needs <alternatives>`, sorted. Empty if the set
 * is closed, but for what is omitted on purpose.
 */
export function missingDependencies(
  packages: readonly ControlFields[],
  omitted: readonly string[],
): string[] {
  const there = new Set([...packages.flatMap((one) => [one.package, ...one.provides]), ...omitted]);
  return packages
    .flatMap((one) =>
      one.depends
        .filter((alternatives) => !alternatives.some((name) => there.has(name)))
        .map((alternatives) => `${one.package} needs ${alternatives.join(" or ")}`),
    )
    .sort();
}

/** `libc6 (>= 2.36)`, `python3:any` → name alone. */
function packageName(relation: string): string {
  return /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(relation)?.[1] ?? "";
}
