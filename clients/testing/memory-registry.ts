/** A registry in memory, one step a call, for tests that decide in which order the calls of several clients come. */
import { RegistryError } from "../registry-error";
import { digestOf, type Manifest, type Referrer, type Registry } from "../registry";
import type { Digest } from "../../core/names";

export class MemoryRegistry {
  readonly tags = new Map<string, Digest>();
  readonly manifests = new Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>();
  readonly blobs = new Map<string, Uint8Array>();

  put(reference: string, mediaType: string, content: unknown): Digest {
    return this.store(reference, Buffer.from(JSON.stringify(content)), mediaType);
  }

  /** @param turn waited for before each call, with the call's name and the reference that it is about */
  client(turn: (call: string, reference: string) => Promise<void> = async () => undefined): Registry {
    const digestAt = (reference: string) =>
      reference.includes(":") ? (reference as Digest) : this.tags.get(reference);
    const find = (reference: string): Manifest | undefined => {
      const digest = digestAt(reference);
      const stored = digest === undefined ? undefined : this.manifests.get(digest);
      if (digest === undefined || stored === undefined) return undefined;
      const json: unknown = JSON.parse(Buffer.from(stored.bytes).toString("utf8"));
      return { ...stored, digest, size: stored.bytes.byteLength, json };
    };
    const manifest = async (_: string, reference: string) => {
      await turn("manifest", reference);
      const found = find(reference);
      if (found === undefined) throw new RegistryError(`GET ${reference}`, 404, "MANIFEST_UNKNOWN", "");
      return found;
    };
    return {
      host: "registry.test",
      manifest,
      resolve: async (_, reference) => {
        await turn("resolve", reference);
        const found = find(reference);
        return found && { digest: found.digest, mediaType: found.mediaType, size: found.size };
      },
      putManifest: async (_, reference, bytes, mediaType) => {
        await turn("putManifest", reference);
        return this.store(reference, bytes, mediaType);
      },
      putBlob: async (_, bytes) => {
        this.blobs.set(digestOf(bytes), bytes);
        return digestOf(bytes);
      },
      blob: async (_, digest) => {
        const bytes = this.blobs.get(digest);
        if (bytes === undefined) throw new RegistryError(`GET ${digest}`, 404, "BLOB_UNKNOWN", "");
        return bytes;
      },
      blobExists: async (_, digest) => this.blobs.has(digest),
      config: async () => ({}),
      tags: async () => [...this.tags.keys()],
      referrers: async (repository, digest) => {
        const index = await manifest(repository, digest.replace(":", "-")).catch(() => undefined);
        return ((index?.json as { manifests?: Referrer[] } | undefined)?.manifests ?? []) as Referrer[];
      },
    };
  }

  private store(reference: string, bytes: Uint8Array, mediaType: string): Digest {
    const digest = digestOf(bytes);
    this.manifests.set(digest, { bytes, mediaType });
    if (!reference.includes(":")) this.tags.set(reference, digest);
    return digest;
  }
}
