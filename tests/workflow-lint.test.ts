import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { baseImageUpdateFiles } from "../core/base-image-updates";
import { resolveFleet } from "../core/fleet";
import { ensureLinters, type Linters } from "../sandbox/linters";
import { terminalProgress } from "../sandbox/progress";
import { parseErrors } from "./workflow-parser";
import { fixtures, renderedFiles } from "./workflow-variants";

const files = renderedFiles();

const declaration = { name: "billing", source: { repository: { name: "billing-api" } } };
const billing = { name: "billing", dockerfile: "Dockerfile" };

/** What all of the linters are there to find: each must find something in this. */
const faulty = `name: Faulty
on: pull_request_target
jobs:
  first:
    runs-on: ubuntu-24.04
    needs: [nobody]
    steps:
      - uses: actions/checkout@main
      - run: echo "\${{ github.event.pull_request.title }}"
  second:
    runs-on: ubuntu-24.04
    steps:
      - run: echo
`;

describe("every rendered workflow", () => {
  it("is as it was last looked at (sandbox/node tests/workflow-variants.ts writes them anew)", () => {
    const kept = readdirSync(fixtures, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    assert.equal(kept.length, files.size);
    for (const [path, content] of files)
      assert.equal(content, readFileSync(join(fixtures, path), "utf8"), path);
  });

  it("is a workflow to GitHub's own parser", async () => {
    for (const [path, content] of files) assert.deepEqual(await parseErrors(path, content), [], path);
  });

  it("could not have passed that parser with a job that isn't there, or a key that isn't one", async () => {
    const [content = ""] = files.values();
    assert.match((await parseErrors("a.yml", faulty)).join("\n"), /nobody/);
    const misspelt = content.replace("timeout-minutes", "time-out-minutes");
    assert.match((await parseErrors("a.yml", misspelt)).join("\n"), /time-out-minutes/);
  });
});

describe("the linters", () => {
  let linters: Linters;
  const folder = mkdtempSync(join(tmpdir(), "workflow-lint-"));
  const clean = join(folder, "clean");
  const bad = join(folder, "bad");

  before(async function () {
    this.timeout("10m");
    linters = await ensureLinters(terminalProgress());
    for (const [path, content] of files) write(clean, path.replace("/", "."), content);
    write(bad, "faulty.yml", faulty);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("find nothing in any rendered workflow: actionlint", () => {
    assert.deepEqual(actionlint(linters, clean), []);
  });

  for (const persona of ["regular", "pedantic"] as const) {
    it(`find nothing in any rendered workflow: zizmor as ${persona}`, () => {
      assert.deepEqual(zizmor(linters, clean, persona), []);
    }).timeout(60_000);
  }

  for (const persona of ["regular", "pedantic"] as const) {
    it(`find nothing in the settings that are rendered for Dependabot, but miss a cooldown: zizmor as ${persona}`, () => {
      const found = (cooldownDays: number) => {
        const settings = join(folder, `dependabot-${persona}-${cooldownDays}`);
        const files = baseImageUpdateFiles({ baseImageUpdates: { by: "dependabot", cooldownDays } }, billing);
        mkdirSync(join(settings, ".github"), { recursive: true });
        for (const { path, content } of files) writeFileSync(join(settings, path), content);
        return zizmor(
          linters,
          settings,
          persona,
          files.map(({ path }) => path),
        );
      };
      const plan = resolveFleet({ platform: { name: "p" }, services: [{ where: "w", declaration }] });
      const { baseImageUpdates } = plan.ownRepositories.get("billing") ?? {};
      assert.ok(baseImageUpdates !== undefined && baseImageUpdates.by !== "none");
      assert.deepEqual(found(baseImageUpdates.cooldownDays), []);
      assert.deepEqual(found(0), ["dependabot-cooldown"]);
    }).timeout(60_000);
  }

  it("find what is wrong with a workflow that has every fault", () => {
    assert.ok(actionlint(linters, bad).includes("job-needs"));
    const found = zizmor(linters, bad, "pedantic");
    for (const audit of ["unpinned-uses", "template-injection", "dangerous-triggers", "artipacked"]) {
      assert.ok(found.includes(audit), `${audit} in ${found.join(", ")}`);
    }
  });
});

function write(folder: string, name: string, content: string): void {
  mkdirSync(join(folder, ".github", "workflows"), { recursive: true });
  writeFileSync(join(folder, ".github", "workflows", name), content);
}

/** Kinds of what it finds. Without shellcheck, so that it finds the same on every machine. */
function actionlint({ actionlint: program }: Linters, folder: string): readonly string[] {
  const names = workflows(folder);
  const { stdout, stderr, status } = spawnSync(
    program,
    ["-shellcheck=", "-pyflakes=", "-format", "{{json .}}", ...names],
    { cwd: folder, encoding: "utf8" },
  );
  assert.ok(status === 0 || status === 1, stderr);
  return (JSON.parse(stdout) as { kind: string; message: string; filepath: string }[]).map(
    ({ kind }) => kind,
  );
}

/** Names of the audits that find something. */
function zizmor(
  { zizmor: program }: Linters,
  folder: string,
  persona: string,
  paths: readonly string[] = workflows(folder),
): readonly string[] {
  const { stdout, stderr } = spawnSync(
    program,
    ["--offline", "--no-config", "--no-progress", "--persona", persona, "--format", "json", ...paths],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 },
  );
  assert.notEqual(stdout, "", stderr);
  return (JSON.parse(stdout) as { ident: string }[]).map(({ ident }) => ident);
}

function workflows(folder: string): readonly string[] {
  return readdirSync(join(folder, ".github", "workflows")).map((name) => `.github/workflows/${name}`);
}
