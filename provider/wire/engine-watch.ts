/** How often it is looked whether the engine is still there, in milliseconds. */
const engineWatchMs = 1000;

/**
 * Calls `stop`, every second, once the engine that started this process is gone: one that was killed sends no signal,
 * and what it began must not go on without it. GHCR_PLUGIN_ENGINE, which the starter sets, says who the engine is: by
 * now it may have been killed already, and this process be somebody else's child.
 */
export function whenEngineIsGone(stop: () => void): void {
  const engine = Number(process.env["GHCR_PLUGIN_ENGINE"] ?? process.ppid);
  setInterval(() => process.ppid !== engine && stop(), engineWatchMs);
}
