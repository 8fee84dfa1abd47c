/** Property values as they go to the engine, in a shape that tests can compare. */
import { runtime } from "@pulumi/pulumi";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Values = Readonly<Record<string, unknown>>;

/** Stands for a value that only the provider will know. */
export const unknown = { unknown: true } as const;

/** Stands for a value that is marked as secret: encrypted in the state, masked wherever it is shown. */
export function secret(value: unknown): unknown {
  return { secret: value };
}

/** The plain part of values, as text: whatever is in it is stored and shown unmasked. */
export function plainText(values: unknown): string {
  return JSON.stringify(values, (_key, value: unknown) =>
    isObject(value) && "secret" in value ? null : value,
  );
}

export function readValues(struct: Struct | undefined): Values {
  return (read(struct?.toJavaScript() ?? {}) ?? {}) as Values;
}

function read(value: unknown): unknown {
  if (value === runtime.unknownValue) return unknown;
  if (Array.isArray(value)) return value.map(read);
  if (!isObject(value)) return value;
  if (value[runtime.specialSigKey] === runtime.specialSecretSig) return secret(read(value["value"]));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, read(each)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
