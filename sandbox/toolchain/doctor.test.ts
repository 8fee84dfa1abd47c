import assert from "node:assert/strict";
import { doctorTable } from "./doctor";
import type { ResolvedTool } from ".";

const tools: ResolvedTool[] = [
  {
    name: "pulumi",
    version: "3.1.0",
    path: "/c/pulumi",
    from: "go",
    verified: "go.sum",
    passed: ["installed: no", "release: no checksum"],
  },
  {
    name: "registry",
    version: "3.1.2",
    path: "/c/r",
    from: "release",
    verified: "sha256 ab…",
    passed: ["installed: no"],
  },
  {
    name: "node",
    version: "24.0.0",
    path: "/usr/bin/node",
    from: "installed",
    verified: "asked",
    passed: [],
  },
];

describe("the doctor", () => {
  it("says of each tool which it is, where it came from and how that is known", () => {
    const rows = doctorTable(tools)
      .split("\n")
      .filter((line) => line.startsWith("│"))
      .map((line) =>
        line
          .split("│")
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    assert.deepEqual(rows, [
      ["tool", "version", "where from", "verified how"],
      ["pulumi", "3.1.0", "built from source", "go.sum"],
      ["registry", "3.1.2", "official release", "sha256 ab…"],
      ["node", "24.0.0", "installed", "asked"],
    ]);
  });

  it("says why a tool is neither an installed one nor the official release", () => {
    assert.deepEqual(doctorTable(tools).split("\n").slice(-2), [
      "Why not another way:",
      "  pulumi  installed: no; release: no checksum",
    ]);
    assert.doesNotMatch(doctorTable(tools.slice(1)), /Why/);
  });
});
