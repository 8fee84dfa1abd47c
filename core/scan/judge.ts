/** Judges what a scanner has said of one platform of an image. */
import type { Digest, Platform } from "../names";
import { platformParts } from "../names";
import { covers, holds, type Exception } from "./exceptions";
import { severities, type BlockCode, type Counts } from "./gate-result";
import { readReport, type Finding, type Report } from "./report";

/** Exit code that Trivy is told to end with where it finds vulnerabilities; 1 is its code for every error. */
export const findingsExitCode = 3;

/** What was to be scanned, and by which rules. */
export interface PlatformScan {
  readonly platform: Platform;
  /** Of the platform's manifest. */
  readonly digest: Digest;
  /** Of the platform's configuration, which the report must be of. */
  readonly config: Digest;
  readonly exceptions: readonly Exception[];
  /** Why no packages of an operating system are to be found. Undefined: there must be some. */
  readonly staticImage: string | undefined;
}

/** What the scanner left. */
export interface ScanOutcome {
  /** Undefined: it could not be started or was killed. */
  readonly exitCode: number | undefined;
  /** The JSON report; undefined: there is none. */
  readonly report: unknown;
  /** The end of what it said. */
  readonly output: string;
}

/** Why a platform does not pass, with what a sentence about it needs. */
export type Block =
  | { readonly code: "findings"; readonly findings: readonly BlockingFinding[] }
  | { readonly code: "scanner-failed"; readonly exitCode: number | undefined; readonly output: string }
  | { readonly code: "no-report"; readonly problem: string }
  | { readonly code: "wrong-image" | "wrong-architecture"; readonly expected: string; readonly got: string }
  | { readonly code: "no-packages" }
  | { readonly code: "unexplained-suppression"; readonly findings: readonly Finding[] }
  | { readonly code: "contradiction"; readonly exitCode: number; readonly findings: number };

/** A finding, and the exception that was for it until it ended. */
export type BlockingFinding = Finding & { readonly ended: Exception | undefined };

export interface PlatformVerdict {
  readonly platform: Platform;
  readonly digest: Digest;
  /** None: it passes. */
  readonly blocks: readonly Block[];
  readonly packages: number;
  readonly findings: Counts;
  readonly fixable: Counts;
  readonly excepted: readonly Finding[];
  /** Exceptions that let something through. */
  readonly used: readonly Exception[];
}

/** A scan that did not happen, or looked at something else, blocks as a finding does. */
export function judge(scan: PlatformScan, outcome: ScanOutcome, now: Date): PlatformVerdict {
  const { exitCode, output } = outcome;
  if (exitCode !== 0 && exitCode !== findingsExitCode) {
    return unscanned(scan, { code: "scanner-failed", exitCode, output });
  }
  const report = readReport(outcome.report);
  if ("problem" in report) return unscanned(scan, { code: "no-report", problem: report.problem });

  const current = scan.exceptions.filter((exception) => holds(exception, now));
  const isExcepted = (finding: Finding) => current.some((exception) => covers(exception, finding));
  return {
    platform: scan.platform,
    digest: scan.digest,
    blocks: [
      ...imageBlocks(scan, report),
      ...packageBlocks(scan, report),
      ...suppressionBlocks(report.suppressed.filter((finding) => !isExcepted(finding))),
      ...contradictionBlocks(exitCode, report.findings.length),
      ...findingBlocks(scan.exceptions, report.findings),
    ],
    packages: report.packages,
    findings: counts(report.findings),
    fixable: counts(report.findings.filter(hasFix)),
    excepted: report.suppressed,
    // In the ledger's order: a report's own differs from one writing of it to the next.
    used: current.filter((exception) => report.suppressed.some((finding) => covers(exception, finding))),
  };
}

function imageBlocks({ platform, config }: PlatformScan, { imageId, os, architecture }: Report): Block[] {
  const wanted = platformParts(platform);
  const expected = `${wanted.os}/${wanted.architecture}`;
  const got = `${os}/${architecture}`;
  return [
    ...(imageId === config ? [] : [{ code: "wrong-image", expected: config, got: imageId } as const]),
    ...(got === expected ? [] : [{ code: "wrong-architecture", expected, got } as const]),
  ];
}

function packageBlocks({ staticImage }: PlatformScan, { osPackages }: Report): Block[] {
  return osPackages === 0 && staticImage === undefined ? [{ code: "no-packages" }] : [];
}

/** Trivy also leaves out what a file in its folder, an environment variable or a VEX document names. */
function suppressionBlocks(findings: readonly Finding[]): Block[] {
  return findings.length === 0 ? [] : [{ code: "unexplained-suppression", findings }];
}

function contradictionBlocks(exitCode: number, findings: number): Block[] {
  return (exitCode === findingsExitCode) === findings > 0
    ? []
    : [{ code: "contradiction", exitCode, findings }];
}

function findingBlocks(exceptions: readonly Exception[], findings: readonly Finding[]): Block[] {
  const blocking = findings
    .filter((finding) => hasFix(finding) && (finding.severity === "critical" || finding.severity === "high"))
    .map((finding) => ({ ...finding, ended: exceptions.find((each) => covers(each, finding)) }));
  return blocking.length === 0 ? [] : [{ code: "findings", findings: blocking }];
}

function hasFix({ fixed }: Finding): boolean {
  return fixed !== undefined;
}

function unscanned({ platform, digest }: PlatformScan, block: Block): PlatformVerdict {
  const none = counts([]);
  const nothing = { packages: 0, findings: none, fixable: none, excepted: [], used: [] };
  return { platform, digest, blocks: [block], ...nothing };
}

function counts(findings: readonly Finding[]): Counts {
  const by = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  return Object.fromEntries(severities.map((severity) => [severity, by(severity)])) as Counts;
}

/** Every code that a block can have, held together with what a result may name. */
export function blockCodesOf({ blocks }: PlatformVerdict): BlockCode[] {
  return [...new Set(blocks.map(({ code }) => code))];
}
