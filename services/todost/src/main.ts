import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { log } from "./log.ts";
import { createTodoServer } from "./server.ts";
import { TodoStore } from "./store.ts";

/** How long a stop waits for running requests before it cuts them off. */
const STOP_LIMIT_MS = 12_000;

try {
  await run(readConfig(process.env));
} catch (error) {
  if (error instanceof ConfigError) {
    log("error", "the configuration is wrong", { problem: error.message });
    process.exitCode = 2;
  } else {
    log("error", "failed", { error: error instanceof Error ? error.stack : String(error) });
    process.exitCode = 1;
  }
}

/** Runs until SIGTERM or SIGINT: then no new connections, running requests end, the database is closed. */
async function run(config: Config): Promise<void> {
  const store = openStore(config.dataDir);
  const server = createTodoServer({ config, store, now: () => new Date() });
  server.listen(config.port, config.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  // Before it says that it listens: whoever reads that may stop it at once.
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  log("info", "listening", { host: config.host, port, version: config.version });

  const signal = await signalled;
  log("info", "stopping", { signal: signal[0] as unknown });
  const cut = setTimeout(() => server.closeAllConnections(), STOP_LIMIT_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(cut);
  store.close();
  log("info", "stopped");
}

function openStore(dataDir: string): TodoStore {
  const file = join(dataDir, "todos.db");
  try {
    return new TodoStore(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `DATA_DIR must be a folder that can be written; ${file} can't be opened: ${reason}`,
    );
  }
}
