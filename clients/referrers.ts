/**
 * Attaches something to an image: a manifest whose `subject` it is, listed in the index under the image's fallback
 * tag (distribution specification 1.1, "Pushing manifests with subject"), since ghcr.io has no referrers API.
 */
import { PlatformError } from "../core/errors";
import { mediaTypes, readIndex } from "../core/images";
import type { Digest } from "../core/names";
import {
  digestOf,
  referrersIn,
  type Descriptor,
  type Manifest,
  type Referrer,
  type Registry,
} from "./registry";
import { unlessNotFound } from "./registry-error";

export interface Attachment {
  /** The image or index that it belongs to, as the registry has it. */
  readonly subject: Descriptor;
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What is more than annotations are for. @default none */
  readonly content?: { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** A manifest that is attached, with the very bytes. */
export interface Attached extends Descriptor {
  readonly bytes: Uint8Array;
  /** False: it was attached before. */
  readonly isNew: boolean;
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
  const { attached } = await attachAll(registry, repository, attachment.subject, [attachment]);
  // One for one.
  return attached[0] as Attached;
}

/** What was attached to one subject. */
export interface AttachedTo {
  readonly attached: readonly Attached[];
  /** All that refers to it, as it was read at the end. */
  readonly listed: readonly Referrer[];
}

/**
 * Attaches all of them to their one subject, whose list is written once.
 * @param before what refers to it, as it was read a moment ago. @default it is read now
 */
export async function attachAll(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  attachments: readonly Attachment[],
  before?: readonly Referrer[],
): Promise<AttachedTo> {
  const known = before ?? (await registry.referrers(repository, subject.digest));
  const attached = await Promise.all(
    attachments.map(async (attachment): Promise<Attached> => {
      const bytes = manifestOf(attachment);
      const made = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.byteLength, bytes };
      const isListed = known.some(({ digest }) => digest === made.digest);
      const there = isListed ? await unlessNotFound(registry.manifest(repository, made.digest)) : undefined;
      if (there !== undefined) return { ...made, isNew: false };
      await pushContent(registry, repository, attachment);
      await registry.putManifest(repository, made.digest, bytes, made.mediaType);
      return { ...made, isNew: true };
    }),
  );
  const entries = attached.map((each, place) => entryOf(attachments[place] as Attachment, each));
  if (!attached.some(({ isNew }) => isNew)) return { attached, listed: known };
  const listed = await complete(registry, repository, subject, entries);
  // A registry with the referrers API knows some without a list.
  const others = known.filter(({ digest }) => !listed.some((each) => each.digest === digest));
  return { attached, listed: [...listed, ...others] };
}

function manifestOf({ subject, artifactType, annotations, content }: Attachment): Uint8Array {
  return encoded({
    ...{ schemaVersion: 2, mediaType: mediaTypes.manifest, artifactType },
    config: emptyDescriptor,
    layers: [content === undefined ? emptyDescriptor : described(content)],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
}

async function pushContent(registry: Registry, repository: string, { content }: Attachment): Promise<void> {
  await Promise.all([
    registry.putBlob(repository, empty),
    // What nothing is attached with was hardly ever uploaded.
    content && registry.putBlob(repository, content.bytes, true),
  ]);
}

/**
 * Sees to it that the fallback index lists what is attached, with all that it listed before.
 * @throws PlatformError `fallback-tag-taken` where the tag is no index, `fallback-tag-contended`
 */
export async function listReferrer(
  registry: Registry,
  repository: string,
  attachment: Attachment,
  attached: Descriptor,
): Promise<void> {
  await complete(registry, repository, attachment.subject, [entryOf(attachment, attached)]);
}

/**
 * A registry has no compare-and-swap: the index is read right before it is written and again afterwards, until all
 * entries are in it. Another client that read before and writes later may still drop them, so who needs them listed
 * asks again at the end.
 * @returns what the index lists then
 */
async function complete(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  entries: readonly ReturnType<typeof entryOf>[],
): Promise<readonly Referrer[]> {
  const tag = fallbackTag(subject.digest);
  for (let round = 0; round <= rounds; round += 1) {
    const index = await unlessNotFound(registry.manifest(repository, tag));
    const listed = index === undefined ? [] : entriesOf(index, `${registry.host}/${repository}:${tag}`);
    const missing = entries.filter(({ digest }) => !listed.some((each) => each.digest === digest));
    if (missing.length === 0) return referrersIn(index?.json);
    const merged = {
      ...(index === undefined
        ? { schemaVersion: 2, mediaType: mediaTypes.index }
        : (index.json as Readonly<Record<string, unknown>>)),
      manifests: [...listed, ...missing],
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

function entryOf(
  { artifactType, annotations }: Attachment,
  { mediaType, digest, size }: Descriptor,
): Descriptor & Pick<Attachment, "artifactType" | "annotations"> {
  return { mediaType, digest, size, artifactType, annotations };
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
