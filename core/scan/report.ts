/** Trivy's JSON report of one image, as far as it is judged: schema version 2, pkg/types/report.go of v0.74.0. */
import { z } from "zod";
import type { Severity } from "./gate-result";

/** One vulnerability of one package. */
export interface Finding {
  readonly id: string;
  readonly package: string;
  /** Package URL; undefined where Trivy gives none. */
  readonly purl: string | undefined;
  readonly installed: string;
  /** The versions that mend it, as Trivy writes them; undefined: there is no fix. */
  readonly fixed: string | undefined;
  readonly severity: Severity;
  readonly title: string | undefined;
}

export interface Report {
  /** Digest of the image's configuration. */
  readonly imageId: string;
  readonly architecture: string;
  readonly os: string;
  /** Packages of the operating system. */
  readonly osPackages: number;
  /** Packages of every kind. */
  readonly packages: number;
  readonly findings: readonly Finding[];
  /** What Trivy left out, by its ignore file or otherwise. */
  readonly suppressed: readonly Finding[];
}

const vulnerability = z.looseObject({
  VulnerabilityID: z.string(),
  PkgName: z.string(),
  PkgIdentifier: z.looseObject({ PURL: z.string().optional() }).optional(),
  InstalledVersion: z.string().optional(),
  FixedVersion: z.string().optional(),
  Severity: z.enum(["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"]),
  Title: z.string().optional(),
});

const report = z.looseObject({
  SchemaVersion: z.literal(2),
  ArtifactType: z.literal("container_image"),
  Metadata: z.looseObject({
    ImageID: z.string(),
    ImageConfig: z.looseObject({ architecture: z.string(), os: z.string() }),
  }),
  // Absent where nothing was found in the image at all.
  Results: z
    .array(
      z.looseObject({
        Class: z.string(),
        Packages: z.array(z.unknown()).optional(),
        Vulnerabilities: z.array(vulnerability).optional(),
        ExperimentalModifiedFindings: z
          .array(z.looseObject({ Type: z.literal("vulnerability"), Finding: vulnerability }))
          .optional(),
      }),
    )
    .optional(),
});

/** The report, or what it lacks to be one. */
export function readReport(json: unknown): Report | { readonly problem: string } {
  const read = report.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { problem: `${issue?.path.join(".") || "report"}: ${issue?.message ?? "broken"}` };
  }
  const { Metadata: metadata, Results: results = [] } = read.data;
  const counted = (some: typeof results) =>
    some.reduce((sum, { Packages }) => sum + (Packages?.length ?? 0), 0);
  return {
    imageId: metadata.ImageID,
    architecture: metadata.ImageConfig.architecture,
    os: metadata.ImageConfig.os,
    osPackages: counted(results.filter((result) => result.Class === "os-pkgs")),
    packages: counted(results),
    findings: results.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities.map(finding)),
    suppressed: results.flatMap(({ ExperimentalModifiedFindings: left = [] }) =>
      left.map((each) => finding(each.Finding)),
    ),
  };
}

function finding(found: z.infer<typeof vulnerability>): Finding {
  return {
    id: found.VulnerabilityID,
    package: found.PkgName,
    purl: found.PkgIdentifier?.PURL,
    installed: found.InstalledVersion ?? "",
    fixed: found.FixedVersion || undefined,
    severity: found.Severity.toLowerCase() as Severity,
    title: found.Title,
  };
}
