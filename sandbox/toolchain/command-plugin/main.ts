/**
 * Entry of the stand-in for the @pulumi/command 1.2.1 plugin, as the engine starts it:
 * `pulumi-resource-command <engine host:port>`. Only the port goes to standard output.
 */
import { startServer } from "./server";

/** How often it looks whether the engine that started it is still there, in milliseconds. */
const ENGINE_WATCH_MS = 1000;

async function main(): Promise<void> {
  const server = await startServer(process.argv[2], commandEnvironment());
  const stop = () => {
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // An engine that was killed sends no signal. Its commands must not go on without it.
  const engine = process.ppid;
  setInterval(() => process.ppid !== engine && stop(), ENGINE_WATCH_MS);
  console.log(server.port);
}

/** The engine's environment: without what the start script set for this process, with what it had replaced. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  const kept = environment["GHCR_COMMAND_PLUGIN_KEEP"];
  if (kept === undefined) return environment;
  for (const name of ["GHCR_COMMAND_PLUGIN_KEEP", "TS_NODE_PROJECT", "NODE_COMPILE_CACHE"])
    delete environment[name];
  for (const line of kept.split("\n").filter((text) => text.includes("="))) {
    environment[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
  }
  return environment;
}

void main();
