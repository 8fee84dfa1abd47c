/** Images in a folder of this machine: OCI image specification 1.1, image-layout.md. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PlatformError } from "../core/errors";
import { readIndex, type ServedImage, type ServedManifest } from "../core/images";
import { isDigest, type Digest } from "../core/names";
import type { ImageParts } from "./image-root";
import { configDigest } from "./images";
import { digestOf } from "./registry";

/**
 * Reads the one image of a layout, with each manifest and configuration below it.
 * @throws PlatformError where there is no layout, or not one image in it
 */
export function readLayoutImage(folder: string): ServedImage {
  const top = readIndex(readJson(folder, join(folder, "index.json")));
  const [entry, ...others] = top.ok ? top.value.manifests : [];
  if (entry === undefined || others.length > 0) {
    throw broken(folder, `index.json must list one image, and lists ${others.length + (entry ? 1 : 0)}`);
  }
  const index = served(folder, entry.digest, entry.mediaType);
  const listed = readIndex(index.content);
  const manifests = (listed.ok ? listed.value.manifests : []).map((each) =>
    served(folder, each.digest, each.mediaType),
  );
  const configs = [index, ...manifests].flatMap(({ content }) => configDigest(content) ?? []);
  return {
    index,
    manifests: new Map(manifests.map((manifest) => [manifest.digest, manifest])),
    configs: new Map(
      configs.map((digest) => [digest, JSON.parse(readBlob(folder, digest).toString("utf8"))]),
    ),
  };
}

/** The parts of the image in a layout, and its digest. */
export function layoutParts(folder: string): { readonly digest: Digest; readonly parts: ImageParts } {
  const json = async (digest: Digest) => JSON.parse(readBlob(folder, digest).toString("utf8")) as unknown;
  return {
    digest: readLayoutImage(folder).index.digest,
    parts: { name: folder, manifest: json, config: json, blob: async (digest) => readBlob(folder, digest) },
  };
}

/**
 * Makes a layout in `into` of one manifest of another layout, which it links to: Trivy takes the first manifest of
 * the first index that it finds, whatever platform it is asked for.
 */
export function layoutOf(folder: string, { digest, mediaType, size }: ServedManifest, into: string): string {
  mkdirSync(into, { recursive: true });
  symlinkSync(resolve(folder, "blobs"), join(into, "blobs"));
  writeFileSync(join(into, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(
    join(into, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size }] }),
  );
  return into;
}

function served(folder: string, digest: string, mediaType: string): ServedManifest {
  if (!isDigest(digest)) throw broken(folder, `${digest} is no digest`);
  const bytes = readBlob(folder, digest);
  return { digest, mediaType, size: bytes.byteLength, content: JSON.parse(bytes.toString("utf8")) };
}

function readBlob(folder: string, digest: Digest): Buffer {
  const file = join(folder, "blobs", ...digest.split(":"));
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw broken(folder, `${digest} is not in it`);
  }
  if (digestOf(bytes) !== digest) throw broken(folder, `${digest} holds something else`);
  return bytes;
}

function readJson(folder: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw broken(folder, "there is no OCI layout: index.json can't be read as JSON");
  }
}

function broken(where: string, problem: string): PlatformError {
  const fix = "build it with BuildKit: type=oci,tar=false,dest=<folder>";
  return new PlatformError({ code: "broken-layout", where, problem, fix });
}
