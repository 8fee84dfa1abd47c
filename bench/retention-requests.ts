/** What an inventory asks: cold, and warm with some images more. */
import { manifestSource, takeInventory } from "../clients/inventory";
import type { ManifestCache, StoredManifest } from "../clients/manifest-cache";
import { openPackages } from "../clients/packages";
import { FakePackages, pageSize } from "../clients/testing/fake-packages";

/** Requests to GitHub's list and, one a manifest, to the registry. */
export interface Requests {
  readonly list: number;
  readonly manifests: number;
}

export interface CountedRequests {
  readonly versions: number;
  readonly fresh: number;
  readonly cold: Requests;
  readonly warm: Requests;
  /** Of what fetches every manifest in each run and trusts one pass over the list. */
  readonly plain: Requests;
}

/** Takes an inventory of so many versions twice, with some pushed in between, and one cache. */
export async function countRequests(versions: number, fresh: number): Promise<CountedRequests> {
  const github = new FakePackages();
  const known = new Map<string, StoredManifest>();
  const cache: ManifestCache = {
    get: (digest) => known.get(digest),
    put: (digest, manifest) => void known.set(digest, manifest),
  };
  const push = (count: number): void => {
    for (let each = 0; each < count; each++) github.push();
  };
  const take = async (): Promise<Requests> => {
    const { owner, name, fetch, clock } = github;
    const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
    const manifests = manifestSource(github.registry, `${owner}/${name}`, cache);
    await takeInventory({
      packages,
      manifests,
      known: { pullRequests: null, promotions: null, inUse: null },
      now: () => new Date(github.time),
    });
    return { list: packages.requests(), manifests: manifests.requests() };
  };
  push(versions);
  const cold = await take();
  push(fresh);
  const warm = await take();
  const all = versions + fresh;
  return { versions, fresh, cold, warm, plain: { list: Math.ceil(all / pageSize), manifests: all } };
}

/** The goal: every page twice, and one request for each manifest that no run has read before. */
export function goalFor(versions: number, unknown: number): Requests {
  return { list: 2 * Math.ceil(versions / pageSize), manifests: unknown };
}
