import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { changesOf, previewOf, readEvents, type Preview } from "../../core/preview";
import { renderedFiles } from "../workflow-variants";
import { runStep, type StepRun } from "../workflow-step";
import { copyProgram, linkPackages, testToolchain } from "./world";

const workflow = renderedFiles().get("two-services/pulumi-preview.yml") ?? "";
const hello = "services/hello-python/service.ts";
const todost = "services/todost/service.ts";

/** `pulumi-preview.yml`'s own script, with the real engine and the plugins that a runner would have. */
describe("the preview of a pull request", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflow-preview-"));
  const eventLog = join(folder, "results", "preview.jsonl");
  // A stack as production's is: some values are encrypted with a key that nobody here has.
  const stack = `encryptionsalt: v1:abc:def
config:
  ghcr-platform:owner: albeorla
  ghcr-platform:githubToken:
    secure: v1:abc:def
`;
  let machine: Record<string, string> = {};

  before(async () => {
    machine = (await testToolchain()).env();
    copyProgram(join(folder, "accepted"), { "Pulumi.prod.yaml": stack });
    linkPackages(join(folder, "accepted"));
    // Fakes the one thing that takes the network: the packages are those of this checkout.
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "npm"), "#!/bin/sh\n");
    chmodSync(join(folder, "bin", "npm"), 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("finds that nothing changes where nothing does", () => {
    const { preview } = previewed({});
    assert.deepEqual([preview.ended, preview.changes], ["succeeded", []]);
    assert.ok(preview.unchanged > 0, String(preview.unchanged));
  });

  it("names what a change creates, updates, deletes and replaces, and nothing else", () => {
    const declaration = readFileSync(join(folder, "accepted", hello), "utf8")
      .replace('GREETING: "Hello"', 'GREETING: "Good morning", LOUD: "yes"')
      .replace('secrets: ["GREETING_KEY"],', "");
    const { preview, run } = previewed({ [hello]: declaration });
    assert.equal(run.status, 0, run.log);
    assert.deepEqual(
      preview.changes.map(({ operation, owner, paths }) => [operation, owner, ...paths]),
      [
        ["delete", "hello-python"],
        ["create", "hello-python"],
        ["update", "hello-python", "value"],
      ],
    );
  });

  it("shows what a service that moves to another repository has replaced, and what one that is gone has deleted", () => {
    const declaration = readFileSync(join(folder, "accepted", todost), "utf8").replace(
      'name: "todost",',
      'name: "todost", source: { repository: { name: "todost", visibility: "public" } },',
    );
    const { preview } = previewed({ [todost]: declaration, [hello]: null });
    const replaced = changesOf(preview, "replace");
    assert.ok(replaced.length >= 2, JSON.stringify(preview.changes));
    assert.deepEqual([...new Set(replaced.map(({ owner }) => owner))], ["todost"]);
    assert.deepEqual([...new Set(changesOf(preview, "delete").map(({ owner }) => owner))], ["hello-python"]);
    // No service shares the platform's repository any more, so the workflow that publishes from it goes as well.
    const files = changesOf(preview, "update").filter(({ type }) => type === "ghcr:index:FileSet");
    assert.deepEqual(
      files.map(({ owner }) => owner),
      ["platform"],
    );
    const changed: readonly string[] = files[0]?.paths ?? [];
    assert.ok(changed.includes('files[".github/workflows/container-publish.yml"]'), changed.join());
  });

  it("says why where the program doesn't run, keeps a log that says so, and fails in the merge queue", () => {
    const broken = { [hello]: "export default 1;\n" };
    const { run, preview } = previewed(broken);
    assert.equal(run.status, 0, run.log);
    assert.match(run.log, /services\/hello-python\/service\.ts/);
    assert.equal(preview.ended, "failed");
    assert.notEqual(previewed(broken, "merge_group").run.status, 0);
  });

  it("shows, of the services that a change can reach, what a preview of everything shows", async () => {
    const changed = readFileSync(join(folder, "accepted", hello), "utf8").replace(
      '"Hello"',
      '"Good morning"',
    );
    const added = `import { defineService } from "../../core/fleet";
export default defineService({ name: "pager", environments: { production: {} } });
`;
    const proposals: readonly (readonly [reached: string, files: Readonly<Record<string, string | null>>])[] =
      [
        ["hello-python", { [hello]: changed }],
        ["pager, todost", { "services/pager/service.ts": added, [todost]: null }],
        ["no service", { "docs/tags.md": "# Tags\n" }],
      ];
    for (const [reached, files] of proposals) {
      const { preview, run } = previewed(files);
      assert.match(run.log, new RegExp(`what differs reaches ${reached}\n`));
      const everything = previewedWhole();
      assert.deepEqual(preview.changes, everything.changes, reached);
      assert.ok(preview.unchanged < everything.unchanged, reached);
    }
    const { run } = previewed({ "core/tags/index.ts": `${readFileSync("core/tags/index.ts", "utf8")}// \n` });
    assert.match(run.log, /what differs reaches every service\n/);
  });

  /** The proposal of the last test, with what it can't reach. */
  function previewedWhole(): Preview {
    const script = join(folder, "accepted", "sandbox", "preview-change.ts");
    const sides = ["--accepted", "accepted", "--proposed", "proposed", "--event-log", eventLog];
    const args = [script, "--stack", "prod", ...sides, "--everything"];
    const { status, stderr } = spawnSync(join(folder, "accepted", "sandbox", "node"), args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...machine, PULUMI_DEBUG_COMMANDS: "true" },
    });
    assert.equal(status, 0, stderr);
    return previewOf("prod", readEvents(eventLog, readFileSync(eventLog, "utf8")));
  }

  /** Each test proposes something else to the same accepted side. */
  function previewed(
    files: Readonly<Record<string, string | null>>,
    event = "pull_request",
  ): { readonly preview: Preview; readonly run: StepRun } {
    for (const name of ["proposed", "results"]) rmSync(join(folder, name), { recursive: true, force: true });
    copyProgram(join(folder, "proposed"), { "Pulumi.prod.yaml": stack, ...files });
    linkPackages(join(folder, "proposed"));
    const run = runStep({
      workflow,
      job: "preview",
      step: "Preview the change",
      folder,
      path: [join(folder, "bin")],
      machine,
      env: { RESULTS: join(folder, "results"), EVENT: event },
    });
    const log = readFileSync(eventLog, "utf8");
    assert.doesNotMatch(log, /ghp_[0-9a-f]{36}/, "the stand-in's token");
    return { run, preview: previewOf("prod", readEvents(eventLog, log)) };
  }
}).timeout(300_000);
