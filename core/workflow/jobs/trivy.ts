/** The vulnerability gate. A scan that did not happen, or looked at nothing, blocks as a finding does. */
import { text, type Expression, type Value } from "../expression";
import { tools } from "../pins";
import { run, type Step } from "../step";
import { upload } from "./actions";

/**
 * Installs Trivy's own release by its checksum. Not its action: tags of it, and one of Trivy's releases, were replaced
 * by malicious ones in March 2026 (CVE-2026-33634); a checksum can't be.
 */
export function installTrivy(): Step {
  const { version, sha256 } = tools.trivy;
  return run({
    name: "Install Trivy",
    env: {
      TRIVY_VERSION: version,
      SHA256_AMD64: sha256["linux/amd64"],
      SHA256_ARM64: sha256["linux/arm64"],
    },
    script: [
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

/** The arguments that name the image, and the environment that they take their values from. */
export interface ScanTarget {
  /** Bash words, e.g. `--input "$RUNNER_TEMP/image"`. */
  readonly words: string;
  readonly env: Readonly<Record<string, Value>>;
}

/**
 * Scans one platform of an image: critical and high findings that have a fix block. Trivy's exit code 3 is a
 * finding; any other but 0 means that it didn't scan. Without packages, or with another architecture, it looked
 * at something else than what was built.
 */
export function scan(platform: Expression, target: ScanTarget): Step {
  return run({
    name: "Scan",
    env: { PLATFORM: platform, ...target.env },
    script: [
      "status=0",
      'trivy image --platform "$PLATFORM" --scanners vuln --severity CRITICAL,HIGH --ignore-unfixed \\',
      "  --list-all-pkgs --format json --output report.json --exit-code 3 --no-progress \\",
      `  ${target.words} || status=$?`,
      'if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then',
      '  echo "::error::not scanned: Trivy ended with exit code $status"',
      "  exit 1",
      "fi",
      "architecture=$(jq --raw-output .Metadata.ImageConfig.architecture report.json)",
      'if [ "linux/$architecture" != "$PLATFORM" ]; then',
      '  echo "::error::not scanned: the report is of linux/$architecture, not of $PLATFORM"',
      "  exit 1",
      "fi",
      `packages=$(jq '[.Results[]? | select(.Class == "os-pkgs") | .Packages[]?] | length' report.json)`,
      'if [ "$packages" -eq 0 ]; then',
      '  echo "::error::not scanned: no packages of an operating system were found in the image"',
      "  exit 1",
      "fi",
      "trivy convert --format table --severity CRITICAL,HIGH report.json",
      'if [ "$status" -eq 3 ]; then',
      '  echo "::error::blocked: critical or high vulnerabilities that have a fix"',
      "  exit 1",
      "fi",
      'echo "$packages packages, nothing critical or high that has a fix"',
    ].join("\n"),
  });
}

/** Keeps the report, of a blocked image above all. */
export function keepReport(service: Expression, slug: Expression): Step {
  return upload({
    name: "Keep the report",
    artifact: text`scan.${service}.${slug}`,
    path: "report.json",
    evenAfterFailure: true,
  });
}
