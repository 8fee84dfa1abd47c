/**
 * What an image must be before a tag may point at it, over plain data that somebody else has read. The
 * vulnerability gate is not here: it looks inside the layers.
 */
import type { Fault } from "../errors";
import { platformOf, type Digest, type Platform } from "../names";
import {
  mediaTypes,
  readConfig,
  readIndex,
  readManifest,
  type ImageManifest,
  type IndexEntry,
} from "./documents";

/** A manifest as the registry served it. */
export interface ServedManifest {
  readonly digest: Digest;
  /** The type that the registry served it as. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** Its JSON. */
  readonly content: unknown;
}

/** An image index with everything below it that the checks look at. */
export interface ServedImage {
  readonly index: ServedManifest;
  /** By digest; a manifest that the registry lacks is not in it. */
  readonly manifests: ReadonlyMap<string, ServedManifest>;
  /** JSON of configurations by digest; one that the registry lacks is not in it. */
  readonly configs: ReadonlyMap<string, unknown>;
}

export interface ImageExpectation {
  /** Exactly these, in any order. */
  readonly platforms: readonly Platform[];
  /** Each must be on every platform's configuration with this value; others may be there. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the user must be a number other than 0. */
  readonly nonRoot: boolean;
}

/** One platform of an image that was looked at. */
export interface CheckedPlatform {
  readonly platform: Platform;
  readonly digest: string;
  /** Bytes of configuration and layers, as they are stored. */
  readonly size: number;
  /** As the configuration names it; "" is root. */
  readonly user: string;
}

export interface CheckResult {
  /** In the order of their names; those that can't be read are missing here and among the faults. */
  readonly platforms: readonly CheckedPlatform[];
  /** All that is wrong; none lets the image pass. */
  readonly faults: readonly Fault[];
}

/** Looks at everything and reports all that is wrong at once. */
export function checkImage(image: ServedImage, expected: ImageExpectation): CheckResult {
  const typeFaults = mediaTypeFaults("image index", image.index, mediaTypes.index);
  const index = readIndex(image.index.content);
  if (!index.ok) {
    return {
      platforms: [],
      faults: [...typeFaults, fault("broken-index", "image index", index.problem, rebuild)],
    };
  }
  const entries = index.value.manifests.filter((entry) => !isAttestation(entry));
  const results = entries.map((entry) => checkEntry(image, entry, expected));
  const platforms = results
    .flatMap(({ checked }) => (checked === undefined ? [] : [checked]))
    .sort((a, b) => (a.platform < b.platform ? -1 : 1));
  return {
    platforms,
    faults: [...typeFaults, ...platformFaults(entries, expected), ...results.flatMap(({ faults }) => faults)],
  };
}

const rebuild =
  "build and push the image again; docker-build and buildx write OCI types with oci-mediatypes=true";

/** Exactly the declared platforms, each once. */
function platformFaults(entries: readonly IndexEntry[], expected: ImageExpectation): Fault[] {
  const found = entries.flatMap((entry) => entryPlatform(entry) ?? []);
  const where = "image index";
  const declared = new Set<string>(expected.platforms);
  const missing = [...declared].filter((platform) => !found.some((one) => one === platform));
  const extra = [...new Set(found)].filter((platform) => !declared.has(platform));
  const twice = [...new Set(found.filter((platform, position) => found.indexOf(platform) !== position))];
  return [
    ...missing.map((platform) =>
      fault(
        "platform-missing",
        where,
        `${platform} is declared and not there`,
        "build it for this platform too",
      ),
    ),
    ...extra.map((platform) =>
      fault(
        "platform-extra",
        where,
        `${platform} is there and not declared`,
        "declare it, or don't build for it",
      ),
    ),
    ...twice.map((platform) =>
      fault("platform-twice", where, `${platform} is listed more than once`, "assemble the index again"),
    ),
  ].sort((a, b) => (a.problem < b.problem ? -1 : 1));
}

interface EntryResult {
  readonly checked: CheckedPlatform | undefined;
  readonly faults: readonly Fault[];
}

