/** What `pulumi up` builds of a service that any Pulumi program declares. */
import { PlatformError, type Fault } from "../core/errors";
import type { Service } from "../core/fleet";
import { planPublish, platformFaults, type CheckedOut, type PublishSettings } from "../core/publish";
import { defaultDatabase } from "../core/scan";
import type { ResolvedServiceArgs } from "./container-service";
import type { ImageBuilder } from "./image-builder";

export interface DeclaredImage {
  /** What is built: `readSource("pager")` of `ghcr-platform/source`. A new commit builds and tags anew. */
  readonly source: CheckedOut;
  /** Builds every platform and pushes to its registry. */
  readonly builder: ImageBuilder;
  /** What stands for a `runtime`'s public base image, by runtime. Another one builds anew. @default the Dockerfile's own */
  readonly baseImages?: PublishSettings["baseImages"];
  /** Where the build cache lives: beside the image as `buildcache-<service>`, or in the builder. @default `registry` */
  readonly buildCache?: "registry" | "builder";
  /** References of the scanner's vulnerability database, the first that answers. @default Trivy's own */
  readonly vulnerabilityDatabase?: string;
}

/** Where the service is: decided by other fields of its declaration. */
export interface ImagePlace {
  /** For errors. */
  readonly where: string;
  readonly owner: string;
  readonly registry: string;
  /** Of the service's repository. */
  readonly defaultBranch: string;
}

/** @throws PlatformError with every fault: a platform that the builder has no node for, another registry, … */
export function publishOf(
  service: Service,
  { where, owner, registry, defaultBranch }: ImagePlace,
  {
    source,
    builder,
    baseImages = {},
    buildCache = "registry",
    vulnerabilityDatabase = defaultDatabase,
  }: DeclaredImage,
): NonNullable<ResolvedServiceArgs["publish"]> {
  const faults = [
    ...platformFaults(service, { builder: { nodes: [{ platforms: builder.platforms }] } }),
    otherRegistry(where, registry, builder.registry),
    otherDockerfile(where, service, source.file),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new PlatformError(faults);
  const { folder, file, ...state } = source;
  const settings = { owner, registry, baseImages, buildCache, vulnerabilityDatabase };
  const plan = planPublish(service, settings, {
    ...{ ...state, defaultBranch },
    repository: `${owner}/${service.repository}`,
  });
  // Provenance names the places in the repository; what is built lies where it is checked out.
  return { plan: { ...plan, context: folder, dockerfile: `${folder}/${file}` }, builder, checkout: folder };
}

function otherRegistry(where: string, registry: string, built: string): Fault | undefined {
  if (registry === built) return undefined;
  return {
    code: "other-registry",
    where: `${where}: registry`,
    problem: `the builder signs in to ${built}`,
    got: registry,
    fix: "leave the field out, or give the ImageBuilder the same registry",
  };
}

/** In the declaration the workflow's Dockerfile, of what was read the one that is built here. */
function otherDockerfile(where: string, { path, dockerfile }: Service, file: string): Fault | undefined {
  const declared = path === "." ? dockerfile : dockerfile.slice(path.length + 1);
  if (declared === file) return undefined;
  return {
    code: "other-dockerfile",
    where: `${where}: dockerfile`,
    problem: `readSource read another one, ${file}`,
    got: declared,
    fix: `readSource("…", { dockerfile: "${declared}" })`,
  };
}
