/** Cuts GitHub's GraphQL schema down to what is served, word for word but for descriptions and directives. */
import { Kind, parse, print, visit, type DefinitionNode, type TypeNode } from "graphql";

type Kept = Readonly<Record<string, "all" | readonly string[]>>;

/**
 * @param source GitHub's schema, as npm's `@octokit/graphql-schema` ships it
 * @throws Error where a type or field isn't in it, or needs a type that isn't kept
 */
export function trimmedSchema(source: string, kept: Kept): string {
  const found = new Set<string>();
  const definitions = parse(source, { noLocation: true }).definitions.flatMap((definition) => {
    if (!("name" in definition) || definition.name === undefined) return [];
    const fields = kept[definition.name.value];
    // GitHub's text defines some things twice; the first counts.
    if (fields === undefined || found.has(definition.name.value)) return [];
    found.add(definition.name.value);
    return [cut(definition, fields, kept)];
  });
  const missing = Object.keys(kept).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`GitHub's schema has no ${missing.join(", ")}`);
  return `${print(bare({ kind: Kind.DOCUMENT, definitions }))}\n`;
}

function cut(definition: DefinitionNode, wanted: "all" | readonly string[], kept: Kept): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
    return definition;
  }
  const fields = (definition.fields ?? []).filter(
    ({ name }, at, all) =>
      (wanted === "all" || wanted.includes(name.value)) &&
      all.findIndex((other) => other.name.value === name.value) === at,
  );
  const absent =
    wanted === "all" ? [] : wanted.filter((name) => !fields.some((one) => one.name.value === name));
  if (absent.length > 0)
    throw new Error(`${definition.name.value} of GitHub's schema has no ${absent.join(", ")}`);
  return {
    ...definition,
    interfaces: (definition.interfaces ?? []).filter(({ name }) => name.value in kept),
    fields: fields.map((field) => ({
      ...field,
      arguments: (field.arguments ?? []).filter(({ type }) => isKnown(type, kept)),
    })),
  };
}

function isKnown(type: TypeNode, kept: Kept): boolean {
  if (type.kind !== Kind.NAMED_TYPE) return isKnown(type.type, kept);
  return type.name.value in kept || ["ID", "String", "Int", "Boolean", "Float"].includes(type.name.value);
}

function bare(document: Parameters<typeof visit>[0]) {
  return visit(document, {
    Directive: () => null,
    enter(node) {
      return "description" in node && node.description !== undefined
        ? { ...node, description: undefined }
        : undefined;
    },
  });
}
