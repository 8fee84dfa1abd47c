import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testImage } from "../../clients/testing/images";
import { tokens, useGhcr } from "../../sandbox/ghcr/trial";
import { SmallStack } from "./small-stack";

const days = (count: number): number => count * 86_400_000;

/** The engine, the provider as a process of its own, and a package on the stand-in behind the registry's front. */
describe("the ghcr provider in the engine", () => {
  // What is pushed is thirty days old by the time that it is looked at.
  const trial = useGhcr({ clock: () => new Date(Date.now() - days(30)) });
  let stack: SmallStack;

  before(async () => {
    await trial.octokit(tokens.alice).repos.createInOrg({ org: "acme", name: "app", auto_init: true });
    for (let build = 0; build < 5; build++) {
      await trial.push("acme/todost", testImage({ salt: String(build) }), `sha-000000${build}`);
      await trial.control("clock", { advanceMs: 60_000 });
    }
    await trial.control("clock", { advanceMs: days(30) - 5 * 60_000 });
    stack = await SmallStack.make({ GITHUB_TOKEN: tokens.alice });
  });
  after(() => stack.remove());

  interface Declared {
    readonly keepBuilds?: number;
    readonly visibility?: string;
    readonly repository?: string;
    readonly more?: string;
  }

  function declare({ keepBuilds = 5, visibility = "private", repository, more = "" }: Declared): void {
    const policy = join(__dirname, "..", "..", "core", "retention");
    const names = `owner: "acme", name: "todost"`;
    const link = repository === undefined ? "" : `, repository: "${repository}"`;
    stack.program(`
      import { defaultPolicyDeclaration } from ${JSON.stringify(policy)};
      const provider = new ghcr.Provider("ghcr", {
        githubUrl: "${trial.github.url}/api/v3/",
        registry: "${trial.host}",
      });
      new ghcr.Package("package", { ${names}, visibility: "${visibility}"${link} }, { provider });
      const policy = defaultPolicyDeclaration({ keepBuilds: ${keepBuilds} });
      new ghcr.Retention("retention", { ${names}, policy }, { provider });
      ${more}
    `);
  }

  const versions = async (): Promise<number> => Object.keys(await trial.versions("todost")).length;
  const page = () => `${trial.github.url}/orgs/acme/packages/container/todost/settings`;

  it("declares a package and its policy, and a second up changes and asks nothing", async () => {
    declare({});
    const first = await stack.must("up", "--yes", "--skip-preview");
    assert.match(first, /\+ 4 created/);
    trial.github.clearJournal();
    const second = await stack.must("up", "--yes", "--skip-preview");
    assert.match(second, /4 unchanged/);
    assert.deepEqual(trial.github.journal(), []);
  });

  it("previews what a changed policy would free of the real package, and deletes nothing", async () => {
    declare({ keepBuilds: 4 });
    const output = await stack.must("preview", "--diff");
    assert.match(output, /~ count: 5 => 4/);
    assert.match(
      output,
      /acme\/todost: the policy would free at most 3 of 15 versions, 1\.\d kB of 8\.\d kB; the one before it 0 of 15/,
    );
    assert.match(output, /~ 1 to update/);
    assert.equal(await versions(), 15);
    const read = () =>
      trial.github.journal().filter(({ path, status }) => path.includes("/manifests/") && status === 200);
    assert.equal(read().length, 15);
    // By another process, which finds them in the cache.
    await stack.must("preview");
    assert.equal(read().length, 15);
    await stack.must("up", "--yes", "--skip-preview");
    assert.equal(await versions(), 15);
  });

  it("warns of a visibility and a repository that differ, with the page where a person changes them", async () => {
    declare({ keepBuilds: 4, visibility: "public", repository: "acme/other" });
    await trial.control("packages", { owner: "acme", name: "todost", repository: "app" });
    const lines = [
      `warning: acme/todost is private and declared public. GitHub's API can't change that; a person can, on ${page()}`,
      "warning: acme/todost belongs to the repository acme/app and is declared to belong to acme/other. ",
    ];
    for (const output of [
      await stack.must("preview"),
      await stack.must("up", "--yes", "--skip-preview"),
      // Unchanged by now, and still not as it is declared.
      await stack.must("preview"),
    ])
      for (const line of lines) assert.ok(output.includes(line), output);
    await trial.control("packages", { owner: "acme", name: "todost", visibility: "public" });
    declare({ keepBuilds: 4, visibility: "public", repository: "acme/app" });
    assert.doesNotMatch(await stack.must("up", "--yes", "--skip-preview"), /warning/);
  });

  it("shows as drift in a refresh what a person changed, and offers what is declared", async () => {
    assert.match(await stack.must("refresh", "--yes"), /4 unchanged/);
    await trial.control("packages", { owner: "acme", name: "todost", visibility: "private" });
    assert.match(await stack.must("refresh", "--yes", "--diff"), /~ visibility\s*: "public" => "private"/);
    assert.match(await stack.must("preview", "--diff"), /~ visibility: "private" => "public"/);
    await trial.control("packages", { owner: "acme", name: "todost", visibility: "public" });
    assert.match(await stack.must("refresh", "--yes", "--diff"), /~ visibility\s*: "private" => "public"/);
    assert.match(await stack.must("preview"), /4 unchanged/);
  });

  it("refuses a wrong declaration with every fault at its property, before anything is written", async () => {
    const refusals: readonly (readonly [Declared, RegExp])[] = [
      [{ visibility: "hidden" }, /must be one of public, private, internal \(got "hidden"\)/],
      [{ keepBuilds: 0 }, /policy\.rules\[2\]\.count/],
    ];
    for (const [declared, words] of refusals) {
      declare(declared);
      const { code, output } = await stack.run("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(output, words);
    }
  });

  it("gives what a package holds to the program, and imports a package", async () => {
    const more = `
      export const usage = ghcr.getUsageOutput({ owner: "acme", name: "todost" }, { provider });
      new ghcr.Package("imported", { owner: "acme", name: "todost", visibility: "public", repository: "acme/app" },
        { provider, import: "acme/todost" });`;
    declare({ keepBuilds: 4, visibility: "public", repository: "acme/app", more });
    assert.match(await stack.must("up", "--yes", "--skip-preview"), /= 1 imported/);
    const usage = JSON.parse(await stack.must("stack", "output", "usage", "--json")) as object;
    const { bytes, ...counts } = usage as { bytes: number };
    assert.deepEqual(counts, {
      ...{ exists: true, visibility: "public", versions: 15, tagged: 5, unread: 0, incomplete: [] },
    });
    assert.ok(bytes > 8_000 && bytes < 9_000, String(bytes));
  });

  it("keeps the token out of state, logs and output", async () => {
    const made = `ghp_hidden-${process.pid}-${Date.now()}`;
    const withToken = await SmallStack.make({ TEST_TOKEN: made });
    try {
      const provider = `new ghcr.Provider("ghcr", { token: process.env["TEST_TOKEN"] ?? "" })`;
      withToken.program(`export const urn = ${provider}.urn;`);
      const output = await withToken.must("up", "--yes", "--skip-preview", "--diff");
      assert.ok(!output.includes(made));
      assert.match(await withToken.state(), /"token": \{\s*"4dabf18193072939515e22adb298388d"/);
      const files = readdirSync(withToken.folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
        .map((entry) => join(entry.parentPath, entry.name));
      assert.ok(files.some((file) => file.includes("/.pulumi/stacks/")));
      for (const file of files) assert.ok(!readFileSync(file, "latin1").includes(made), file);
    } finally {
      withToken.remove();
    }
  });

  it("deletes no image when everything is destroyed, and says so", async () => {
    const output = await stack.must("destroy", "--yes", "--skip-preview");
    assert.match(output, /acme\/todost is declared no longer; the package and its images stay/);
    assert.equal(await versions(), 15);
    for (const build of [0, 4])
      assert.ok(await trial.as(tokens.alice).resolve("acme/todost", `sha-000000${build}`));
  });
});
