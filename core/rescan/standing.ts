/** How an image that runs stands after it was scanned again. */
import type { Digest } from "../names";
import type { BlockCode, BlockingFinding, PlatformVerdict } from "../scan";

/** What one service runs, and what the scan of it said. */
export interface Rescanned {
  readonly service: string;
  /** The environments that run it, or `latest` of a service that has none. At least one. */
  readonly tags: readonly string[];
  readonly state: RescanState;
}

export type RescanState =
  /** The tags are not there: nothing was published or promoted. */
  | { readonly kind: "nothing" }
  /** What they point at could not be told, or could not be read. */
  | { readonly kind: "unread"; readonly problem: string }
  | {
      readonly kind: "scanned";
      readonly digest: Digest;
      /** One for each platform; none is no scan. */
      readonly verdicts: readonly PlatformVerdict[];
    };

/** A finding that blocks, with the platforms that have it. */
export interface FoundIn extends Blocking {
  readonly platforms: readonly string[];
}

export type Blocking = Pick<BlockingFinding, "id" | "package" | "installed" | "fixed" | "severity" | "ended">;

/** An image can have both: one platform was scanned, another was not. Without either it is clean. */
export interface Standing {
  /** The critical ones first, then by identifier and package. */
  readonly findings: readonly FoundIn[];
  /** Why it is not known whether it is clean. */
  readonly unscanned: readonly string[];
}

export function standingOf({ state }: Rescanned): Standing {
  if (state.kind === "nothing") return { findings: [], unscanned: [] };
  if (state.kind === "unread") return { findings: [], unscanned: [state.problem] };
  const { verdicts } = state;
  if (verdicts.length === 0) return { findings: [], unscanned: ["the image has no platform"] };
  const findings = new Map<string, FoundIn>();
  const unscanned: string[] = [];
  for (const { platform, blocks } of verdicts) {
    for (const block of blocks) {
      if (!("findings" in block) || block.code === "contradiction") {
        unscanned.push(`${platform}: ${reasons[block.code]}`);
        continue;
      }
      for (const finding of block.findings) {
        const { id, installed, fixed, severity } = finding;
        const key = JSON.stringify([id, finding.package, installed, fixed, severity]);
        const platforms = [...(findings.get(key)?.platforms ?? []), platform];
        const ended = "ended" in finding ? finding.ended : undefined;
        findings.set(key, {
          ...{ id, package: finding.package, installed, fixed, severity, ended },
          platforms: [...new Set(platforms)],
        });
      }
    }
  }
  const sorted = [...findings].map(([key, finding]) => [rank(finding) + key, finding] as const);
  return {
    findings: sorted.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, finding]) => finding),
    unscanned,
  };
}

/** Without what the scanner printed, which is another text each time. */
const reasons: Readonly<Record<Exclude<BlockCode, "findings" | "unexplained-suppression">, string>> = {
  "scanner-failed": "the scanner failed",
  "no-report": "the scanner's report can't be read",
  "wrong-image": "the scanner's report is of another image",
  "wrong-architecture": "the image is for another architecture than it is listed for",
  "no-packages": "no packages of an operating system were found",
  contradiction: "the scanner's exit code says something else than its report",
};

function rank({ severity }: Blocking): string {
  return severity === "critical" ? "0" : severity === "high" ? "1" : "2";
}
