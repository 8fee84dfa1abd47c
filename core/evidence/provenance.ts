/**
 * SLSA provenance of an image: https://slsa.dev/spec/v1.2/provenance. The same commit, declaration and builder give
 * the same text but for the run that it names: no time of this machine is in it.
 */
import { PackageURL } from "packageurl-js";
import { z } from "zod";
import { isDigest, type Digest } from "../names";
import type { BaseImage } from "./base-images";
import { provenancePredicate } from "./kinds";

/** What an image is built from, and how: all that decides its bytes from outside. */
export interface BuildFacts {
  readonly service: string;
  /** Page of the source repository, `https://github.com/<owner>/<name>`. */
  readonly source: string;
  /** Full ref that was built, e.g. `refs/tags/v1.2.3`; undefined: of a commit alone. */
  readonly ref: string | undefined;
  /** The commit, 40 hexadecimal digits; `-dirty` after it where the folder held what no commit does. */
  readonly revision: string;
  /** Build context and Dockerfile, from the repository's top. */
  readonly context: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly baseImages: readonly BaseImage[];
}

const descriptor = z.looseObject({
  uri: z.string().optional(),
  name: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
  mediaType: z.string().optional(),
});
type ResourceDescriptor = z.infer<typeof descriptor>;

const definition = z.looseObject({
  buildType: z.string(),
  externalParameters: z.record(z.string(), z.unknown()),
  internalParameters: z.record(z.string(), z.unknown()).optional(),
  resolvedDependencies: z.array(descriptor).optional(),
});

/** The specification's `buildDefinition`, as it stands in a plan and in the statement. */
export type BuildDefinition = z.infer<typeof definition>;
export const buildDefinitionSchema: z.ZodType<BuildDefinition> = definition;

const predicate = z.looseObject({
  buildDefinition: definition,
  runDetails: z.looseObject({
    builder: z.looseObject({ id: z.string() }),
    metadata: z.looseObject({ invocationId: z.string().optional() }).optional(),
    byproducts: z.array(descriptor).optional(),
  }),
});
export type Provenance = z.infer<typeof predicate>;

