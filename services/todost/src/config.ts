/** What the environment says, read once at the start. */
export interface Config {
  readonly host: string;
  /** 0 takes any free port; the "listening" log line says which. */
  readonly port: number;
  /** Folder that holds `todos.db`; must exist and be writable. */
  readonly dataDir: string;
  readonly version: string;
  readonly revision: string;
}

/** A value in the environment that the service can't start with; the message names it. */
export class ConfigError extends Error {}

/** VERSION and REVISION come from the image's build; HOST, PORT and DATA_DIR from whoever runs it. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const port = environment["PORT"] ?? "8080";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new ConfigError(`PORT must be a whole number from 0 to 65535, not ${JSON.stringify(port)}`);
  }
  return {
    host: environment["HOST"] ?? "0.0.0.0",
    port: Number(port),
    dataDir: environment["DATA_DIR"] ?? "/data",
    version: environment["VERSION"] || "unknown",
    revision: environment["REVISION"] || "unknown",
  };
}
