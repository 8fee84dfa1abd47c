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

  it("drops stack traces, and gives them back where someone debugs", () => {
    assert.equal(engineEnvironment("up")["NODE_OPTIONS"], "--stack-trace-limit=0");
    assert.equal(engineEnvironment("up", { debug: true })["NODE_OPTIONS"], "");
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