function checkEntry(image: ServedImage, entry: IndexEntry, expected: ImageExpectation): EntryResult {
  const platform = entryPlatform(entry);
  const where = platform ?? entry.digest;
  const broken = (code: string, problem: string): EntryResult => ({
    checked: undefined,
    faults: [fault(code, where, problem, rebuild)],
  });
  if (platform === undefined) return broken("entry-without-platform", "the index names no platform for it");
  const served = image.manifests.get(entry.digest);
  if (served === undefined)
    return broken("manifest-missing", `the registry lacks its manifest ${entry.digest}`);
  const manifest = readManifest(served.content);
  if (!manifest.ok) return broken("broken-manifest", manifest.problem);
  const content = image.configs.get(manifest.value.config.digest);
  const config = readConfig(content);
  if (content === undefined || !config.ok) {
    const { digest } = manifest.value.config;
    const problem =
      config.ok || content === undefined ? `the registry lacks its configuration ${digest}` : config.problem;
    return broken(content === undefined ? "config-missing" : "broken-config", problem);
  }
  const user = config.value.config?.User ?? "";
  return {
    checked: { platform, digest: entry.digest, size: storedSize(manifest.value), user },
    faults: [
      ...mediaTypeFaults(where, served, mediaTypes.manifest),
      ...descriptorFaults(where, entry, served),
      ...contentTypeFaults(where, manifest.value),
      ...samePlatformFaults(where, platform, platformOf(config.value)),
      ...labelFaults(where, config.value.config?.Labels ?? {}, expected.labels),
      ...(expected.nonRoot ? userFaults(where, user) : []),
    ],
  };
}

/** The type served, and the one that the document gives itself, are the one that it must be. */
function mediaTypeFaults(where: string, served: ServedManifest, expected: string): Fault[] {
  const own = (served.content as { mediaType?: unknown } | null)?.mediaType ?? expected;
  const wrong = [served.mediaType, own].find((type) => type !== expected);
  if (wrong === undefined) return [];
  return [
    { ...fault("wrong-media-type", where, `must be of the type ${expected}`, rebuild), got: String(wrong) },
  ];
}

function descriptorFaults(where: string, entry: IndexEntry, served: ServedManifest): Fault[] {
  if (entry.mediaType === served.mediaType && entry.size === served.size) return [];
  const problem =
    `the index lists it as ${entry.mediaType} of ${entry.size} bytes, ` +
    `and it is ${served.mediaType} of ${served.size}`;
  return [fault("wrong-descriptor", where, problem, "assemble the index again")];
}

function contentTypeFaults(where: string, manifest: ImageManifest): Fault[] {
  const wrong = [
    ...(manifest.config.mediaType === mediaTypes.config ? [] : [manifest.config.mediaType]),
    ...manifest.layers.map(({ mediaType }) => mediaType).filter((type) => !mediaTypes.layers.includes(type)),
  ];
  return [...new Set(wrong)].map((got) => ({
    ...fault("wrong-media-type", where, "configuration and layers must be of OCI types", rebuild),
    got,
  }));
}

function samePlatformFaults(where: string, listed: Platform, own: Platform | undefined): Fault[] {
  if (own === listed) return [];
  const problem = `its configuration is for ${own ?? "no platform"}: it would not start where it is pulled`;
  return [fault("wrong-platform", where, problem, "build it for the platform that it is listed for")];
}

function labelFaults(
  where: string,
  labels: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): Fault[] {
  return Object.keys(expected)
    .filter((key) => labels[key] !== expected[key])
    .sort()
    .map((key) => ({
      ...fault(
        labels[key] === undefined ? "label-missing" : "label-differs",
        where,
        `the label ${key} must be ${JSON.stringify(expected[key])}`,
        "build with the labels that core/labels gives; a LABEL line in the Dockerfile may override them",
      ),
      ...(labels[key] === undefined ? {} : { got: labels[key] }),
    }));
}

/** A name may be root's by another name: only a number can be told, which is also what Kubernetes asks. */
function userFaults(where: string, user: string): Fault[] {
  const [id = ""] = user.split(":");
  if (/^[0-9]+$/.test(id) && Number(id) > 0) return [];
  const problem =
    id === "" || id === "root" || /^0+$/.test(id)
      ? "it runs as root"
      : "its user is a name, and nobody can tell from outside that it isn't root";
  return [
    {
      ...fault("root-user", where, problem, "write a number into the Dockerfile: USER 65532:65532"),
      got: user,
    },
  ];
}

/** BuildKit lists attestations beside the platforms: docs.docker.com/build/metadata/attestations/attestation-storage */
export function isAttestation(entry: IndexEntry): boolean {
  return (
    entry.annotations?.["vnd.docker.reference.type"] === "attestation-manifest" &&
    entryPlatform(entry) === undefined
  );
}

/** Undefined where the index names none. */
export function entryPlatform(entry: IndexEntry): Platform | undefined {
  return entry.platform === undefined ? undefined : platformOf(entry.platform);
}

function storedSize(manifest: ImageManifest): number {
  return manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
}

function fault(code: string, where: string, problem: string, fix: string): Fault {
  return { code, where, problem, fix };
}
