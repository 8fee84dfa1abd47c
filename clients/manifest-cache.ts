/**
 * Manifests by digest, kept on disk across runs. A digest settles the bytes for ever, and ghcr.io counts each read as
 * a download that brings a public version nearer to the 5,000 that make it undeletable; so one read has to do.
 *
 * A file is the media type on a line and the very bytes below it; they are checked against the digest when read.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../core/images";
import { digestOf } from "./registry";

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface ManifestCache {
  /** Undefined: not known, or what is on disk is not what the digest says. */
  get(digest: Digest): StoredManifest | undefined;
  put(digest: Digest, manifest: StoredManifest): void;
}

/** @param environment for XDG_CACHE_HOME, as the XDG base directory specification reads it */
export function manifestCacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return join(platformCache(environment), "manifests");
}

/** Where everything lies that the platform keeps across runs. */
export function platformCache(environment: Readonly<Record<string, string | undefined>>): string {
  const cache = environment["XDG_CACHE_HOME"];
  return join(cache === undefined || cache === "" ? join(homedir(), ".cache") : cache, "ghcr-platform");
}

export function diskManifestCache(folder: string): ManifestCache {
  const fileOf = (digest: Digest) => join(folder, digest.slice(7, 9), digest.slice(7));
  return {
    get(digest) {
      if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
      let file: Buffer;
      try {
        file = readFileSync(fileOf(digest));
      } catch {
        return undefined;
      }
      const end = file.indexOf(10);
      const bytes = file.subarray(end + 1);
      if (end < 0 || digestOf(bytes) !== digest) return undefined;
      return { mediaType: file.subarray(0, end).toString(), bytes };
    },
    put(digest, { mediaType, bytes }) {
      const file = fileOf(digest);
      // Names of private images are no one else's business.
      mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
      const fresh = `${file}.${process.pid}`;
      writeFileSync(fresh, Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]), { mode: 0o600 });
      renameSync(fresh, file);
    },
  };
}
