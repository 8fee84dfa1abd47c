/** References to images: a name with what follows it. */
import { PlatformError, type Fault } from "../errors";
import { checked } from "./checked";
import { isDigest, isTag, type Digest, type Tag } from "./digest-and-tag";
import { imageNameParts, isImageName, type ImageName } from "./image-name";
import type { RegistryHost } from "./registry-host";

/** An image's name, taken apart, with what follows it. */
export interface ImageReference {
  /** Host and name without tag and digest. */
  readonly name: ImageName;
  /** Host, with its port if it has one. */
  readonly registry: RegistryHost;
  /** What the registry knows the image by: all between the host and the tag, e.g. `albeorla/hello-python`. */
  readonly repository: string;
  readonly tag: Tag | undefined;
  readonly digest: Digest | undefined;
}

/**
 * Takes `<registry>/<repository>[:<tag>][@<digest>]` apart. The registry must be written out: nothing is taken
 * from Docker Hub because a host was left out.
 * @throws PlatformError `invalid-image-reference`
 */
export function parseImageReference(where: string, text: string): ImageReference {
  const { name, tag, digest } = split(checked(text, imageReferenceFault(where, text)));
  // The check has looked at each of the three.
  const imageName = name as ImageName;
  return {
    name: imageName,
    ...imageNameParts(imageName),
    tag: tag as Tag | undefined,
    digest: digest as Digest | undefined,
  };
}

/** A reference with a digest: what is done to it never depends on where a tag points by now. */
export type PinnedReference = ImageReference & { readonly digest: Digest };

/** @throws PlatformError `invalid-image-reference`, `digest-missing` */
export function parsePinnedReference(where: string, text: string): PinnedReference {
  const reference = parseImageReference(where, text);
  if (isPinned(reference)) return reference;
  throw new PlatformError({
    code: "digest-missing",
    where,
    problem: "must name the image by its digest, because a tag may move meanwhile",
    got: text,
    fix: "write it like ghcr.io/albeorla/hello-python@sha256:…",
  });
}

function isPinned(reference: ImageReference): reference is PinnedReference {
  return reference.digest !== undefined;
}

export function imageReferenceFault(where: string, text: string): Fault | undefined {
  const { name, tag, digest } = split(text);
  if (isImageName(name) && (tag === undefined || isTag(tag)) && (digest === undefined || isDigest(digest))) {
    return undefined;
  }
  return {
    code: "invalid-image-reference",
    where,
    problem: "must be <registry>/<owner>/<service>, with :<tag> or @sha256:<digest> or both after it",
    got: text,
    fix: "write it like ghcr.io/albeorla/hello-python@sha256:…",
  };
}

/** The text that `parseImageReference` reads back as the same. Clients that see both follow the digest. */
export function formatImageReference(reference: {
  readonly name: ImageName;
  readonly tag?: Tag | undefined;
  readonly digest?: Digest | undefined;
}): string {
  const { name, tag, digest } = reference;
  return name + (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/** A colon before the last slash is a port's; an `@` further on makes the digest an illegal one. */
function split(text: string): {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
} {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return {
    name: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: at < 0 ? undefined : text.slice(at + 1),
  };
}
