/** Signing in a workflow: cosign, and the right that it takes. */
import type { Expression } from "../expression";
import type { Permissions } from "../model";
import { tools } from "../pins";
import { run, type Step } from "../step";

/** The identity is the workflow's own; no key is kept anywhere. */
export const signingRights: Permissions = {
  "id-token": { access: "write", reason: "prove to Sigstore which workflow signs the image" },
};

/**
 * Installs cosign's own release by its checksum, as Trivy's is.
 * @param sign whether it is of use: `none` installs nothing
 */
export function installCosign(sign: Expression | "keyless"): Step {
  const { version, sha256 } = tools.cosign;
  return run({
    name: "Install cosign",
    env: {
      SIGN: sign,
      COSIGN_VERSION: version,
      SHA256_AMD64: sha256["linux/amd64"],
      SHA256_ARM64: sha256["linux/arm64"],
    },
    script: [
      'if [ "$SIGN" = none ]; then',
      '  echo "nothing is signed here"',
      "  exit 0",
      "fi",
      `if [ "$(cosign version 2> /dev/null | sed -n 's/^GitVersion: *v//p')" = "$COSIGN_VERSION" ]; then`,
      '  echo "cosign $COSIGN_VERSION is on this runner"',
      "  exit 0",
      "fi",
      'case "$(uname -m)" in',
      '  x86_64) name=linux-amd64 sha256="$SHA256_AMD64" ;;',
      '  aarch64) name=linux-arm64 sha256="$SHA256_ARM64" ;;',
      '  *) echo "::error::no release of cosign for $(uname -m)"; exit 1 ;;',
      "esac",
      'mkdir -p "$RUNNER_TEMP/bin"',
      'cd "$RUNNER_TEMP/bin"',
      "curl --fail --silent --show-error --location --retry 3 --output cosign \\",
      '  "https://github.com/sigstore/cosign/releases/download/v$COSIGN_VERSION/cosign-$name"',
      'echo "$sha256  cosign" | sha256sum --check --strict',
      "chmod +x cosign",
      'echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"',
    ].join("\n"),
  });
}
