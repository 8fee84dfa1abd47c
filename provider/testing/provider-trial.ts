/** The provider over its own protocol, between an engine that listens and a GitHub in memory; for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakePackages, type FakePackagesOptions } from "../../clients/testing/fake-packages";
import { servePackages } from "../../clients/testing/serve-packages";
import { ghcrPlugin } from "../ghcr-plugin";
import { startPluginServer, type Properties } from "../wire";
import { PluginClient, startEngineLog } from "../wire/testing/plugin-client";

export { secret, UNKNOWN, type Properties } from "../wire";

/** Made up for each run. */
export const token = `ghp_${process.pid}-${Math.random().toString(36).slice(2)}`;

export function urnOf(type: string): string {
  return `urn:pulumi:test::project::ghcr-platform:index:GhcrPackage$${type}::todost`;
}

export interface ProviderTrial {
  readonly github: FakePackages;
  readonly client: PluginClient;
  /** What was said, as `<severity>: <line>`; about no resource in particular, as `<severity> for all: <line>`. */
  said(): string[];
  end(): Promise<void>;
}

/** @param config on top of the addresses; `token: undefined` leaves the token out */
export async function startProvider(
  type: string,
  options: FakePackagesOptions = {},
  config: Properties = {},
): Promise<ProviderTrial> {
  const github = new FakePackages(options);
  const served = await servePackages(github);
  const engine = await startEngineLog();
  const cache = mkdtempSync(join(tmpdir(), "ghcr-provider-"));
  const environment = { XDG_CACHE_HOME: cache };
  const server = await startPluginServer(engine.address, (log) =>
    ghcrPlugin({ log, environment, now: () => new Date(github.time) }),
  );
  const client = new PluginClient(server.port, urnOf(type));
  const all = {
    writeDelayMs: 0,
    githubUrl: `http://${served.host}/`,
    registry: served.host,
    token,
    ...config,
  };
  await client.configure(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
  return {
    github,
    client,
    said: () =>
      engine.logged.map(
        ({ severity, message, urn }) => `${severity}${urn === "" ? " for all" : ""}: ${message}`,
      ),
    async end() {
      client.close();
      await server.close();
      engine.close();
      await served.stop();
      rmSync(cache, { recursive: true });
    },
  };
}
