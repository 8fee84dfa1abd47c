/** A registry that is asked for nothing twice that can't have changed. */
import { parseJson } from "../core/json";
import { isDigest, type Digest } from "../core/names";
import { digestOf, type Manifest, type Registry } from "./registry";

/**
 * What is named by its digest never changes, so several steps of one run share what was read of it, and what the
 * registry has confirmed to have stored is not read back. All is held in memory, so it is for one image's worth.
 */
export function rememberedRegistry(registry: Registry): Registry {
  const manifests = new Answers<Manifest>();
  const configs = new Answers<unknown>();
  const blobs = new Answers<Digest>();
  return {
    ...registry,
    manifest: (repository, reference) =>
      isDigest(reference)
        ? manifests.of(`${repository}@${reference}`, () => registry.manifest(repository, reference))
        : registry.manifest(repository, reference),
    config: (repository, digest) =>
      configs.of(`${repository}@${digest}`, () => registry.config(repository, digest)),
    putBlob: (repository, bytes, isNew) => {
      const key = `${repository}@${digestOf(bytes)}`;
      return blobs.of(key, async () => {
        const digest = await registry.putBlob(repository, bytes, isNew);
        const json = parseJson(bytes);
        if (json !== undefined) await configs.of(key, () => Promise.resolve(json));
        return digest;
      });
    },
    async putManifest(repository, reference, bytes, mediaType) {
      const digest = await registry.putManifest(repository, reference, bytes, mediaType);
      const stored = { digest, mediaType, size: bytes.byteLength, bytes, json: parseJson(bytes) };
      await manifests.of(`${repository}@${digest}`, () => Promise.resolve(stored));
      return digest;
    },
  };
}

/** A failure is not remembered. */
class Answers<Answer> {
  readonly #known = new Map<string, Promise<Answer>>();

  of(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const asked = ask();
    this.#known.set(key, asked);
    asked.catch(() => this.#known.delete(key));
    return asked;
  }
}
