import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Digest of the TypeScript and JSON below these folders: a daemon that was started from other sources of ours is
 * another one.
 */
export function sourceDigest(...folders: readonly string[]): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".ts") || file.endsWith(".json"))
        hash.update(file).update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest("hex");
}
