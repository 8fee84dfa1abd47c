/** Entry of the stand-in for the @pulumi/command 1.2.1 plugin. */
import { runPlugin } from "../../../provider/wire";
import { commandPlugin } from "./command-plugin";

/** The engine's environment: without what the start script set for this process, with what it had replaced. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  const kept = environment["GHCR_COMMAND_PLUGIN_KEEP"];
  if (kept === undefined) return environment;
  const set = ["GHCR_COMMAND_PLUGIN_KEEP", "GHCR_PLUGIN_ENGINE", "TS_NODE_PROJECT", "NODE_COMPILE_CACHE"];
  for (const name of set) delete environment[name];
  for (const line of kept.split("\n").filter((text) => text.includes("="))) {
    environment[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
  }
  return environment;
}

void runPlugin((log) => commandPlugin(log, commandEnvironment()));
