/**
 * A registry as the platform uses it: OCI distribution specification 1.1 over fetch, read and tag, uploads of small
 * blobs only. What is read is checked against its digest before anyone sees it.
 */
import { createHash } from "node:crypto";
import { isDigest, type Digest } from "../core/names";
import { RegistryError, unlessNotFound } from "./registry-error";
import { createTransport } from "./registry-transport";
import type { Answer, Transport, TransportOptions } from "./registry-transport";

/** OCI content descriptor, as far as the platform reads it. `size` in bytes. */
export interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

export interface Manifest extends Descriptor {
  /** The very bytes that the digest is of; a tag moves by pushing them again. */
  readonly bytes: Uint8Array;
  /** The bytes parsed; nothing but JSON is checked. */
  readonly json: unknown;
}

/** A manifest whose `subject` is another one: a signature, an attestation, an SBOM. */
export interface Referrer extends Descriptor {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * All calls throw PlatformError `registry-unreachable` and `registry-denied`, and RegistryError for any other
 * refusal or an answer that the protocol doesn't allow. `repository` is the name without the host; `reference` a
 * tag or a digest.
 */
export interface Registry {
  /** `ghcr.io`, `127.0.0.1:18481`. */
  readonly host: string;
  /** What a tag or digest stands for now; undefined if there is none. */
  resolve(repository: string, reference: string): Promise<Descriptor | undefined>;
  /** @throws RegistryError with `isNotFound` if there is none */
  manifest(repository: string, reference: string): Promise<Manifest>;
  /** Stores the bytes under a tag or their digest and gives their digest. Repeating it changes nothing. */
  putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Promise<Digest>;
  /** An image configuration (or another small JSON blob), parsed. */
  config(repository: string, digest: Digest): Promise<unknown>;
  blobExists(repository: string, digest: Digest): Promise<boolean>;
  /**
   * Uploads a small blob in one piece and gives its digest. One that is there already is left alone.
   * @param isNew it is most likely not there, so nobody asks first; uploading it again does no harm. @default false
   */
  putBlob(repository: string, bytes: Uint8Array, isNew?: boolean): Promise<Digest>;
  /** A blob of any kind, whole in memory. `size` in bytes, as its descriptor says; more is not read. */
  blob(repository: string, digest: Digest, size: number): Promise<Uint8Array>;
  /** All tags, in the registry's order. */
  tags(repository: string): Promise<readonly string[]>;
  /** What refers to the manifest: by the referrers API, else by the fallback tag's index. */
  referrers(repository: string, digest: Digest): Promise<readonly Referrer[]>;
}

/** Media types of manifests; ghcr.io answers MANIFEST_UNKNOWN for one that is not in `Accept`. */
export const MANIFEST_MEDIA_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

/** The specification asks registries for 4 MiB manifests at least; configurations are far smaller. */
const JSON_LIMIT = 8 * 1024 * 1024;
const LIST_LIMIT = 32 * 1024 * 1024;
const NOTHING = 64 * 1024;
/** A gigabyte at 2 MB a second. */
const LAYER_TIMEOUT_MS = 10 * 60_000;

/** @param host with its port if it has one; plain http is used for this machine only */
export function openRegistry(host: string, options: TransportOptions = {}): Registry {
  const transport = createTransport(host, options);
  const get = (repository: string, path: string, limit: number, accept?: string) =>
    transport.send({
      method: "GET",
      repository,
      path,
      limit,
      ...(accept === undefined ? {} : { headers: { accept } }),
    });

  let hasReferrers = true;

  async function manifest(repository: string, reference: string): Promise<Manifest> {
    const path = manifestPath(repository, reference);
    const answer = await get(repository, path, JSON_LIMIT, MANIFEST_MEDIA_TYPES.join(", "));
    const { headers, bytes } = answer;
    const expected = asDigest(reference) ?? asDigest(headers.get("docker-content-digest"));
    const digest = verified(`GET ${path}`, bytes, expected);
    return {
      digest,
      mediaType: mediaTypeOf(headers),
      size: bytes.byteLength,
      bytes,
      json: parsed(path, bytes),
    };
  }

  async function blobExists(repository: string, digest: Digest): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const answer = await unlessNotFound(transport.send({ method: "HEAD", repository, path, limit: NOTHING }));
    return answer !== undefined;
  }

