/** A registry that is asked for each manifest and configuration once. */
import { isDigest } from "../core/names";
import type { Registry } from "./registry";

/**
 * What is named by its digest never changes, so several steps of one run share what was read of it. Nothing is taken
 * for stored because it was pushed: it is read back from the registry once. All is held in memory, so it is for one
 * image's worth of reading.
 */
export function rememberedRegistry(registry: Registry): Registry {
  const manifest = remembered((repository, reference) => registry.manifest(repository, reference));
  const config = remembered(registry.config);
  return {
    ...registry,
    config,
    manifest: (repository, reference) =>
      isDigest(reference) ? manifest(repository, reference) : registry.manifest(repository, reference),
  };
}

/** A failure is not remembered. */
function remembered<Reference extends string, Read>(
  read: (repository: string, reference: Reference) => Promise<Read>,
): (repository: string, reference: Reference) => Promise<Read> {
  const known = new Map<string, Promise<Read>>();
  return (repository, reference) => {
    const key = `${repository}@${reference}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const reading = read(repository, reference);
    known.set(key, reading);
    reading.catch(() => known.delete(key));
    return reading;
  };
}
