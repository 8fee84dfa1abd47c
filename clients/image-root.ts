/** The files of one platform of an image, unpacked as the root of a container. Needs root: files keep their owners. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "../core/errors";
import { readConfig, readIndex, readManifest, type ImageConfig } from "../core/images";
import { isDigest, type Digest } from "../core/names";
import type { Registry } from "./registry";

const execute = promisify(execFile);

export interface ImageRoot {
  /** The platform's own manifest. */
  readonly digest: Digest;
  readonly config: ImageConfig;
}

/** Where an image's parts are read from; each is what its digest says. */
export interface ImageParts {
  /** For messages. */
  readonly name: string;
  /** Parsed. */
  manifest(digest: Digest): Promise<unknown>;
  /** Parsed. */
  config(digest: Digest): Promise<unknown>;
  /** @param size in bytes, as its descriptor says */
  blob(digest: Digest, size: number): Promise<Uint8Array>;
}

export function registryParts(registry: Registry, repository: string): ImageParts {
  return {
    name: `${registry.host}/${repository}`,
    manifest: async (digest) => (await registry.manifest(repository, digest)).json,
    config: (digest) => registry.config(repository, digest),
    blob: (digest, size) => registry.blob(repository, digest, size),
  };
}

/**
 * Reads a platform's layers and unpacks them into a new folder.
 * @param image an index, or the platform's own manifest
 * @param platform `linux/arm64`
 * @throws PlatformError where the image has no such platform, or a layer would write outside of the folder
 */
export async function unpackImage(
  parts: ImageParts,
  image: Digest,
  platform: string,
  root: string,
): Promise<ImageRoot> {
  const where = `${parts.name}@${image}`;
  const index = readIndex(await parts.manifest(image));
  const digest = index.ok
    ? index.value.manifests.find(
        ({ platform: of }) => of !== undefined && `${of.os}/${of.architecture}` === platform,
      )?.digest
    : image;
  if (digest === undefined || !isDigest(digest)) {
    throw unusable(where, "the index has no manifest for this platform", platform);
  }
  const manifest = readManifest(await parts.manifest(digest));
  if (!manifest.ok) throw unusable(where, manifest.problem, digest);
  const { config, layers } = manifest.value;
  if (!isDigest(config.digest)) throw unusable(where, "the configuration has no digest", config.digest);
  const read = readConfig(await parts.config(config.digest));
  if (!read.ok) throw unusable(where, read.problem, config.digest);
  const built = `${read.value.os}/${read.value.architecture}`;
  if (built !== platform) throw unusable(where, `its configuration says that it is for ${built}`, platform);
  mkdirSync(root, { recursive: true });
  const archive = `${root}.layer`;
  for (const layer of layers) {
    if (!isDigest(layer.digest)) throw unusable(where, "a layer has no digest", layer.digest);
    writeFileSync(archive, await parts.blob(layer.digest, layer.size));
    await applyLayer(archive, root);
    rmSync(archive);
  }
  return { digest, config: read.value };
}

/**
 * One layer on top of those below: what it deletes, then what it holds. OCI image specification, layer.md.
 * @throws PlatformError where a path leads out of the root, also by a link that a layer below has put there
 */
export async function applyLayer(archive: string, root: string): Promise<void> {
  const { stdout } = await execute("tar", ["--list", "--file", archive], { maxBuffer: 1 << 28 });
  const paths = stdout
    .split("\n")
    .filter((path) => path !== "")
    .map((path) => posix.normalize(path));
  for (const folder of new Set(paths.map((path) => dirname(path)))) requireInside(root, folder);
  for (const path of paths) {
    const [folder, name] = [dirname(path), posix.basename(path)];
    if (name === ".wh..wh..opq") {
      for (const entry of entriesOf(join(root, folder)))
        rmSync(join(root, folder, entry), { recursive: true });
    } else if (name.startsWith(".wh.")) {
      rmSync(join(root, folder, name.slice(".wh.".length)), { recursive: true, force: true });
    }
  }
  const names = ["--numeric-owner", "--same-owner", "--same-permissions", "--exclude=.wh.*"];
  await execute("tar", ["--extract", "--file", archive, "--directory", root, ...names]);
}

function requireInside(root: string, folder: string): void {
  const outside = () => unusable(root, "a layer holds a path that leads out of the image", folder);
  if (folder.startsWith("/") || folder.split("/").includes("..")) throw outside();
  const parts = folder.split("/");
  for (let length = parts.length; length > 0; length -= 1) {
    const path = join(root, ...parts.slice(0, length));
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    const real = realpathSync(path);
    const top = realpathSync(root);
    if (real !== top && !real.startsWith(`${top}${sep}`)) throw outside();
    return;
  }
}

function entriesOf(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

function unusable(where: string, problem: string, got: string): PlatformError {
  return new PlatformError({
    code: "unusable-image",
    where,
    problem,
    got,
    fix: "build the image with BuildKit for the declared platforms, and push it again",
  });
}
