/** The packages of an owner for `make show`: GitHub tells their versions and tags, the registry their sizes. */
import pc from "picocolors";
import type { Registry } from "../../clients/registry";
import { parseDigest, type Digest } from "../../core/names";
import { get, list, type ApiAccess } from "./show-requests";

export interface PackageView {
  readonly name: string;
  readonly visibility: string;
  /** Name of the repository that it is linked to; null for none. */
  readonly repository: string | null;
  /** Newest first. */
  readonly versions: readonly { readonly digest: string; readonly tags: readonly string[] }[];
  /** Bytes of all its versions, what they share counted once; null where no registry was there to be asked. */
  readonly bytes: number | null;
}

interface PackageOptions extends ApiAccess {
  readonly owner: string;
  readonly storage?: Registry;
}

/** @throws PlatformError `github-unreachable`, `github-refused` */
export async function viewPackages(options: PackageOptions): Promise<PackageView[]> {
  const { type } = await get<{ type: string }>(options, `users/${options.owner}`);
  const base = `${type === "Organization" ? "orgs" : "users"}/${options.owner}/packages`;
  const all = await list<{ name: string; visibility: string; repository?: { name: string } }>(
    options,
    `${base}?package_type=container`,
  );
  const sorted = [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(
    sorted.map(async ({ name, visibility, repository }) => {
      const versions = await list<{ name: string; metadata?: { container?: { tags: string[] } } }>(
        options,
        `${base}/container/${encodeURIComponent(name)}/versions`,
      );
      const digests = versions.map((version) => parseDigest(name, version.name));
      const bytes =
        options.storage === undefined
          ? null
          : await sizeOf(options.storage, `${options.owner}/${name}`.toLowerCase(), digests);
      return {
        name,
        visibility,
        repository: repository?.name ?? null,
        versions: versions.map((one) => ({ digest: one.name, tags: one.metadata?.container?.tags ?? [] })),
        bytes,
      };
    }),
  );
}

interface ManifestDocument {
  readonly config?: Sized;
  readonly layers?: readonly Sized[];
}

interface Sized {
  readonly digest: string;
  readonly size: number;
}

async function sizeOf(storage: Registry, repository: string, digests: readonly Digest[]): Promise<number> {
  const sizes = new Map<string, number>();
  for (const digest of digests) {
    const { size, json } = await storage.manifest(repository, digest);
    const { config, layers = [] } = json as ManifestDocument;
    sizes.set(digest, size);
    for (const blob of [...(config === undefined ? [] : [config]), ...layers])
      sizes.set(blob.digest, blob.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** For people. */
export function renderPackages(owner: string, packages: readonly PackageView[]): string {
  const head = `${pc.bold(owner)}: ${packages.length === 1 ? "1 package" : `${packages.length} packages`}`;
  return [head, ...packages.map((one) => renderPackage(owner, one))].join("\n\n");
}

function renderPackage(
  owner: string,
  { name, visibility, repository, versions, bytes }: PackageView,
): string {
  const tagged = versions.filter(({ tags }) => tags.length > 0);
  const untagged = versions.length - tagged.length;
  const size = bytes === null ? "" : `, ${(bytes / 1e6).toFixed(1)} MB`;
  const link = repository === null ? "linked to no repository" : `linked to ${repository}`;
  return [
    `${pc.bold(`${owner}/${name}`)} (${visibility}, ${link})`,
    `  ${pc.dim("versions".padEnd(11))} ${versions.length}${size}`,
    ...tagged.map(({ digest, tags }) => `    ${digest.slice(0, 19)}  ${tags.join(", ")}`),
    ...(untagged === 0 ? [] : [`    ${untagged} untagged: platforms of an index, or what a tag left behind`]),
  ].join("\n");
}
