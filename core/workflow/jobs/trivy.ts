/** The vulnerability gate. A scan that did not happen, or looked at nothing, blocks as a finding does. */
import { defaultDatabase } from "../../scan";
import { text, type Expression, type Value } from "../expression";
import { tools } from "../pins";
import type { ScanRules } from "../run-plan";
import { run, type Step } from "../step";
import { upload } from "./actions";
import type { ContainerPublishOptions, WorkflowService } from "./options";

/**
 * Installs Trivy's own release by its checksum. Not its action: tags of it, and one of Trivy's releases, were replaced
 * by malicious ones in March 2026 (CVE-2026-33634); a checksum can't be.
 * @param skip its value, where it isn't empty, says why nothing is to be scanned. @default it is always installed
 */
export function installTrivy(skip?: Expression): Step {
  const { version, sha256 } = tools.trivy;
  return run({
    name: "Install Trivy",
    env: {
      ...(skip === undefined ? {} : { SKIP: skip }),
      TRIVY_VERSION: version,
      SHA256_AMD64: sha256["linux/amd64"],
      SHA256_ARM64: sha256["linux/arm64"],
    },
    script: [
      ...(skip === undefined ? [] : ['if [ -n "$SKIP" ]; then echo "not for $SKIP"; exit 0; fi']),
      `if [ "$(trivy --version 2> /dev/null | sed -n 's/^Version: //p')" = "$TRIVY_VERSION" ]; then`,
      '  echo "Trivy $TRIVY_VERSION is on this runner"',
      "  exit 0",
      "fi",
      'case "$(uname -m)" in',
      '  x86_64) name=Linux-64bit sha256="$SHA256_AMD64" ;;',
      '  aarch64) name=Linux-ARM64 sha256="$SHA256_ARM64" ;;',
      '  *) echo "::error::no release of Trivy for $(uname -m)"; exit 1 ;;',
      "esac",
      'cd "$RUNNER_TEMP"',
      "curl --fail --silent --show-error --location --retry 3 --output trivy.tar.gz \\",
      '  "https://github.com/aquasecurity/trivy/releases/download/v$TRIVY_VERSION/trivy_${TRIVY_VERSION}_$name.tar.gz"',
      'echo "$sha256  trivy.tar.gz" | sha256sum --check --strict',
      "mkdir -p bin",
      "tar --extract --gzip --file trivy.tar.gz --directory bin trivy",
      'echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"',
    ].join("\n"),
  });
}

/** What a service declares of its scan; only what differs from the gate's defaults: a workflow file changes for nothing else. */
export function serviceRules({
  exceptions = [],
  staticImage,
}: Pick<WorkflowService, "exceptions" | "staticImage">): Pick<ScanRules, "exceptions" | "staticImage"> {
  return {
    ...(exceptions.length === 0 ? {} : { exceptions }),
    ...(staticImage === undefined ? {} : { staticImage }),
  };
}

/** The database where it is not Trivy's own. */
export function databaseRule({
  vulnerabilityDatabase = defaultDatabase,
}: Pick<ContainerPublishOptions, "vulnerabilityDatabase">): Pick<ScanRules, "database"> {
  return vulnerabilityDatabase === defaultDatabase ? {} : { database: vulnerabilityDatabase };
}

/** Where the reports are put, below the job's folder. */
const reports = "reports";

/** What is scanned, put into the request. */
export interface ScanTarget {
  /** Bash words for jq, e.g. `--arg folder "$RUNNER_TEMP/image"`. */
  readonly words: string;
  /** jq filter that uses them, e.g. `.inputLayout = $folder`. */
  readonly filter: string;
  readonly env?: Readonly<Record<string, Value>>;
}

/** Scans one platform of an image: `ghcr image scan` decides, as it does for `pulumi up`. */
export function scan(request: Expression, { words, filter, env = {} }: ScanTarget): Step {
  return run({
    name: "Scan",
    env: { SCAN: request, ...env },
    script: [
      `jq ${words} '${filter} | .reports = "${reports}" | .summary = env.GITHUB_STEP_SUMMARY' <<< "$SCAN" \\`,
      "  | ghcr image scan --input -",
    ].join("\n"),
  });
}

/** Keeps the reports, of a blocked image above all. */
export function keepReports(service: Expression, slug: Expression): Step {
  return upload({
    name: "Keep the reports",
    artifact: text`scan.${service}.${slug}`,
    path: reports,
    evenAfterFailure: true,
  });
}
