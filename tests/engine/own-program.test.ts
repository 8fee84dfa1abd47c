/** The example of a program of one's own: installed from the tarball, previewed and brought up for real. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pack } from "../../package/pack";
import { SmallProgram, token } from "./small-program";

const checkout = join(__dirname, "..", "..");
const folder = "examples/own-program";
const secrets = { pagerKey: "pager-s3cr3t-value", databaseKey: "database-s3cr3t-value" };

describe("a Pulumi program with the components from the tarball", () => {
  let program: SmallProgram;

  before(async function () {
    this.timeout(10 * 60_000);
    program = await SmallProgram.start();
    const tarball = pack();
    mkdirSync(join(program.top, "dist"));
    cpSync(tarball, join(program.top, "dist", basename(tarball)));
    cpSync(join(checkout, folder), join(program.top, folder), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    const install = ["npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    const { code, output } = await program.run(folder, install);
    assert.equal(code, 0, output);
    await program.must(folder, ["stack", "init", "dev"]);
    await program.must(folder, ["config", "set", "github:owner", "albeorla"]);
    await program.must(folder, ["config", "set", "github:baseUrl", `${program.github.url}/`]);
    await program.must(folder, ["config", "set", "github:writeDelayMs", "0"]);
    await program.must(folder, ["config", "set", "--secret", "github:token"], token);
    await program.must(folder, ["config", "set", "ghcr:githubUrl", `${program.github.url}/`]);
    await program.must(folder, ["config", "set", "ghcr:writeDelayMs", "0"]);
    await program.must(folder, ["config", "set", "--secret", "ghcr:githubToken"], token);
    for (const [key, value] of Object.entries(secrets)) {
      await program.must(folder, ["config", "set", "--secret", key], value);
    }
  });
  after(() => program.stop());

  const noSecretIn = (output: string) => {
    for (const value of Object.values(secrets)) assert.ok(!output.includes(value), "a secret is printed");
  };

  it("type-checks against the types that the tarball brings", async () => {
    const { code, output } = await program.run(folder, ["node_modules/.bin/tsc", "-p", "."]);
    assert.equal(code, 0, output);
  });

  it("previews the whole service, keeps every rule of the policy pack and shows no secret", async () => {
    const output = await program.must(folder, [
      "preview",
      "--policy-pack",
      join(checkout, "policy/ghcr-policy"),
    ]);
    for (const name of [
      "ContainerService pager",
      "Repository pager-source-repository",
      "RepositoryEnvironment pager-environments-production",
      "ActionsSecret pager-secrets-PAGER_KEY",
      "ActionsEnvironmentSecret pager-secrets-production-DATABASE_KEY",
      "FileSet pager-automation-files-set",
      "RepositoryRuleset pager-automation-rules-default-branch",
    ]) {
      assert.ok(output.includes(name), `${name}\n${output}`);
    }
    assert.match(output, /✅ ghcr-platform@v/);
    noSecretIn(output);
  });

  it("brings it up, and changes nothing the second time", async () => {
    noSecretIn(await program.must(folder, ["up", "--yes", "--skip-preview"]));
    const again = await program.must(folder, ["up", "--yes", "--skip-preview"]);
    assert.match(again, /\d+ unchanged/);
    assert.doesNotMatch(again, /to (create|update|delete)|\d (created|updated|deleted)/);
    const held = await fetch(`${program.github.url}/repos/albeorla/pager/environments`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { environments } = (await held.json()) as { environments: { name: string }[] };
    assert.deepEqual(environments.map(({ name }) => name).sort(), ["production", "staging"]);
    const log = await fetch(`${program.github.url}/repos/albeorla/pager/commits`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const commits = (await log.json()) as { commit: { message: string } }[];
    assert.deepEqual(
      commits.map(({ commit }) => commit.message.split("\n")[0]),
      ["Render the workflows", "Initial commit"],
    );
  });

  it("tells a mistake in the declaration by its field, without a stack", async () => {
    const file = join(program.top, folder, "index.ts");
    const { code } = await program.run(folder, ["sed", "-i", "s/staging: {}/latest: {}/", file]);
    assert.equal(code, 0);
    const { code: refused, output } = await program.pulumi(folder, ["preview"]);
    assert.notEqual(refused, 0);
    assert.match(output, /ContainerService pager: environments: is also a tag of class latest/);
    assert.doesNotMatch(output, /\n\s+at .*\(/);
  });
});
