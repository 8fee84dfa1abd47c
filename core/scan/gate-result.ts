/**
 * The gate's result on one image: the evidence that its tags stand on, kept with the image as a referrer of its
 * digest. Promotion reads it back.
 */
import { z } from "zod";
import { PlatformError } from "../errors";
import { isDigest, type Digest } from "../names";

/** `artifactType` of the referrer; its one layer holds the result as JSON. */
export const gateResultArtifactType = "application/vnd.ghcr-platform.gate-result.v1+json";

export const severities = ["critical", "high", "medium", "low", "unknown"] as const;
export type Severity = (typeof severities)[number];

const count = z.int().min(0);
const counts = z.strictObject({ critical: count, high: count, medium: count, low: count, unknown: count });
const time = z.iso.datetime({ offset: true });
const digest = z.string().refine(isDigest, "must be sha256: and 64 hexadecimal digits");

/** Findings by severity. */
export type Counts = z.infer<typeof counts>;

/** Why a platform does not pass. */
export const blockCodes = [
  /** Critical or high vulnerabilities that have a fix and no exception. */
  "findings",
  /** The scanner ended with another code than 0 and 3, e.g. because its database can't be reached. */
  "scanner-failed",
  /** There is no report, or it isn't one that can be read. */
  "no-report",
  /** The report is of another image. */
  "wrong-image",
  /** The report is of another architecture. */
  "wrong-architecture",
  /** No packages of an operating system, and the service doesn't say that it has none. */
  "no-packages",
  /** The scanner left out a finding that no exception covers. */
  "unexplained-suppression",
  /** The scanner's exit code says something else than its report. */
  "contradiction",
] as const;
export type BlockCode = (typeof blockCodes)[number];

const exception = z.strictObject({
  id: z.string(),
  /** Package URL, or `all`. */
  scope: z.string(),
  owner: z.string(),
  reason: z.string(),
  /** Last day that it holds, `YYYY-MM-DD`. */
  until: z.iso.date(),
});

const gateResult = z.strictObject({
  /** `<registry>/<owner>/<service>` */
  image: z.string(),
  /** Digest that was scanned: of the image index, or of a manifest that stands alone. */
  digest,
  /** `forced`: it was blocked, and someone let it through by `--break-glass`. */
  verdict: z.enum(["passed", "blocked", "forced"]),
  /** When it was scanned, RFC 3339. */
  at: time,
  scanner: z.strictObject({
    name: z.string(),
    version: z.string(),
    /** Where its vulnerabilities come from; the date is null where the database could not be had. */
    database: z.strictObject({ reference: z.string(), updatedAt: time.nullable() }),
  }),
  /** One for each platform that the index lists, sorted. */
  platforms: z
    .array(
      z.strictObject({
        platform: z.string(),
        /** Of the platform's manifest. */
        digest,
        /** Packages that were looked at; 0 where there is no report. */
        packages: count,
        /** Vulnerabilities that were found, with and without a fix, without those under an exception. */
        findings: counts,
        /** Those of them that have a fix. Critical and high ones block. */
        fixable: counts,
        /** Vulnerabilities under an exception. */
        excepted: count,
        blocks: z.array(z.enum(blockCodes)),
      }),
    )
    .min(1),
  /** Exceptions that let a vulnerability through. */
  exceptions: z.array(exception),
  /** Why no packages of an operating system are to be found. Absent: there must be some. */
  staticImage: z.string().optional(),
  /** Who let a blocked image through, and why. */
  breakGlass: z.strictObject({ by: z.string(), reason: z.string() }).optional(),
});

export type GateResult = Readonly<z.infer<typeof gateResult>>;

/**
 * Reads a result back from a registry. Only a whole and consistent one is evidence.
 * @param where the referrer, for messages
 * @throws PlatformError `invalid-gate-result` with every fault
 */
export function parseGateResult(where: string, json: unknown): GateResult {
  const read = gateResult.safeParse(json);
  const problems = read.success
    ? contradictions(read.data)
    : read.error.issues.map(({ path, message }) => `${path.join(".") || "result"}: ${message}`);
  if (read.success && problems.length === 0) return read.data;
  throw new PlatformError(
    problems.map((problem) => ({
      code: "invalid-gate-result",
      where,
      problem,
      fix: "scan the image again: ghcr image scan",
    })),
  );
}

/** Whether a result lets this image pass; how old it may be is the caller's to say. */
export function vouchesFor(result: GateResult, image: { name: string; digest: Digest }): boolean {
  return result.image === image.name && result.digest === image.digest && result.verdict !== "blocked";
}

function contradictions({ verdict, platforms, breakGlass }: GateResult): string[] {
  const blocked = platforms.some(({ blocks }) => blocks.length > 0);
  return [
    ...(verdict === "passed" && blocked ? ["verdict: passed, and a platform is blocked"] : []),
    ...(verdict !== "passed" && !blocked ? [`verdict: ${verdict}, and no platform is blocked`] : []),
    ...((verdict === "forced") === (breakGlass !== undefined)
      ? []
      : ["breakGlass: must be there where the verdict is forced, and only there"]),
  ];
}
