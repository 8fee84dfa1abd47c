/**
 * `sandbox/node sandbox/preview-stack.ts STACK` prints the configuration of a stack with which its program can be
 * previewed by someone who holds none of its secrets: encrypted values are left out, and every secret that a
 * service declares has a placeholder. Beside it, which services have their folder elsewhere than below `services/`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { resolveFleet, secretValueKeys, type Service } from "../core/fleet";
import { loadFleet } from "../services";
import { foldersElsewhere } from "./changed-preview";

const namespace = "ghcr-platform";
/** Of no use, and refused, without the key or password that goes with them and is a secret. */
const withoutKey = ["githubAppId", "githubAppInstallationId", "registryUsername"].map(
  (key) => `${namespace}:${key}`,
);

/** The stack file's content without anything encrypted. */
export function previewConfig(content: string, services: readonly Service[]): string {
  const { config } = (parse(content) ?? {}) as { readonly config?: Readonly<Record<string, unknown>> };
  const plain = Object.entries(config ?? {}).filter(
    ([key, value]) => !isEncrypted(value) && !withoutKey.includes(key),
  );
  const placeholders = services.map(
    (service) =>
      [
        service.name,
        Object.fromEntries(secretValueKeys(service).map((key) => [key, "placeholder"])),
      ] as const,
  );
  return stringify({
    config: { ...Object.fromEntries(plain), [`${namespace}:secrets`]: Object.fromEntries(placeholders) },
    elsewhere: foldersElsewhere(services),
  });
}

/** A value, or any part of one, that `pulumi config set --secret` wrote. */
function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(isEncrypted);
}

if (require.main === module) {
  const [stack] = process.argv.slice(2);
  if (stack === undefined) throw new Error("which stack?");
  const content = readFileSync(join(__dirname, "..", `Pulumi.${stack}.yaml`), "utf8");
  process.stdout.write(previewConfig(content, resolveFleet(loadFleet()).services));
}
