/** Shapes as a plugin itself gives them, in its package schema. */
import { z } from "zod";
import { shapeOf, type Interface, type Kind, type Property } from "./shape";

interface TypeSpec {
  readonly type?: string | undefined;
  readonly $ref?: string | undefined;
  readonly items?: TypeSpec | undefined;
}

const typeSpec: z.ZodType<TypeSpec> = z.lazy(() =>
  z.object({ type: z.string().optional(), $ref: z.string().optional(), items: typeSpec.optional() }),
);
const properties = z.record(z.string(), typeSpec).default({});
const object = z.object({
  properties,
  required: z.array(z.string()).nullish(),
  enum: z.array(z.unknown()).optional(),
});
const resource = z.object({
  properties,
  inputProperties: properties,
  requiredInputs: z.array(z.string()).nullish(),
});
const packageSchema = z.object({
  types: z.record(z.string(), object).default({}),
  provider: resource.optional(),
  resources: z.record(z.string(), resource).default({}),
  functions: z
    .record(z.string(), z.object({ inputs: object.optional(), outputs: object.optional() }))
    .default({}),
});

export type PackageSchema = z.infer<typeof packageSchema>;

/** Reads what `pulumi package get-schema` prints. */
export function parseSchema(json: string): PackageSchema {
  return packageSchema.parse(JSON.parse(json));
}

/** What a plugin takes and gives for a token such as `github:index/repository:Repository`, or for `provider`. */
export function schemaInterface(schema: PackageSchema, token: string): Interface | undefined {
  const found = token === "provider" ? schema.provider : schema.resources[token];
  const called = schema.functions[token];
  if (found !== undefined) {
    return {
      inputs: shapeOf(read(schema, found.inputProperties, found.requiredInputs), { optional: true }),
      outputs: shapeOf(read(schema, found.properties, []), { optional: false }),
    };
  }
  if (called === undefined) return undefined;
  return {
    inputs: shapeOf(read(schema, called.inputs?.properties ?? {}, called.inputs?.required), {
      optional: true,
    }),
    outputs: shapeOf(read(schema, called.outputs?.properties ?? {}, []), { optional: false }),
  };
}

function read(
  schema: PackageSchema,
  all: Readonly<Record<string, TypeSpec>>,
  required: readonly string[] | null | undefined,
): Property[] {
  return Object.entries(all).map(([name, type]) => ({
    name,
    optional: required?.includes(name) !== true,
    type: kindOf(schema, type),
  }));
}

function kindOf(schema: PackageSchema, type: TypeSpec): Kind {
  const named = type.$ref?.startsWith("#/types/") ? schema.types[decode(type.$ref)] : undefined;
  if (named !== undefined && named.enum === undefined) {
    return { kind: "object", properties: read(schema, named.properties, named.required) };
  }
  if (type.type === "array") return { kind: "array", of: kindOf(schema, type.items ?? {}) };
  return { kind: type.type === "object" ? "map" : "scalar" };
}

function decode(reference: string): string {
  return decodeURIComponent(reference.slice("#/types/".length));
}
