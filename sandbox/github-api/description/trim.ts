/** Making the committed description from the published one: pure, so that a test can make a small one. */

/** As much of an OpenAPI 3.0 document as is read here. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** `"GET /path"` → operationId of the documented operations that are not kept whole. */
  readonly "x-other-operations"?: Readonly<Record<string, string>>;
}

const methods = ["get", "put", "post", "patch", "delete"] as const;

/** Prose and examples: they validate nothing and are two thirds of the bytes. */
const dropped = new Set([
  ...["description", "summary", "example", "examples", "title", "tags"],
  ...["x-github", "x-github-breaking-changes", "x-octokit"],
]);

/**
 * Keeps the operations named and what they reach, without prose, and lists all others by name.
 * @throws Error naming every kept operation that the document doesn't have
 */
export function trimDescription(document: OpenApi, kept: readonly string[]): OpenApi {
  const missing = new Set(kept);
  const paths: Record<string, Record<string, unknown>> = {};
  const others: Record<string, string> = {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method] as { operationId: string } | undefined;
      if (operation === undefined) continue;
      if (kept.includes(operation.operationId)) {
        missing.delete(operation.operationId);
        (paths[path] ??= {})[method] = withoutProse(operation);
      } else {
        others[`${method.toUpperCase()} ${path}`] = operation.operationId;
      }
    }
  }
  if (missing.size > 0) throw new Error(`no such operation: ${[...missing].join(", ")}`);
  return {
    openapi: document.openapi,
    info: { title: "GitHub REST API, trimmed", version: document.info["version"] },
    paths,
    components: reachable(paths, document.components),
    "x-other-operations": others,
  };
}

/** One line per path, component and unkept operation: small, and a change of one shows as one line. */
export function renderDescription(document: OpenApi): string {
  const groups = Object.entries(document.components).map(
    ([kind, entries]) => `${JSON.stringify(kind)}:{\n${lines(entries)}\n}`,
  );
  return [
    `{"openapi":${JSON.stringify(document.openapi)},"info":${JSON.stringify(document.info)},`,
    `"paths":{\n${lines(document.paths)}\n},`,
    `"components":{${groups.join(",")}},`,
    `"x-other-operations":{\n${lines(document["x-other-operations"] ?? {})}\n}}\n`,
  ].join("\n");
}

function lines(entries: Readonly<Record<string, unknown>>): string {
  return Object.keys(entries)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(entries[key])}`)
    .join(",\n");
}

/** Follows every `#/components/…` reference from the paths, and from what they lead to. */
function reachable(paths: unknown, components: OpenApi["components"]): OpenApi["components"] {
  const found: Record<string, Record<string, unknown>> = {};
  const waiting: unknown[] = [paths];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const [kind, name] of references(node)) {
      const group = (found[kind] ??= {});
      if (name in group) continue;
      const component = withoutProse(components[kind]?.[name]);
      if (component === undefined) throw new Error(`dangling reference #/components/${kind}/${name}`);
      group[name] = component;
      waiting.push(component);
    }
  }
  return found;
}

function references(node: unknown): [kind: string, name: string][] {
  const found: [string, string][] = [];
  JSON.stringify(node, (key, value: unknown) => {
    const match = key === "$ref" && typeof value === "string" && /^#\/components\/([^/]+)\/(.+)$/.exec(value);
    if (match) found.push([match[1] as string, match[2] as string]);
    return value;
  });
  return found;
}

/** Drops prose, except where such a word is itself the name of a property. */
function withoutProse(node: unknown, names = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item));
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([key]) => names || !dropped.has(key));
  const copy = Object.fromEntries(
    kept.map(([key, value]) => [key, withoutProse(value, !names && key === "properties")]),
  );
  return names ? copy : withNull(copy);
}

/**
 * `nullable` as ajv takes it: beside a `type` it stays (with null among the `enum`, where there is one); without
 * a type, which OpenAPI 3.0 leaves open and ajv refuses, the schema becomes "this or null".
 */
function withNull(schema: Record<string, unknown>): Record<string, unknown> {
  if (schema["nullable"] !== true) return schema;
  const values = schema["enum"];
  if ("type" in schema) {
    return Array.isArray(values) && !values.includes(null) ? { ...schema, enum: [...values, null] } : schema;
  }
  const { nullable: _, ...rest } = schema;
  return { anyOf: [rest, { type: "null" }] };
}
