/**
 * Attaches something to an image: a manifest whose `subject` it is, listed in the index under the image's fallback
 * tag (distribution specification 1.1, "Pushing manifests with subject"), since ghcr.io has no referrers API.
 */
import { PlatformError } from "../core/errors";
import { mediaTypes, readIndex } from "../core/images";
import type { Digest } from "../core/names";
import { digestOf, type Descriptor, type Manifest, type Registry } from "./registry";
import { unlessNotFound } from "./registry-error";

export interface Attachment {
  /** The image or index that it belongs to, as the registry has it. */
  readonly subject: Descriptor;
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What is more than annotations are for. @default none */
  readonly content?: { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** A manifest that was attached, with the very bytes. */
export interface Attached extends Descriptor {
  readonly bytes: Uint8Array;
}

/** Stands for no content: image specification 1.1, "Guidance for an Empty Descriptor". */
const empty = Buffer.from("{}");
const emptyDescriptor = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(empty),
  size: empty.length,
};

/** How often the fallback index is written again after another client took it. More than that is no race. */
const rounds = 8;

/** Attaches. Repeating it with the same content changes nothing. */
export async function attach(
  registry: Registry,
  repository: string,
  attachment: Attachment,
): Promise<Attached> {
  const { subject, artifactType, annotations, content } = attachment;
  for (const blob of [empty, ...(content === undefined ? [] : [content.bytes])])
    await registry.putBlob(repository, blob);
  const bytes = encoded({
    ...{ schemaVersion: 2, mediaType: mediaTypes.manifest, artifactType },
    config: emptyDescriptor,
    layers: [content === undefined ? emptyDescriptor : described(content)],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  const digest = digestOf(bytes);
  await registry.putManifest(repository, digest, bytes, mediaTypes.manifest);
  const attached = { mediaType: mediaTypes.manifest, digest, size: bytes.byteLength, bytes };
  await listReferrer(registry, repository, attachment, attached);
  return attached;
}

/**
 * Sees to it that the fallback index lists what is attached, with all that it listed before. A registry has no
 * compare-and-swap: the index is read right before it is written and again afterwards, until the entry is in it.
 * Another client that read before and writes later may still drop it, so who needs it listed asks again at the end.
 * @throws PlatformError `fallback-tag-taken` where the tag is no index, `fallback-tag-contended`
 */
export async function listReferrer(
  registry: Registry,
  repository: string,
  { subject, artifactType, annotations }: Attachment,
  { mediaType, digest, size }: Descriptor,
): Promise<void> {
  const tag = fallbackTag(subject.digest);
  const entry = { mediaType, digest, size, artifactType, annotations };
  for (let round = 0; round <= rounds; round += 1) {
    const index = await unlessNotFound(registry.manifest(repository, tag));
    const entries = index === undefined ? [] : entriesOf(index, `${registry.host}/${repository}:${tag}`);
    if (entries.some((each) => each.digest === digest)) return;
    // Reading took a while; what came in between is looked at first.
    if ((await registry.resolve(repository, tag))?.digest !== index?.digest) continue;
    const merged = {
      ...(index === undefined
        ? { schemaVersion: 2, mediaType: mediaTypes.index }
        : (index.json as Readonly<Record<string, unknown>>)),
      manifests: [...entries, entry],
    };
    await registry.putManifest(repository, tag, encoded(merged), mediaTypes.index);
  }
  throw new PlatformError({
    code: "fallback-tag-contended",
    where: `${registry.host}/${repository}:${tag}`,
    problem: `others wrote it ${rounds} times while an entry was being added`,
    fix: "let what signs, scans or promotes this image finish, then run this again",
  });
}

/** The tag under which a registry without the referrers API lists what refers to a manifest. */
export function fallbackTag(subject: Digest): string {
  return subject.replace(":", "-");
}

/** As they stand, with fields that nobody here knows. */
function entriesOf(index: Manifest, where: string): readonly { readonly digest: string }[] {
  const read = readIndex(index.json);
  if (read.ok && index.mediaType === mediaTypes.index) return read.value.manifests;
  throw new PlatformError({
    code: "fallback-tag-taken",
    where,
    problem: "the tag that lists what refers to an image is not an OCI index, so nothing can be added to it",
    got: index.mediaType,
    fix: "move that tag out of the way, or attach to another image",
  });
}

function described({ mediaType, bytes }: NonNullable<Attachment["content"]>): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

function encoded(content: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}
