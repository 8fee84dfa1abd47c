import assert from "node:assert/strict";
import { engineLines } from "./engine-lines";

describe("engineLines", () => {
  it("passes whole lines on, however they were cut, without the builder's log", () => {
    let seen = "";
    const lines = engineLines((text) => (seen += text));
    const text = [
      " +  docker-build:index:Image todost-image-build creating (0s) ",
      " +  docker-build:index:Image todost-image-build creating (0s) #10 pushing layers",
      " +  docker-build:index:Image todost-image-build created (2s) ",
      "error: build failed",
    ].join("\n");
    for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) lines.add(Buffer.from(piece));
    lines.end();
    assert.deepEqual(seen.split("\n"), [...text.split("\n").filter((line) => !line.includes("#10")), ""]);
  });
});
