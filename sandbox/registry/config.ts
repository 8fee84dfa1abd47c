import { stringify } from "yaml";

export interface RegistryConfigOptions {
  /** Folder of the images. */
  readonly storage: string;
  /** Loopback address and port to listen on. */
  readonly address: string;
}

/**
 * Settings that distribution 2.8 and 3 both read: https://distribution.github.io/distribution/about/configuration.
 * Manifests may be deleted, because retention is tried out against this registry.
 */
export function registryConfig({ storage, address }: RegistryConfigOptions): string {
  return stringify({
    version: 0.1,
    log: { level: "warn", formatter: "text", accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      // It walks the whole storage at every start; uploads that were cut off are few and go with the sandbox.
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: address, headers: { "X-Content-Type-Options": ["nosniff"] } },
  });
}
