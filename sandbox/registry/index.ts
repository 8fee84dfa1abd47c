/** The sandbox's registry: CNCF distribution on loopback, its images kept on disk over restarts. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { daemonLog, startDaemon, stopDaemon } from "../daemon";
import { assertPortFree } from "../ports";
import { registryConfig } from "./config";

export interface RegistryOptions {
  /** Holds images, settings, pid file and log. */
  readonly dataDir: string;
  /** Loopback port. */
  readonly port: number;
  /** Path of `registry` (distribution 3) or of Debian's `docker-registry` (2.8). */
  readonly binary: string;
  /** What a user does to have another port; the end of the error for one that is taken. */
  readonly portSetting?: string;
}

export interface Registry {
  /** `127.0.0.1:<port>`, as it stands in image references. Plain HTTP. */
  readonly host: string;
  readonly pid: number;
  /** Access log, with the registry's own messages. */
  readonly log: string;
  stop(): Promise<void>;
}

const NAME = "registry";
const PORT_SETTING = "stop that program, or choose another port for the registry";

/** Starts it detached, or takes the one that runs. PlatformError if the port is taken by something else. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const dataDir = resolve(options.dataDir);
  const host = `127.0.0.1:${options.port}`;
  const config = registryConfig({ storage: join(dataDir, "storage"), address: host });
  const configFile = join(dataDir, "config.yml");
  const { pid } = await startDaemon({
    name: NAME,
    command: options.binary,
    args: ["serve", configFile],
    // Distribution 3 sends traces to a collector on this machine unless it is told not to.
    env: { PATH: process.env["PATH"], OTEL_TRACES_EXPORTER: "none" },
    dir: dataDir,
    settings: config,
    prepare: async () => {
      await assertPortFree({ who: NAME, port: options.port, setting: options.portSetting ?? PORT_SETTING });
      writeFileSync(configFile, config);
    },
    healthy: () => answersAsRegistry(host),
  });
  return {
    host,
    pid,
    log: daemonLog(dataDir, NAME),
    stop: async () => {
      await stopRegistry(dataDir);
    },
  };
}

/** False if none ran. Images stay. */
export function stopRegistry(dataDir: string): Promise<boolean> {
  return stopDaemon(resolve(dataDir), NAME);
}

/** The base of every registry answers 200: OCI distribution specification, "Determining Support". */
async function answersAsRegistry(host: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.status === 200;
}
