/** Entry of the plugin, as the engine starts it. */
import { ghcrPlugin } from "./ghcr-plugin";
import { runPlugin } from "./wire";

void runPlugin((log) => ghcrPlugin({ log, environment: process.env, now: () => new Date() }));
