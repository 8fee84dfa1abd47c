/** A registry that is asked for each manifest and configuration once, and given each small blob once. */
import { isDigest } from "../core/names";
import { digestOf, type Registry } from "./registry";

/**
 * What is named by its digest never changes, so several steps of one run share what was read of it. A manifest isn't
 * taken for stored because it was pushed: it is read back from the registry once. All is held in memory, so it is for
 * one image's worth of reading.
 */
export function rememberedRegistry(registry: Registry): Registry {
  const itself = (text: string) => text;
  const manifest = remembered(registry.manifest, itself);
  return {
    ...registry,
    manifest: (repository, reference) =>
      isDigest(reference) ? manifest(repository, reference) : registry.manifest(repository, reference),
    config: remembered(registry.config, itself),
    putBlob: remembered(registry.putBlob, digestOf),
  };
}

/** A failure is not remembered. */
function remembered<Named, Answer>(
  ask: (repository: string, what: Named) => Promise<Answer>,
  nameOf: (what: Named) => string,
): (repository: string, what: Named) => Promise<Answer> {
  const known = new Map<string, Promise<Answer>>();
  return (repository, what) => {
    const key = `${repository}@${nameOf(what)}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const asked = ask(repository, what);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  };
}
