import assert from "node:assert/strict";
import { engineEnvironment, type EngineOperation } from "./index";

const operations: readonly EngineOperation[] = ["preview", "up", "refresh", "destroy"];

describe("the engine's environment", () => {
  it("skips checkpoints in previews alone: whatever writes must be able to go on after a kill", () => {
    assert.deepEqual(
      operations.filter((operation) => "PULUMI_SKIP_CHECKPOINTS" in engineEnvironment(operation)),
      ["preview"],
    );
  });

  it("drops stack traces and debug lines, and gives them back where someone debugs", () => {
    const [usual, debugging] = [engineEnvironment("up"), engineEnvironment("up", { debug: true })];
    assert.equal(usual["NODE_OPTIONS"], "--stack-trace-limit=0");
    assert.equal(usual["GHCR_DEBUG_LINES"], undefined);
    assert.equal(debugging["NODE_OPTIONS"], "");
    assert.equal(debugging["GHCR_DEBUG_LINES"], "true");
  });

  it("keeps what NODE_OPTIONS held already", () => {
    const options = { nodeOptions: "--max-old-space-size=4096" };
    assert.equal(
      engineEnvironment("preview", options)["NODE_OPTIONS"],
      "--max-old-space-size=4096 --stack-trace-limit=0",
    );
    assert.equal(
      engineEnvironment("preview", { ...options, debug: true })["NODE_OPTIONS"],
      "--max-old-space-size=4096",
    );
  });
});
