/**
 * SBOMs as SPDX 2.3 (ISO/IEC 5962), of one platform's image each: https://spdx.github.io/spdx-spec/v2.3/. A scanner
 * writes one of the report that it made for the gate; what differs from run to run goes, so that the same image has
 * the same SBOM, and attaching it again adds nothing.
 */
import { z } from "zod";
import { PlatformError } from "../errors";
import type { Digest } from "../names";

/** Whose SBOM it is. */
export interface SbomSubject {
  /** `<registry>/<owner>/<service>` */
  readonly image: string;
  readonly platform: string;
  /** Of the platform's manifest. */
  readonly digest: Digest;
  /** When the image's commit was made, RFC 3339 without fractions of a second. */
  readonly created: string;
}

const document = z.looseObject({
  spdxVersion: z.literal("SPDX-2.3"),
  SPDXID: z.literal("SPDXRef-DOCUMENT"),
  creationInfo: z.looseObject({ creators: z.array(z.string()).min(1) }),
  documentDescribes: z.array(z.string()).optional(),
  packages: z.array(
    z.looseObject({
      SPDXID: z.string(),
      name: z.string(),
      primaryPackagePurpose: z.string().optional(),
      annotations: z.array(z.looseObject({ comment: z.string().optional() })).optional(),
    }),
  ),
  relationships: z
    .array(
      z.looseObject({
        spdxElementId: z.string(),
        relatedSpdxElement: z.string(),
        relationshipType: z.string(),
      }),
    )
    .optional(),
});

/** What every SBOM says of the platform's manifest that it is of. */
const subject = z.looseObject({ name: z.string(), packages: z.array(z.unknown()) });

/**
 * The SBOM's text.
 * @param json what the scanner wrote
 * @throws PlatformError `invalid-sbom`
 */
export function renderSbom(json: unknown, of: SbomSubject): string {
  const read = document.safeParse(json);
  const roots = read.success ? read.data.packages.filter(isRoot) : [];
  if (!read.success || roots.length !== 1) {
    const [issue] = read.error?.issues ?? [];
    throw new PlatformError({
      code: "invalid-sbom",
      where: `${sbomSubjectName(of)} (${of.platform})`,
      problem:
        issue === undefined
          ? `what the scanner wrote describes ${roots.length} images`
          : `what the scanner wrote is no SPDX 2.3: ${issue.path.join(".")}: ${issue.message}`,
      fix: "use the version of Trivy that the platform pins",
    });
  }
  const name = sbomSubjectName(of);
  const renamed = new Map(roots.map(({ SPDXID }) => [SPDXID, "SPDXRef-Image"]));
  // What is made up for the image differs from run to run, and would decide the order.
  const told = withIds(read.data, renamed) as z.infer<typeof document>;
  return JSON.stringify({
    ...told,
    name,
    documentNamespace: `https://${of.image}/${of.digest.replace(":", "-")}`,
    creationInfo: { ...told.creationInfo, created: of.created },
    packages: told.packages
      .map((each) => ({ ...dated(each, of.created), ...(isRoot(each) ? { name } : {}) }))
      .sort(by(({ SPDXID }) => SPDXID)),
    relationships: [...(told.relationships ?? [])].sort(
      by((each) => [each.spdxElementId, each.relationshipType, each.relatedSpdxElement].join(" ")),
    ),
  });
}

/** Why an SBOM that is attached to a platform's manifest is none of it; undefined where it is. */
export function sbomProblem(json: unknown, of: Pick<SbomSubject, "image" | "digest">): string | undefined {
  const read = subject.safeParse(json);
  if (!read.success) return "is no SPDX document";
  return read.data.name === sbomSubjectName(of) ? undefined : `is of ${read.data.name.slice(0, 200)}`;
}

function sbomSubjectName({ image, digest }: Pick<SbomSubject, "image" | "digest">): string {
  return `${image}@${digest}`;
}

function isRoot({ primaryPackagePurpose }: { primaryPackagePurpose?: string | undefined }): boolean {
  return primaryPackagePurpose === "CONTAINER";
}

/** Annotations carry the time of the scanner's run. */
function dated<T extends { annotations?: readonly object[] | undefined }>(each: T, created: string): T {
  if (each.annotations === undefined) return each;
  return { ...each, annotations: each.annotations.map((one) => ({ ...one, annotationDate: created })) };
}

/** Every mention of an identifier follows where it is renamed. */
function withIds(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => withIds(each, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withIds(each, ids)]));
}

function by<T>(key: (each: T) => string): (one: T, other: T) => number {
  return (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}
