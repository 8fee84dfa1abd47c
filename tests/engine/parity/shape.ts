/**
 * The shape of a resource's or function's properties, in a form that compares: one line a property, nested ones
 * by their path. `rules.creation?: scalar`, `actors[].actorId: scalar`, `labels?: map`.
 */
export type Shape = ReadonlySet<string>;

/** What one resource or function takes and gives. */
export interface Interface {
  readonly inputs: Shape;
  readonly outputs: Shape;
}

/** A property's type as far as it is compared: what scalars are called differs too much from SDK to schema. */
export type Kind =
  | { readonly kind: "scalar" | "map" }
  | { readonly kind: "array"; readonly of: Kind }
  | { readonly kind: "object"; readonly properties: readonly Property[] };

export interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly type: Kind;
}

/** The lines of some properties. Whether an output may be missing is nobody's promise, so `optional` can be left out. */
export function shapeOf(properties: readonly Property[], options: { readonly optional: boolean }): Shape {
  const lines = new Set<string>();
  const add = (path: string, mark: string, type: Kind): void => {
    if (type.kind === "array") return add(`${path}[]`, mark, type.of);
    lines.add(`${path}${mark}: ${type.kind}`);
    if (type.kind === "object") walk(`${path}.`, type.properties);
  };
  const walk = (prefix: string, all: readonly Property[]): void => {
    for (const { name, optional, type } of all) {
      add(`${prefix}${name}`, optional && options.optional ? "?" : "", type);
    }
  };
  walk("", properties);
  return lines;
}

/** Lines that only one of two shapes has, `+` for the second's, `-` for the first's; sorted. */
export function difference(one: Shape, other: Shape): string[] {
  return [
    ...[...one].filter((line) => !other.has(line)).map((line) => `- ${line}`),
    ...[...other].filter((line) => !one.has(line)).map((line) => `+ ${line}`),
  ].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}
