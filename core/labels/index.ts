/** Labels of an image's configuration and annotations of its index: OCI image specification 1.1, "Annotations". */
import { PlatformError, type Fault } from "../errors";

/** What the standard keys are filled from. Absent ones are left out: an empty label says something false. */
export interface LabelFacts {
  /** The service's name. */
  readonly title: string;
  readonly description?: string | undefined;
  /** When the source was committed, not when it was built: the same commit gives the same labels. */
  readonly committedAt: Date;
  /** The commit, 40 hexadecimal digits. */
  readonly revision: string;
  /** The most telling tag: `1.2.3`, else `sha-<7>`. */
  readonly version: string;
  /** Page of the source repository; GHCR links the package to it by this label. */
  readonly source?: string | undefined;
  readonly url?: string | undefined;
  readonly documentation?: string | undefined;
  readonly vendor?: string | undefined;
  readonly authors?: string | undefined;
  /** SPDX expression. */
  readonly licenses?: string | undefined;
  /** `org.opencontainers.image.ref.name`. */
  readonly refName?: string | undefined;
  readonly base?: { readonly name: string; readonly digest?: string | undefined } | undefined;
}

const prefix = "org.opencontainers.image.";
/** GHCR shows up to 512 characters of a description and 256 of a license. */
const longest: Readonly<Record<string, number>> = { description: 512, licenses: 256 };

/**
 * The standard keys with their values, in alphabetical order; the same for labels and annotations.
 * @throws PlatformError with every fault at once
 */
export function labelsFor(facts: LabelFacts): Readonly<Record<string, string>> {
  const values: Record<string, string | undefined> = {
    authors: facts.authors,
    "base.digest": facts.base?.digest,
    "base.name": facts.base?.name,
    created: rfc3339(facts.committedAt),
    description: facts.description,
    documentation: facts.documentation,
    licenses: facts.licenses,
    "ref.name": facts.refName,
    revision: facts.revision,
    source: facts.source,
    title: facts.title,
    url: facts.url,
    vendor: facts.vendor,
    version: facts.version,
  };
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const faults = given.flatMap(([key, value]) => valueFaults(key, value));
  if (faults.length > 0) throw new PlatformError(faults);
  return Object.fromEntries(given.map(([key, value]) => [prefix + key, value]));
}

/** Seconds since 1970 of the commit, for SOURCE_DATE_EPOCH: https://reproducible-builds.org/specs/source-date-epoch/ */
export function sourceDateEpoch(committedAt: Date): string {
  return String(Math.floor(committedAt.getTime() / 1000));
}

/** RFC 3339 in UTC, whole seconds. */
function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}

function valueFaults(key: string, value: string): Fault[] {
  const most = longest[key] ?? 4096;
  const problem =
    value.trim() === ""
      ? "must not be empty"
      : /[\u0000-\u001f\u007f]/.test(value)
        ? "must be one line without control characters"
        : value.length > most
          ? `must be at most ${most} characters`
          : undefined;
  if (problem === undefined) return [];
  return [
    {
      code: "invalid-label",
      where: prefix + key,
      problem,
      got: value.slice(0, 80),
      fix: `shorten or mend the service's ${key}`,
    },
  ];
}
