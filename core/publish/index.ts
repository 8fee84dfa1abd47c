/** What `pulumi up` builds of a service and how the result is named: from plain facts to plain data. */
import { PlatformError, type Fault } from "../errors";
import type { Service, Settings } from "../fleet";
import { baseImages, type BuildFacts } from "../evidence";
import { labelFaults, labelsFor, type LabelFacts } from "../labels";
import { imageName, type ImageName } from "../names";
import type { Exception } from "../scan";
import { tagsFor, versionLabel, type GitContext } from "../tags";

export { imageExporter, type ImageExport } from "./image-export";

/**
 * SOURCE_DATE_EPOCH of every build, 1980-01-01 in seconds since 1970: BuildKit lowers file times that are later
 * and leaves earlier ones, so only a time that no file is older than gives equal layers in every checkout. The
 * commit's own time stands in the label `created`. https://reproducible-builds.org/specs/source-date-epoch/
 */
export const imageEpoch = 315_532_800;

/** What a build is made for, which decides its tags. */
export type PublishKind =
  /** `pulumi up`: the newest build on the default branch, else a developer's own. */
  | "up"
  /** The release whose git tag is checked out. */
  | "release"
  /** A developer's own tag, never `latest`. */
  | "development";

/** The commit that a service is built from. */
export interface Source {
  /** Full ref of what is checked out; undefined when HEAD is detached. */
  readonly ref: string | undefined;
  /** The last commit that changed the service, 40 hexadecimal digits. */
  readonly revision: string;
  readonly committedAt: Date;
  /** Whether the folder holds what no commit does. */
  readonly dirty: boolean;
  /** Name of the git tag that HEAD is at, e.g. `v1.2.3`. */
  readonly gitTag: string | undefined;
  readonly defaultBranch: string;
  /** `<owner>/<name>` of the source repository. */
  readonly repository: string;
  /** Who a build that is not the default branch's is named after. */
  readonly developer: string;
  /** Text of the service's Dockerfile. */
  readonly dockerfile: string;
}

/** A service's source in a folder of its own, as `clients/checked-out` reads it. */
export interface CheckedOut extends Omit<Source, "defaultBranch" | "repository"> {
  /** From the program's folder. */
  readonly folder: string;
  /** Its Dockerfile, from that folder. */
  readonly file: string;
}

/** What of a stack's settings decides how an image is built and named. */
export type PublishSettings = Pick<
  Settings,
  "owner" | "registry" | "baseImages" | "buildCache" | "vulnerabilityDatabase"
>;

export interface PublishPlan {
  readonly image: ImageName;
  /** Folder of the build context, from the program's folder. */
  readonly context: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Labels of each platform's configuration, without `source`, which is known once the repository is. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of the index and of its manifests, without `source` for the same reason. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** What the vulnerability gate goes by. */
  readonly scan: ScanPlan;
  /** What provenance says of the build, without `source`. */
  readonly provenance: Omit<BuildFacts, "source">;
  /** Reference of the registry's build cache. Undefined: the builder's own. */
  readonly buildCache: string | undefined;
}

export interface ScanPlan {
  /** References of the vulnerability database, the first that answers, with commas between them. */
  readonly database: string;
  readonly exceptions: readonly Exception[];
  /** Why the image holds no operating system. Absent: it holds one. */
  readonly staticImage?: string;
}

/**
 * Plans a service's image.
 * @throws PlatformError where no tag can be had, and with every fault of what its labels are made from
 */
