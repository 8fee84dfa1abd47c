import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { stringify } from "yaml";
import { renderedFiles } from "../workflow-variants";
import { runStep, type StepRun } from "../workflow-step";
import { run, startWorld, type World } from "./world";

const workflow = renderedFiles().get("two-services/pulumi-preview.yml") ?? "";
const checkout = join(__dirname, "..", "..");

/** `pulumi-preview.yml`'s own scripts, with the real engine: the stand-in for GitHub is the only thing that differs. */
describe("the preview of a pull request", () => {
  let world: World;
  const folder = mkdtempSync(join(tmpdir(), "workflow-preview-"));

  before(async () => {
    world = await startWorld();
    // A stack as production's is: some values are encrypted with a key that nobody here has.
    const encrypted = { "ghcr-platform:registryPassword": { secure: "v1:abc:def" } };
    const config = Object.fromEntries(
      Object.entries(world.sandbox.config).map(([key, value]) => [`ghcr-platform:${key}`, value]),
    );
    world.write(
      "Pulumi.prod.yaml",
      stringify({
        encryptionsalt: "v1:abc:def",
        config: { "ghcr-platform:owner": "albeorla", ...config, ...encrypted },
      }),
      { commit: true },
    );
    // Fakes the one thing that takes the network: the packages are those of this checkout.
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "npm"), `#!/bin/sh\nln -s ${checkout}/node_modules node_modules\n`);
    chmodSync(join(folder, "bin", "npm"), 0o755);
  });
  after(async () => {
    await world.stop();
    rmSync(folder, { recursive: true });
  });

  it("names what it changes in what is declared, and holds no secret to do so", () => {
    clone("accepted");
    world.write(
      "services/hello-python/service.ts",
      readFileSync(join(world.program, "services/hello-python/service.ts"), "utf8").replace(
        'GREETING: "Hello"',
        'GREETING: "Good morning"',
      ),
      { commit: true },
    );
    clone("proposed");
    const previewed = preview();
    assert.equal(previewed.status, 0, previewed.log);
    const { summary } = step("Report");
    const named = summary.split("\n").filter((line) => /^- .*`$/.test(line));
    assert.ok(
      named.some((line) => /^- changes `.*ActionsVariable::.*GREETING/.test(line)),
      summary,
    );
    assert.match(summary, /\+\s+"value": "Good morning"/);
    // Nothing but the service that was changed; its image is built from another commit.
    assert.ok(
      named.every((line) => line.includes("hello-python")),
      named.join("\n"),
    );
  });

  it("says why where the program doesn't run", () => {
    world.write("services/hello-python/service.ts", "export default 1;\n", { commit: true });
    rmSync(join(folder, "proposed"), { recursive: true });
    rmSync(join(folder, "accepted"), { recursive: true });
    clone("accepted");
    clone("proposed");
    const previewed = preview();
    assert.equal(previewed.status, 1);
    assert.match(previewed.log, /services\/hello-python\/service\.ts/);
  });

  function clone(side: string): void {
    run("git", ["clone", "--quiet", world.program, join(folder, side)]);
  }

  function preview(): StepRun {
    rmSync(join(folder, "results"), { recursive: true, force: true });
    return step("Preview both");
  }

  function step(name: string): StepRun {
    return runStep({
      workflow,
      job: "preview",
      step: name,
      folder,
      path: [join(folder, "bin")],
      machine: world.sandbox.env,
      env: { RESULTS: join(folder, "results"), GITHUB_TOKEN: world.sandbox.github.token },
    });
  }
});