  return {
    host,
    manifest,
    blobExists,
    async resolve(repository, reference) {
      const path = manifestPath(repository, reference);
      const headers = { accept: MANIFEST_MEDIA_TYPES.join(", ") };
      const answer = await unlessNotFound(
        transport.send({ method: "HEAD", repository, path, headers, limit: NOTHING }),
      );
      if (answer === undefined) return undefined;
      const digest = asDigest(answer.headers.get("docker-content-digest"));
      const size = Number(answer.headers.get("content-length") ?? Number.NaN);
      // A HEAD has no bytes to check; a registry that leaves digest or length out is asked for them.
      if (digest === undefined || !Number.isInteger(size))
        return describe(await manifest(repository, reference));
      if (isDigest(reference) && digest !== reference) throw mismatch(`HEAD ${path}`, reference, digest);
      return { digest, mediaType: mediaTypeOf(answer.headers), size };
    },
    async putManifest(repository, reference, bytes, mediaType) {
      const path = manifestPath(repository, reference);
      const digest = verified(`PUT ${path}`, bytes, asDigest(reference));
      const headers = { "content-type": mediaType };
      const answer = await transport.send({
        method: "PUT",
        repository,
        path,
        headers,
        body: bytes,
        limit: NOTHING,
      });
      const stored = asDigest(answer.headers.get("docker-content-digest"));
      if (stored !== undefined && stored !== digest) throw mismatch(`PUT ${path}`, digest, stored);
      return digest;
    },
    async config(repository, digest) {
      const path = `/v2/${repository}/blobs/${digest}`;
      const { bytes } = await get(repository, path, JSON_LIMIT);
      verified(`GET ${path}`, bytes, digest);
      return parsed(path, bytes);
    },
    async putBlob(repository, bytes, isNew = false) {
      const digest = digestOf(bytes);
      if (!isNew && (await blobExists(repository, digest))) return digest;
      // Distribution specification 1.1, "Pushing a blob monolithically", POST then PUT.
      const uploads = `/v2/${repository}/blobs/uploads/`;
      const started = await transport.send({ method: "POST", repository, path: uploads, limit: NOTHING });
      const location = started.headers.get("location");
      if (location === null) throw new RegistryError(`POST ${uploads}`, 0, "NO_LOCATION", "");
      const path = withDigest(ownPath(location, uploads), digest);
      const headers = { "content-type": "application/octet-stream" };
      await transport.send({ method: "PUT", repository, path, headers, body: bytes, limit: NOTHING });
      return digest;
    },
    async blob(repository, digest, size) {
      const path = `/v2/${repository}/blobs/${digest}`;
      const call = { method: "GET", repository, path, limit: size, timeoutMs: LAYER_TIMEOUT_MS } as const;
      const { bytes } = await transport.send(call);
      verified(`GET ${path}`, bytes, digest);
      return bytes;
    },
    async tags(repository) {
      const pages = await allPages(transport, repository, `/v2/${repository}/tags/list?n=100`);
      return pages.flatMap((page) => strings(field(page, "tags")));
    },
    async referrers(repository, digest) {
      const path = `/v2/${repository}/referrers/${digest}`;
      const pages = hasReferrers ? await unlessNotFound(allPages(transport, repository, path)) : undefined;
      // A registry that has the API never answers 404 there (distribution specification 1.1, "Listing Referrers").
      hasReferrers = pages !== undefined;
      const listed = (pages ?? []).flatMap(referrersIn);
      if (listed.length > 0) return listed;
      // ghcr.io has no referrers API and was also seen to answer with an empty list: the tag decides.
      const fallback = await unlessNotFound(manifest(repository, digest.replace(":", "-")));
      return fallback === undefined ? [] : referrersIn(fallback.json);
    },
  };
}

/** The digest of the bytes, as a registry names them. */
export function digestOf(bytes: Uint8Array): Digest {
  // A proof of the brand: 64 hexadecimal digits are what sha256 gives.
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

function asDigest(text: string | null): Digest | undefined {
  return text !== null && isDigest(text) ? text : undefined;
}

function manifestPath(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${reference}`;
}

function verified(request: string, bytes: Uint8Array, expected: Digest | undefined): Digest {
  const digest = digestOf(bytes);
  if (expected !== undefined && digest !== expected) throw mismatch(request, expected, digest);
  return digest;
}

function mismatch(request: string, expected: string, found: string): RegistryError {
  return new RegistryError(request, 0, "DIGEST_MISMATCH", `expected ${expected}, got ${found}`);
}

function describe({ digest, mediaType, size }: Manifest): Descriptor {
  return { digest, mediaType, size };
}

function mediaTypeOf(headers: Headers): string {
  return headers.get("content-type")?.split(";")[0]?.trim() ?? "";
}

/** Follows `Link: <…>; rel="next"` (distribution specification, "Listing Tags"), on this registry only. */
async function allPages(transport: Transport, repository: string, first: string): Promise<unknown[]> {
  const pages: unknown[] = [];
  const seen = new Set<string>();
  for (let path: string | undefined = first; path !== undefined;) {
    if (seen.has(path))
      throw new RegistryError(`GET ${first}`, 0, "PAGING_LOOP", "a page leads back to itself");
    seen.add(path);
    const answer: Answer = await transport.send({ method: "GET", repository, path, limit: LIST_LIMIT });
    pages.push(parsed(path, answer.bytes));
    path = nextPage(answer.headers.get("link"), path);
  }
  return pages;
}

function nextPage(link: string | null, current: string): string | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "") ?? [];
  return target === undefined ? undefined : ownPath(target, current);
}

/** Only path and query are taken over: whatever host a registry believes to be, it is asked where it was found. */
function ownPath(address: string, current: string): string {
  const { pathname, search } = new URL(address, `http://registry${current}`);
  return `${pathname}${search}`;
}

function withDigest(path: string, digest: Digest): string {
  return `${path}${path.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
}

/** What the index of a fallback tag, or the referrers API, lists. */
export function referrersIn(list: unknown): Referrer[] {
  const entries = field(list, "manifests");
  return (Array.isArray(entries) ? entries : []).flatMap((entry: unknown) => {
    const [digest, mediaType, size] = ["digest", "mediaType", "size"].map((name) => field(entry, name));
    if (typeof digest !== "string" || !isDigest(digest) || typeof mediaType !== "string") return [];
    const artifactType = field(entry, "artifactType");
    const annotations = field(entry, "annotations");
    return {
      digest,
      mediaType,
      size: typeof size === "number" ? size : 0,
      ...(typeof artifactType === "string" ? { artifactType } : {}),
      ...(isStringMap(annotations) ? { annotations } : {}),
    };
  });
}

function parsed(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new RegistryError(`GET ${path.split("?")[0]}`, 0, "NOT_JSON", "");
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

function isStringMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" && value !== null && Object.values(value).every((v) => typeof v === "string")
  );
}
