/** A plugin as a process: `pulumi-resource-<name> <engine host:port>`. Only the port goes to standard output. */
import type { EngineLog } from "./engine-log";
import type { ProviderPlugin } from "./plugin";
import { startPluginServer } from "./server";

/** How often it looks whether the engine that started it is still there, in milliseconds. */
const engineWatchMs = 1000;

export async function runPlugin(make: (log: EngineLog) => ProviderPlugin): Promise<void> {
  const server = await startPluginServer(process.argv[2], make);
  const stop = () => {
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // An engine that was killed sends no signal. What it began must not go on without it. The starter says who that is:
  // by now it may have been killed already, and this process be somebody else's child.
  const engine = Number(process.env["GHCR_PLUGIN_ENGINE"] ?? process.ppid);
  setInterval(() => process.ppid !== engine && stop(), engineWatchMs);
  console.log(server.port);
}
