/**
 * The lock file of official releases, `releases.json`: where a release lies and which bytes it must be. A
 * checksum that nobody has looked up is `null`, and such a release is not downloaded: `pin-releases.ts` looks it
 * up. See there for how.
 */
import { z } from "zod";
import type { ToolName } from "./catalogue";
import { platformKey, type Platform, type PlatformKey } from "./platform";
import committed from "./releases.json";

const pin = z.strictObject({
  /** Hexadecimal SHA-256 of the archive; null: not looked up yet. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** Who says so. */
  source: z.string().optional(),
});

const release = z.strictObject({
  version: z.string(),
  /** Address of the gzipped tar archive, or of `executable`; `{version}`, `{os}` and `{arch}` are filled in. */
  url: z.string(),
  /** Address of the publisher's checksums, if there are any; the same places are filled in. */
  checksums: z.string().optional(),
  /** The publisher's words for a system and an architecture where they aren't Go's. */
  os: z.record(z.string(), z.string()).optional(),
  arch: z.record(z.string(), z.string()).optional(),
  /** Folder in the archive that the executables lie in. */
  folder: z.string(),
  /** Name of the executable where the release is just that, no archive. */
  executable: z.string().optional(),
  /** Platforms that are published. */
  platforms: z.partialRecord(z.enum(["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"]), pin),
});

const lock = z.record(z.string(), release);

export type Release = z.infer<typeof release>;
export type ReleaseLock = Readonly<Record<string, Release>>;

/** A release that may be downloaded. */
export interface PinnedRelease {
  readonly url: string;
  readonly sha256: string;
  readonly folder: string;
  /** Name of the executable that the release is. Absent: it is a gzipped tar archive. */
  readonly executable?: string;
}

/** The committed lock file. Throws if it isn't well-formed: that is a defect, not a user's mistake. */
export function committedReleases(): ReleaseLock {
  return lock.parse(committed);
}

/** What to download of a tool at a version for a platform; else, in words, why nothing is. */
export function pinnedRelease(
  releases: ReleaseLock,
  name: ToolName,
  version: string,
  platform: Platform,
): PinnedRelease | string {
  const found = releases[name];
  if (found === undefined) return "has no release of its own";
  if (found.version !== version) return `the lock file has ${found.version}, not ${version}`;
  const pinned = found.platforms[platformKey(platform)];
  if (pinned === undefined) return `isn't published for ${platformKey(platform)}`;
  if (pinned.sha256 === null) return `no checksum is pinned for ${platformKey(platform)}`;
  return {
    url: releaseUrl(found, found.url, platform),
    sha256: pinned.sha256,
    folder: found.folder,
    ...(found.executable === undefined ? {} : { executable: found.executable }),
  };
}

/** Fills in an address of the lock file. */
export function releaseUrl(found: Release, template: string, platform: Platform): string {
  return template
    .replaceAll("{version}", found.version)
    .replaceAll("{os}", found.os?.[platform.os] ?? platform.os)
    .replaceAll("{arch}", found.arch?.[platform.arch] ?? platform.arch);
}

/** The platform that a key of the lock file stands for. */
export function platformOf(key: PlatformKey): Platform {
  const [os, arch] = key.split("-") as [Platform["os"], Platform["arch"]];
  return { os, arch };
}
