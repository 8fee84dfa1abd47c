import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { invoices, ledger, legacyJobs, metrics, storefront } from "./adopt-repositories";
import { AdoptWorld, type Outcome } from "./adopt-world";

describe("repositories that people made, each unlike the others", () => {
  let world: AdoptWorld;

  before(async () => {
    world = await AdoptWorld.start({
      "services/hello-python/service.ts": null,
      "services/todost/service.ts": null,
    });
    await world.platformRepository();
    const { data: ada } = await world.octokit.users.getAuthenticated();
    world.write("services/ledger/service.ts", ledger(ada.id).replace("      existing: true,\n", ""));
    await world.up();
    rmSync(join(world.program, "services", "ledger"), { recursive: true });
    await world.loseState();
    for (const make of [invoices, storefront, metrics, legacyJobs]) await make(world);
    await adopted("ghcr-platform");
  });
  after(() => world.stop());

  /** Adopts, which must write nothing on GitHub. */
  async function adopted(name: string): Promise<Outcome> {
    world.github.clearJournal();
    const outcome = await world.adopt(name);
    assert.equal(outcome.code, 0, outcome.output);
    assert.match(outcome.stdout, /are in sandbox now; all preview as unchanged/);
    assert.deepEqual(world.writes(), []);
    return outcome;
  }

  /** What it left alone, and what a person has to decide. */
  function noted({ stdout }: Outcome): readonly string[] {
    return stdout
      .split("\n")
      .flatMap((line) => /^ {2}([^:]+): .*\w.*\)?$/.exec(line)?.[1] ?? [])
      .filter((each) => !/^\s|^"/.test(each));
  }

  const says = (name: string, ...lines: readonly string[]) => {
    const text = world.read(`services/${name}/service.ts`).replace(/\s+/g, " ");
    for (const line of lines) assert.ok(text.includes(line), `${line}\n${text}`);
  };

  it("is shown in a dry run, which writes nothing", async () => {
    const { code, stdout } = await world.adopt("invoices", "--dry-run", "--json");
    assert.equal(code, 0);
    const { declaration } = JSON.parse(stdout) as { declaration: { name: string } };
    assert.equal(declaration.name, "invoices");
    assert.throws(() => world.read("services/invoices/service.ts"), /ENOENT/);
  });

  it("is adopted with classic protection, but for the rule that names people", async () => {
    const notes = noted(await adopted("invoices"));
    assert.deepEqual(notes, [
      "branch protection of release/*",
      "workflow .github/workflows/ci.yml",
      "secret SIGNING_KEY",
      "secret SMTP_KEY",
    ]);
    says(
      "invoices",
      'workflows: "kept"',
      'pattern: "main", reviews: { required: 2, codeOwners: true }, checks: { upToDate: true, required: ["build", "lint"] }',
      'variables: { CURRENCY: "EUR" }',
    );
  });

  it("is adopted with rulesets of its own, and without environments that GitHub made", async () => {
    assert.deepEqual(noted(await adopted("storefront")), [
      "environment github-pages",
      "environment copilot",
      "ruleset commit messages",
      "workflow .github/workflows/pages.yml",
      "secret production/DATABASE_KEY",
    ]);
    says("storefront", 'defaultBranch: "trunk"', 'name: "tags", target: "tag"', "waitMinutes: 30");
  });

  it("is adopted with a package of 400 versions", async () => {
    const { stdout } = await adopted("metrics");
    assert.match(stdout, /package metrics: .*400 versions: 1 semver, 100 sha, 299 untagged/);
    says(
      "metrics",
      'visibility: "public"',
      'dockerfile: "docker/Dockerfile"',
      'token: "write"',
      'refs: "all"',
    );
  });

  it("is adopted with nothing that protects it, and a workflow that bears the platform's name", async () => {
    assert.deepEqual(noted(await adopted("legacy-jobs")), [
      "environment eu/west",
      "workflow .github/workflows/container-publish.yml",
      "secret FTP_PASSWORD",
      "what Actions may do",
      "Dockerfile",
    ]);
    says("legacy-jobs", 'actions: "kept"', "ownRules: {}");
  });

  it("is recognized where the platform made it, and declared by its deviations alone", async () => {
    await adopted("ledger");
    const { data: ada } = await world.octokit.users.getAuthenticated();
    const words = (text: string) => text.replace(/\s+/g, " ").split(" ").sort();
    assert.deepEqual(words(world.read("services/ledger/service.ts")), words(ledger(ada.id)));
  });

  it("has a declaration that the formatter and the compiler have nothing to say about", () => {
    const options = { cwd: world.program, encoding: "utf8" } as const;
    execFileSync("node_modules/.bin/prettier", ["--check", "services/*/service.ts"], options);
    execFileSync("node_modules/.bin/tsc", ["--noEmit", "-p", "."], options);
  });

  it("is there already the second time", async () => {
    const { code, stdout } = await world.adopt("metrics");
    assert.equal(code, 0);
    assert.match(stdout, /albeorla\/metrics is in sandbox already, unchanged/);
  });

  it("stays as it is, all of them, through an update", async () => {
    world.github.clearJournal();
    await world.up();
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(await world.changes(), []);
  });

  it("is refused where its declaration says otherwise, with the property, and the state is put back", async () => {
    const { octokit } = world;
    await octokit.repos.createInOrg({ org: "albeorla", name: "drifted", auto_init: true, private: true });
    world.write(
      "services/drifted/service.ts",
      `import { defineService } from "../../core/fleet";

export default defineService({
  name: "drifted",
  source: { repository: { name: "drifted", existing: true, workflows: "kept", actions: "kept", ownRules: {} } },
});
`,
    );
    const before = await world.state();
    const { code, output } = await world.adopt("drifted");
    assert.equal(code, 1);
    assert.match(
      output,
      /drifted-source-repository: is declared otherwise than it is on GitHub \(update of allowMergeCommit, deleteBranchOnMerge\)/,
    );
    const resources = (text: string) =>
      (JSON.parse(text) as { deployment: { resources: unknown } }).deployment.resources;
    assert.deepEqual(resources(await world.state()), resources(before));
    rmSync(join(world.program, "services", "drifted"), { recursive: true });
  });
});
