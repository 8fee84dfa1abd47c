/** A plugin as a process: `pulumi-resource-<name> <engine host:port>`. Only the port goes to standard output. */
import type { EngineLog } from "./engine-log";
import { whenEngineIsGone } from "./engine-watch";
import type { ProviderPlugin } from "./plugin";
import { startPluginServer } from "./server";

export async function runPlugin(make: (log: EngineLog) => ProviderPlugin): Promise<void> {
  const server = await startPluginServer(process.argv[2], make);
  const stop = () => {
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  whenEngineIsGone(stop);
  console.log(server.port);
}
