/** What of a repository no declaration says, in words for a person. */

export interface Note {
  /** `left-alone`: nothing declares it and nothing touches it. `to-decide`: a person has to say what it is to be. */
  readonly kind: "left-alone" | "to-decide";
  /** E.g. `environment github-pages`. */
  readonly what: string;
  /** The page below the repository's own where it can be seen, e.g. `settings/environments`; "": that page itself. */
  readonly where: string;
  /** One sentence without a full stop. */
  readonly why: string;
}

/** Something that is either declared, or left alone for a reason. */
export type Read<T> = { readonly says: T } | { readonly why: string };

export function leftAlone(what: string, where: string, why: string): Note {
  return { kind: "left-alone", what, where, why };
}

/** The object without what is undefined. */
export function present<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** Undefined where a value is the default, which need not be said. */
export function unless<T>(standard: T, value: T): T | undefined {
  return JSON.stringify(value) === JSON.stringify(standard) ? undefined : value;
}

/** Undefined for an object or list that says nothing. */
export function filled<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}
