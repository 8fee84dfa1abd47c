/** Pulumi's plugin protocol: values, log lines and a server, for every provider plugin of the project. */
export type { EngineLog } from "./engine-log";
export * from "./plugin";
export * from "./property-values";
export { runPlugin } from "./run";
export { refused, startPluginServer, type PluginServer } from "./server";
