/** Digests and tags as the OCI specifications write them, parsed once. */
import { PlatformError } from "../errors";

declare const brand: unique symbol;

/** `sha256:` and 64 hexadecimal digits in lower case: OCI image specification 1.1, "Digests". */
export type Digest = string & { readonly [brand]: "Digest" };

/** A tag that the OCI distribution specification 1.1 allows ("Pulling manifests"). */
export type Tag = string & { readonly [brand]: "Tag" };

const digestGrammar = /^sha256:[0-9a-f]{64}$/;
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export function isDigest(text: string): text is Digest {
  return digestGrammar.test(text);
}

export function isTag(text: string): text is Tag {
  return tagGrammar.test(text);
}

/** @throws PlatformError */
export function parseDigest(where: string, text: string): Digest {
  if (isDigest(text)) return text;
  throw new PlatformError({
    code: "invalid-digest",
    where,
    problem: "must be sha256: and 64 hexadecimal digits in lower case",
    got: text,
    fix: "copy the digest from the registry or from the stack's outputs",
  });
}

/** @throws PlatformError */
export function parseTag(where: string, text: string): Tag {
  if (isTag(text)) return text;
  throw new PlatformError({
    code: "invalid-tag",
    where,
    problem: "must be 1 to 128 letters, digits, _ . - and not start with . or -",
    got: text,
    fix: "choose a tag of these characters",
  });
}
