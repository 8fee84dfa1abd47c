/** A key as a machine signs with that is no workflow. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../sandbox/run";
import { readSecretFile } from "../../sandbox/secret-file";

export interface SigningKey {
  /** File that who verifies needs. */
  readonly publicKey: string;
  /** What a run needs to sign with it: GHCR_SIGNING_KEY, COSIGN_PASSWORD. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Made once, so that what is signed already is not signed again.
 * @param cosign its path
 * @param folder where it is kept, for its owner's eyes only
 */
export async function ensureSigningKey(cosign: string, folder: string): Promise<SigningKey> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = readSecretFile(join(folder, "password"), () => randomBytes(24).toString("base64url"));
  const prefix = join(folder, "cosign");
  if (!existsSync(`${prefix}.pub`)) {
    await run(cosign, ["generate-key-pair", "--output-key-prefix", prefix], {
      env: { ...process.env, COSIGN_PASSWORD: password },
    });
  }
  return {
    publicKey: `${prefix}.pub`,
    env: { GHCR_SIGNING_KEY: `${prefix}.key`, COSIGN_PASSWORD: password },
  };
}
