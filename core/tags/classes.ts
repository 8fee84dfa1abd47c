/** What a tag's spelling says of it. */
import { parse } from "semver";

/** Classes of tags; every tag is in exactly one. */
export const tagClasses = [
  "latest",
  "semver",
  "pull-request",
  "sha",
  "development",
  "environment",
  "cache",
  "signature",
  "unknown",
] as const;
export type TagClass = (typeof tagClasses)[number];

/**
 * The class of a tag. An environment's name claims its tag whatever it looks like.
 * @param environments names of the environments that promotion moves tags of
 */
export function classifyTag(tag: string, environments: readonly string[] = []): TagClass {
  if (environments.includes(tag)) return "environment";
  if (tag === "latest") return "latest";
  if (isVersionTag(tag) || isMovingVersionTag(tag)) return "semver";
  if (/^pr-[1-9][0-9]*$/.test(tag)) return "pull-request";
  if (/^sha-[0-9a-f]{7}$/.test(tag)) return "sha";
  if (/^dev-[a-zA-Z0-9_][a-zA-Z0-9_.-]*-[0-9a-f]{7}$/.test(tag)) return "development";
  if (/^buildcache-./.test(tag)) return "cache";
  // OCI distribution specification 1.1, "Referrers Tag Schema"; cosign puts .sig, .att or .sbom after it.
  if (/^sha256-[0-9a-f]{64}(?:\.[a-zA-Z0-9._-]+)?$/.test(tag)) return "signature";
  return "unknown";
}

/** A whole version, `1.2.3` or `2.0.0-rc.1`: it never moves. */
export function isVersionTag(tag: string): boolean {
  // Cheap look first: semver makes an error, with its stack, for each text that is none.
  return startsWithDigit.test(tag) && parse(tag)?.version === tag;
}

const startsWithDigit = /^\d/;

/** `1.2` or `1` (never `0`): it moves to the highest version that it stands for. */
export function isMovingVersionTag(tag: string): boolean {
  return /^([1-9][0-9]*|(0|[1-9][0-9]*)\.(0|[1-9][0-9]*))$/.test(tag);
}
