/** What a run says of an image that it has published, as Markdown for the job's summary. */
import { compare, parse } from "semver";

export interface SizedPlatform {
  /** `linux/arm64` */
  readonly platform: string;
  readonly digest: string;
  /** Bytes of configuration and layers, as they are stored. */
  readonly size: number;
}

export interface PublishedSummary {
  /** `<registry>/<owner>/<service>` */
  readonly name: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly platforms: readonly SizedPlatform[];
  /** The release that it is compared with; undefined where there is no other. */
  readonly lastRelease:
    { readonly version: string; readonly platforms: readonly SizedPlatform[] } | undefined;
}

/** The highest version among tags that is no pre-release; `except` are versions that don't count. */
export function lastRelease(tags: readonly string[], except: readonly string[]): string | undefined {
  return tags
    .filter((tag) => !except.includes(tag))
    .flatMap((tag) => {
      const version = parse(tag);
      return version !== null && version.raw === version.version && version.prerelease.length === 0
        ? [version]
        : [];
    })
    .sort(compare)
    .at(-1)?.version;
}

/** Ends without an empty line. */
export function renderSummary({ name, digest, tags, platforms, lastRelease }: PublishedSummary): string {
  const before = new Map(lastRelease?.platforms.map(({ platform, size }) => [platform, size]));
  const since = lastRelease === undefined ? "" : ` since ${lastRelease.version} |`;
  return [
    `### ${name.split("/").at(-1) ?? name}`,
    "",
    `\`${name}@${digest}\``,
    "",
    `Tags: ${tags.map((tag) => `\`${tag}\``).join(", ")}`,
    "",
    `| platform | size |${since === "" ? "" : since} digest |`,
    `| --- | ---: |${since === "" ? "" : " ---: |"} --- |`,
    ...platforms.map(({ platform, size, digest: own }) => {
      const change = lastRelease === undefined ? "" : ` ${difference(size, before.get(platform))} |`;
      return `| ${platform} | ${megabytes(size)} |${change} \`${own.slice(0, 19)}\` |`;
    }),
    ...(lastRelease === undefined
      ? ["", "No other release to compare with."]
      : dropped(platforms, lastRelease)),
  ].join("\n");
}

function dropped(
  platforms: readonly SizedPlatform[],
  last: NonNullable<PublishedSummary["lastRelease"]>,
): readonly string[] {
  const now = platforms.map(({ platform }) => platform);
  const gone = last.platforms.map(({ platform }) => platform).filter((platform) => !now.includes(platform));
  return gone.length === 0 ? [] : ["", `${last.version} was there for ${gone.join(", ")} as well.`];
}

function difference(size: number, before: number | undefined): string {
  if (before === undefined) return "new";
  if (size === before) return "same size";
  const sign = size > before ? "+" : "−";
  const share = before === 0 ? "" : ` (${sign}${((Math.abs(size - before) / before) * 100).toFixed(1)} %)`;
  return `${sign}${megabytes(Math.abs(size - before))}${share}`;
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
