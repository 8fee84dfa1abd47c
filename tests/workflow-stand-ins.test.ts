import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { standIns, type StandIn } from "../sandbox/workflow/stand-ins";
import { renderedFiles } from "./workflow-variants";

describe("the stand-ins for the actions of others", () => {
  const known: Readonly<Record<string, StandIn | undefined>> = standIns;

  it("take every input that the workflows give which are run, and set every output that they read", () => {
    for (const [path, content] of renderedFiles()) {
      // Of a release: before one, the command is built from the platform's source.
      const isOne = /^(promoted-services|approved-retention|exceptions|code-scanning)\//.test(path);
      const isRun = isOne ? /\/(container-|promote|rescan)/ : /^automated\/pulumi-up/;
      if (!isRun.test(path)) continue;
      const { jobs } = parse(content) as {
        jobs: Record<string, { steps: { id?: string; uses?: string; with?: Record<string, unknown> }[] }>;
      };
      const used = Object.values(jobs).flatMap(({ steps }) => steps.filter(({ uses }) => uses !== undefined));
      assert.ok(used.length > 0, path);
      for (const { id, uses = "", with: given = {} } of used) {
        const [name = ""] = uses.split("@");
        if (name === "albeorla/ghcr-platform/setup") continue;
        assert.deepEqual(
          Object.keys(given).filter((input) => !known[name]?.inputs.includes(input)),
          [],
          name,
        );
        const read = [...content.matchAll(new RegExp(`steps\\.${id ?? "-"}\\.outputs\\.(\\w+)`, "g"))];
        for (const [, output = ""] of read)
          assert.ok(known[name]?.outputs.includes(output), `${name}: ${output}`);
      }
    }
  });
});
