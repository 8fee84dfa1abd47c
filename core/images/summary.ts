/** What a run says of an image that it has published, as Markdown for the job's summary. */
import { compare, parse } from "semver";
import { severities, type Counts } from "../scan";

export interface SizedPlatform {
  /** `linux/arm64` */
  readonly platform: string;
  readonly digest: string;
  /** Bytes of configuration and layers, as they are stored. */
  readonly size: number;
  /** Vulnerabilities by severity, as the latest result of the gate has them; undefined: there is none. */
  readonly findings?: Counts | undefined;
}

/** As the gate's own table: `unknown` tells nobody anything. */
const shown = severities.slice(0, 4);

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
  const before = new Map(lastRelease?.platforms.map((each) => [each.platform, each]));
  const since = lastRelease === undefined ? "" : ` since ${lastRelease.version} |`;
  return [
    `### ${name.split("/").at(-1) ?? name}`,
    "",
    `\`${name}@${digest}\``,
    "",
    `Tags: ${tags.map((tag) => `\`${tag}\``).join(", ")}`,
    "",
    `| platform | size |${since} ${shown.join(" | ")} | digest |`,
    `| --- | ---: |${since === "" ? "" : " ---: |"}${" ---: |".repeat(shown.length)} --- |`,
    ...platforms.map(({ platform, size, findings, digest: own }) => {
      const last = before.get(platform);
      const change = lastRelease === undefined ? "" : ` ${difference(size, last?.size)} |`;
      const counts = shown.map((severity) => counted(findings?.[severity], last?.findings?.[severity]));
      return `| ${platform} | ${megabytes(size)} |${change} ${counts.join(" | ")} | \`${own.slice(0, 19)}\` |`;
    }),
    ...(lastRelease === undefined
      ? ["", "No other release to compare with."]
      : [...dropped(platforms, lastRelease), ...uncounted(platforms, lastRelease)]),
  ].join("\n");
}

/** Where there is no number to compare with, none is made up. */
function uncounted(
  platforms: readonly SizedPlatform[],
  last: NonNullable<PublishedSummary["lastRelease"]>,
): readonly string[] {
  if (platforms.every(({ findings }) => findings === undefined)) return [];
  return last.platforms.some(({ findings }) => findings !== undefined)
    ? []
    : ["", `No result of the gate is attached to ${last.version}: vulnerabilities can't be compared.`];
}

/** `3 (+1)`: the number, and how it changed since the last release. */
function counted(now: number | undefined, before: number | undefined): string {
  if (now === undefined) return "not scanned";
  if (before === undefined) return String(now);
  const change = now - before;
  return `${now} (${change === 0 ? "±0" : change > 0 ? `+${change}` : `−${-change}`})`;
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
