/**
 * For maintainers, after a version in `catalogue.ts` and `releases.json` was changed, or to fill in checksums that
 * are still `null`; on a machine that reaches the publishers:
 *
 *     sandbox/node sandbox/toolchain/pin-releases.ts [tool...]
 *
 * Downloads each release that has no checksum for its version yet, compares it with the publisher's checksums
 * where there are any, and writes the lock file. Nothing is written if anything differs. Look at the diff before
 * you commit it: for a publisher without checksums the file itself is all there was to go by, and `source` says so.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PlatformError } from "../../core/errors";
import { terminalProgress, type Progress } from "../progress";
import { Downloader } from "./download";
import type { PlatformKey } from "./platform";
import { committedReleases, platformOf, releaseUrl, type Release, type ReleaseLock } from "./release-lock";

/** The two things that are asked of the network. */
export interface Publisher {
  /** SHA-256 of a file. */
  digest(url: string, say: (detail: string) => void): Promise<string>;
  /** Text of a small file. */
  text(url: string): Promise<string>;
}

/** The lock file with every missing checksum of the named tools filled in. PlatformError if one differs. */
export async function pinReleases(
  releases: ReleaseLock,
  names: readonly string[],
  publisher: Publisher,
  progress: Progress,
): Promise<ReleaseLock> {
  const pinned: Record<string, Release> = { ...releases };
  for (const name of names) {
    const release = releases[name];
    if (release === undefined) throw unknownTool(name, Object.keys(releases));
    const platforms = { ...release.platforms };
    for (const [key, { sha256 }] of Object.entries(platforms) as [PlatformKey, { sha256: string | null }][]) {
      if (sha256 !== null) continue;
      platforms[key] = await progress.step(`Pin ${name} ${release.version} for ${key}`, {}, (say) =>
        pinOne(release, key, publisher, say),
      );
    }
    pinned[name] = { ...release, platforms };
  }
  return pinned;
}

async function pinOne(
  release: Release,
  key: PlatformKey,
  publisher: Publisher,
  say: (detail: string) => void,
): Promise<{ sha256: string; source: string }> {
  const platform = platformOf(key);
  const url = releaseUrl(release, release.url, platform);
  const sha256 = await publisher.digest(url, say);
  if (release.checksums === undefined) {
    return { sha256, source: "computed from the download; the publisher gives no checksums" };
  }
  const checksums = releaseUrl(release, release.checksums, platform);
  const published = publishedChecksum(await publisher.text(checksums), basename(new URL(url).pathname));
  if (published !== sha256) throw differs(url, sha256, published);
  return { sha256, source: checksums };
}

/** The SHA-256 that a file in the form of sha256sum(1) gives for a name; undefined if it gives none. */
export function publishedChecksum(text: string, name: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, sum, file] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (sum !== undefined && file !== undefined && basename(file) === name) return sum.toLowerCase();
  }
  return undefined;
}

function differs(url: string, got: string, published: string | undefined): PlatformError {
  return new PlatformError({
    code: "wrong-checksum",
    where: url,
    problem: `the publisher's checksums ${published === undefined ? "don't name it" : `say ${published}`}`,
    got,
    fix: "download it again; if it stays so, ask the publisher before you pin anything",
  });
}

function unknownTool(name: string, known: readonly string[]): PlatformError {
  return new PlatformError({
    code: "unknown-tool",
    where: "argument",
    problem: `the lock file has no such tool; it has ${known.join(", ")}`,
    got: name,
    fix: "name one of those, or none for all",
  });
}

async function main(): Promise<void> {
  const releases = committedReleases();
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(releases);
  const downloader = new Downloader();
  const folder = mkdtempSync(join(tmpdir(), "pin-releases-"));
  try {
    const publisher: Publisher = {
      digest: (url, say) => downloader.fetch(url, join(folder, "release"), undefined, say),
      text: async (url) => (await fetch(url, { signal: AbortSignal.timeout(30_000) })).text(),
    };
    const pinned = await pinReleases(releases, names, publisher, terminalProgress());
    writeFileSync(join(__dirname, "releases.json"), `${JSON.stringify(pinned, undefined, 2)}\n`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (require.main === module) void main();
