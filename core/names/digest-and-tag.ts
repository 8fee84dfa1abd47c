/** Digests and tags as the OCI specifications write them, parsed once. */
import type { Fault } from "../errors";
import { checked } from "./checked";

declare const brand: unique symbol;

/** `sha256:` and 64 hexadecimal digits in lower case: OCI image specification 1.1, descriptor.md, "Digests". */
export type Digest = `sha256:${string}` & { readonly [brand]: "Digest" };

/** 1 to 128 characters: OCI distribution specification 1.1, "Pulling manifests", `<reference>` as a tag. */
export type Tag = string & { readonly [brand]: "Tag" };

const digestGrammar = /^sha256:[0-9a-f]{64}$/;
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export function isDigest(text: string): text is Digest {
  return digestGrammar.test(text);
}

/** @throws PlatformError `invalid-digest` */
export function parseDigest(where: string, text: string): Digest {
  return checked(text, digestFault(where, text));
}

export function digestFault(where: string, text: string): Fault | undefined {
  if (isDigest(text)) return undefined;
  return {
    code: "invalid-digest",
    where,
    problem: "must be sha256: and 64 hexadecimal digits in lower case",
    got: text,
    fix: "copy the digest from the registry or from the stack's outputs",
  };
}

export function isTag(text: string): text is Tag {
  return tagGrammar.test(text);
}

/** @throws PlatformError `invalid-tag` */
export function parseTag(where: string, text: string): Tag {
  return checked(text, tagFault(where, text));
}

export function tagFault(where: string, text: string): Fault | undefined {
  if (isTag(text)) return undefined;
  return {
    code: "invalid-tag",
    where,
    problem: "must be 1 to 128 letters, digits, _ . - and not start with . or -",
    got: text,
    fix: "choose a tag of these characters",
  };
}
