import type { FleetDeclaration } from "../core/fleet";

/**
 * Whether the platform's repository runs `pulumi up` on merges and looks for drift itself. Undefined: `pulumi up` is
 * run by hand. docs/pull_request_previews.md says what to set up first; an example:
 *
 *     { stateUrl: "s3://acme-pulumi?region=eu-central-1", stateSecrets: ["PULUMI_CONFIG_PASSPHRASE", "AWS_ACCESS_KEY_ID", …] }
 */
export const automation: FleetDeclaration["automation"] = undefined;