export function planPublish(
  service: Service,
  settings: PublishSettings,
  source: Source,
  kind: PublishKind = "up",
): PublishPlan {
  const image = imageName({ registry: settings.registry, owner: settings.owner, service: service.name });
  const decision = tagsFor({
    ...contextOf(service, source, kind),
    sha: source.revision,
    defaultBranch: source.defaultBranch,
    repository: source.repository,
    actor: source.developer,
  });
  if (decision.kind !== "publish") {
    throw new PlatformError({
      code: "no-tags",
      where: service.where,
      problem: decision.reason,
      fix: "set git's user.email, or check out the default branch or a release's tag",
    });
  }
  const version = versionLabel(decision.tags);
  const revision = source.dirty ? `${source.revision}-dirty` : source.revision;
  const base = service.runtime === undefined ? undefined : settings.baseImages[service.runtime];
  const labels = labelsOf(service, {
    title: service.name,
    description: service.description,
    licenses: service.licenses,
    committedAt: source.committedAt,
    revision,
    version,
    vendor: settings.owner,
    ...(base === undefined ? {} : { base: baseLabels(base) }),
  });
  const buildArgs = {
    ...service.buildArgs,
    SOURCE_DATE_EPOCH: String(imageEpoch),
    VERSION: version,
    REVISION: revision,
    ...(base === undefined ? {} : { BASE_IMAGE: base }),
  };
  return {
    image,
    context: service.path,
    dockerfile: service.dockerfile,
    platforms: service.platforms,
    buildArgs,
    labels,
    annotations: labels,
    tags: decision.tags.map(({ tag }) => tag),
    scan: {
      database: settings.vulnerabilityDatabase,
      exceptions: service.exceptions,
      ...(service.staticImage === undefined ? {} : { staticImage: service.staticImage }),
    },
    provenance: {
      ...{ service: service.name, context: service.path, dockerfile: service.dockerfile },
      ...{ ref: source.ref, revision, platforms: service.platforms, buildArgs },
      baseImages: baseImages(source.dockerfile, buildArgs),
    },
    buildCache: settings.buildCache === "registry" ? `${image}:buildcache-${service.name}` : undefined,
  };
}

/** What is not all committed, or not on the default branch, is a developer's own whatever is asked for. */
function contextOf(service: Service, source: Source, kind: PublishKind): Pick<GitContext, "event" | "ref"> {
  if (kind === "release") return { event: "push", ref: `refs/tags/${releaseTag(service, source)}` };
  const newest = source.ref === `refs/heads/${source.defaultBranch}` && !source.dirty;
  return kind === "up" && newest
    ? { event: "workflow_dispatch", ref: source.ref }
    : { event: "development", ref: source.ref ?? "HEAD" };
}

function releaseTag(service: Service, { gitTag, dirty }: Source): string {
  if (gitTag !== undefined && !dirty) return gitTag;
  throw new PlatformError({
    code: "no-release",
    where: service.where,
    problem: dirty
      ? "the service's folder holds changes that no commit does"
      : "the commit has no release's tag",
    fix: dirty ? "commit or stash them" : "git tag v<major>.<minor>.<patch>, or check such a tag out",
  });
}

/** A platform that no builder node builds, told before anything is built. */
export function platformFaults(
  service: Service,
  { builder }: { readonly builder: { readonly nodes: readonly { readonly platforms: readonly string[] }[] } },
): Fault[] {
  const built = new Set(builder.nodes.flatMap(({ platforms }) => platforms));
  return service.platforms
    .filter((platform) => !built.has(platform))
    .map((platform) => ({
      code: "platform-without-builder",
      where: `${service.where}: platforms`,
      problem: `no builder node builds this platform; there are nodes for ${[...built].join(", ")}`,
      got: platform,
      fix: "give the builder a node that builds it (ghcr-platform:builderNodes), or leave the platform out",
    }));
}

/** Many services are planned together: each fault says whose it is. */
function labelsOf({ where }: Service, facts: LabelFacts): PublishPlan["labels"] {
  const faults = labelFaults(facts).map((fault) => ({ ...fault, where: `${where}: ${fault.where}` }));
  if (faults.length > 0) throw new PlatformError(faults);
  return labelsFor(facts);
}

function baseLabels(reference: string): { name: string; digest?: string } {
  const [name = "", digest] = reference.split("@");
  return digest === undefined ? { name } : { name, digest };
}
