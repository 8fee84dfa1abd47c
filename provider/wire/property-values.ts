/**
 * Pulumi's property values as they stand on the wire: plain JSON in which a secret is an object with a
 * signature and an unknown is a fixed string. The constants are those of `@pulumi/pulumi/runtime/rpc`, written
 * again here because importing that module loads the whole SDK (a test compares them).
 */

export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A struct of properties as the engine sends and takes it. */
export type Properties = Readonly<Record<string, unknown>>;

/** The value wrapped as a secret; one that is a secret already stays as it is. */
export function secret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The value without any secret wrapper, at any depth. Other signed objects (assets, resources) stay. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value["value"]);
  if (Array.isArray(value)) return value.map(reveal);
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
  return value;
}

/** Whether a secret stands anywhere in the value. */
export function containsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

/** Whether any part of the value is known only after other resources exist. */
export function containsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

/** Every text that stands inside a secret, for redaction. */
export function secretTexts(value: unknown, inSecret = false): string[] {
  if (isSecret(value)) return secretTexts(value["value"], true);
  if (typeof value === "string") return inSecret ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((inner) => secretTexts(inner, inSecret));
  return isObject(value) ? Object.values(value).flatMap((inner) => secretTexts(inner, inSecret)) : [];
}

/** Equality of what the values say; whether a part is marked secret makes no difference, an unknown does. */
export function sameValue(left: unknown, right: unknown): boolean {
  return canonical(reveal(left)) === canonical(reveal(right));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function isSecret(value: unknown): value is Record<string, unknown> {
  return isObject(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