const statement = z.looseObject({
  // cosign writes the older one: the fields that are read are the same in both.
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: z.array(z.looseObject({ name: z.string(), digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** What `externalParameters` and dependencies mean is written there. */
export const buildType =
  "https://github.com/albeorla/ghcr-platform/blob/main/docs/evidence.md#the-build-type";

/** The build as far as it is known before it runs. */
export function buildDefinition(facts: BuildFacts): BuildDefinition {
  const { service, source, ref, revision, context, dockerfile, platforms, buildArgs } = facts;
  const commit = /^[0-9a-f]{40}/.exec(revision)?.[0];
  const uri = `git+${source}${ref === undefined ? "" : `@${ref}`}`;
  return {
    buildType,
    externalParameters: {
      service,
      source: { repository: source, ...(ref === undefined ? {} : { ref }), revision },
      context,
      dockerfile,
      platforms: [...platforms],
      buildArgs: { ...buildArgs },
    },
    internalParameters: {},
    resolvedDependencies: [
      { uri, ...(commit === undefined ? {} : { digest: { gitCommit: commit } }) },
      ...facts.baseImages.map(dependency),
    ],
  };
}

/** Who says so. */
export interface BuilderRun {
  /** Whose word it is: a workflow at its ref, or a person's `pulumi up`. */
  readonly builder: string;
  /** Page of the run; undefined where there is none. */
  readonly invocation: string | undefined;
}

/**
 * The workflow that an environment is of, by GitHub's own variables; elsewhere what is given.
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function builderRun(
  environment: Readonly<Record<string, string | undefined>>,
  otherwise: string,
): BuilderRun {
  const value = (name: string) => environment[`GITHUB_${name}`] ?? "";
  const [server, workflow] = [value("SERVER_URL"), value("WORKFLOW_REF")];
  if (server === "" || workflow === "") return { builder: otherwise, invocation: undefined };
  const run = `${server}/${value("REPOSITORY")}/actions/runs/${value("RUN_ID")}`;
  return { builder: `${server}/${workflow}`, invocation: `${run}/attempts/${value("RUN_ATTEMPT") || "1"}` };
}

/** The run that built, and what else came of it. */
export interface RunFacts extends BuilderRun {
  /** Evidence that is attached beside, by name, e.g. `sbom linux/arm64`: whoever signs this vouches for it. */
  readonly byproducts: readonly {
    readonly name: string;
    readonly digest: Digest;
    readonly mediaType: string;
  }[];
}

/** The predicate, as cosign takes it to make the statement itself. */
export function provenanceOf(build: BuildDefinition, run: RunFacts): Provenance {
  return {
    buildDefinition: build,
    runDetails: {
      builder: { id: run.builder },
      ...(run.invocation === undefined ? {} : { metadata: { invocationId: run.invocation } }),
      byproducts: run.byproducts.map(({ name, digest, mediaType }) => ({
        name,
        digest: { sha256: hex(digest) },
        mediaType,
      })),
    },
  };
}

/** The in-toto statement on an image that carries it where nobody signs. */
export function provenanceStatement(image: { name: string; digest: Digest }, provenance: Provenance): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: image.name, digest: { sha256: hex(image.digest) } }],
    predicateType: provenancePredicate,
    predicate: provenance,
  };
}

/** The provenance in a statement on this very image, or why it is none. */
export function readProvenance(json: unknown, image: Digest): Provenance | { readonly problem: string } {
  const read = statement.safeParse(json);
  if (!read.success) return { problem: `is no in-toto statement: ${told(read.error)}` };
  const { subject, predicateType } = read.data;
  if (predicateType !== provenancePredicate) return { problem: `says something else: ${predicateType}` };
  if (!subject.some(({ digest }) => digest["sha256"] === hex(image)))
    return { problem: "is of another image" };
  const found = predicate.safeParse(read.data.predicate);
  return found.success ? found.data : { problem: `is no SLSA provenance: ${told(found.error)}` };
}

/** Whether two say the same of a build; which run said it may differ. */
export function isSameBuild(one: Provenance, other: Provenance): boolean {
  return said(one) === said(other);
}

/** Digest of the evidence that a provenance vouches for under a name. */
export function vouchedFor({ runDetails }: Provenance, name: string): Digest | undefined {
  const digest = `sha256:${runDetails.byproducts?.find((each) => each.name === name)?.digest?.["sha256"] ?? ""}`;
  return isDigest(digest) ? digest : undefined;
}

/** The name under which a platform's SBOM is vouched for. */
export function sbomName(platform: string): string {
  return `sbom ${platform}`;
}

function dependency({ name, digest }: BaseImage): ResourceDescriptor {
  return digest === undefined
    ? { uri: purlOf(name, undefined) }
    : { uri: purlOf(name, digest), digest: { sha256: hex(digest) } };
}

/** Package URL of type `oci`: the last part of the name, with the repository and the tag as qualifiers. */
function purlOf(name: string, digest: Digest | undefined): string {
  const [, repository = name, tag] = /^(.+?)(?::([^/:]+))?$/.exec(name) ?? [];
  const last = repository.split("/").at(-1) ?? repository;
  const qualifiers = { repository_url: repository, ...(tag === undefined ? {} : { tag }) };
  return new PackageURL("oci", undefined, last.toLowerCase(), digest, qualifiers, undefined).toString();
}

function said({ buildDefinition: build, runDetails }: Provenance): string {
  return JSON.stringify(sorted([build, runDetails.builder.id, runDetails.byproducts ?? []]));
}

/** With every object's keys in one order: whoever signs a statement may write it anew. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

function hex(digest: Digest): string {
  return digest.slice("sha256:".length);
}

function told(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "statement"}: ${issue?.message ?? "broken"}`;
}
