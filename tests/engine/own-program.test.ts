/**
 * The example of a program of one's own: installed from the tarball in a folder that has nothing else, and brought up
 * for real, with the sandbox's engine, builder, registry and GitHub.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pack } from "../../package/pack";
import { SmallProgram } from "./small-program";
import { startWorld, type World } from "./world";

const checkout = join(__dirname, "..", "..");
const folder = "examples/own-program";
const secrets = { pagerKey: "pager-s3cr3t-value", databaseKey: "database-s3cr3t-value" };

describe("a Pulumi program with the components from the tarball", () => {
  let world: World;
  let program: SmallProgram;
  let token: string;

  before(async function () {
    this.timeout(10 * 60_000);
    world = await startWorld();
    program = SmallProgram.beside(world);
    token = world.sandbox.github.token;
    const tarball = await pack();
    mkdirSync(join(program.top, "dist"));
    cpSync(tarball, join(program.top, "dist", basename(tarball)));
    cpSync(join(checkout, folder), join(program.top, folder), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    await runs("npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund");
    await runs("git", "init", "--quiet", "--initial-branch=main");
    await runs("git", "add", "index.ts", "pager");
    const person = ["-c", "user.name=Test", "-c", "user.email=engineer@example.org"];
    await runs("git", ...person, "commit", "--quiet", "--message", "The pager");
    await program.must(folder, ["stack", "init", "dev"]);
    await configure();
  });
  after(async () => {
    await program.stop();
    await world.stop();
  });

  async function runs(...command: readonly string[]): Promise<void> {
    const { code, output } = await program.run(folder, command);
    assert.equal(code, 0, output);
  }

  /** What differs from production: where everything is, and how fast GitHub is asked. */
  async function configure(): Promise<void> {
    const { registry, login, builder, baseImages, vulnerabilityDatabase } = world.sandbox;
    const plain = {
      "github:owner": "albeorla",
      "github:baseUrl": `${program.github.url}/`,
      "github:writeDelayMs": "0",
      "ghcr:githubUrl": `${program.github.url}/`,
      "ghcr:registry": registry,
      "ghcr:writeDelayMs": "0",
      ...{ registry, registryUsername: login.username, vulnerabilityDatabase, baseImage: baseImages.python },
    };
    const config = ["config", "set"];
    for (const [key, value] of Object.entries(plain)) await program.must(folder, [...config, key, value]);
    const node = { endpoint: builder.address, platforms: builder.platforms };
    const set = ["config", "set", "builder"];
    await program.must(folder, set, JSON.stringify({ driver: "remote", nodes: [node] }));
    const secret = { "github:token": token, "ghcr:githubToken": token, registryPassword: login.password };
    for (const [key, value] of Object.entries({ ...secret, ...secrets })) {
      await program.must(folder, [...config, "--secret", key], value);
    }
  }

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

  it("brings it up with its image, and changes nothing the second time", async () => {
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

  it("has published the image: checked, scanned, tagged by the commit, with its evidence", async () => {
    const { registry } = world.sandbox;
    const outputs = JSON.parse(await program.must(folder, ["stack", "output", "--json"])) as {
      image: string;
      tags: readonly string[];
    };
    const [, digest = ""] = outputs.image.split("@");
    assert.equal(outputs.image, `${registry}/albeorla/pager@${digest}`);
    const revision = (await program.run(folder, ["git", "rev-parse", "HEAD"])).output.trim();
    assert.deepEqual(outputs.tags, ["latest", `sha-${revision.slice(0, 7)}`]);
    const at = `docker://${registry}/albeorla/pager`;
    for (const tag of outputs.tags) {
      const raw = world.skopeo("inspect", "--raw", "--tls-verify=false", `${at}:${tag}`);
      const { manifests } = JSON.parse(raw) as { manifests: { platform: { architecture: string } }[] };
      assert.deepEqual(
        manifests.map(({ platform }) => platform.architecture).sort(),
        world.sandbox.builder.platforms.map((platform) => platform.split("/")[1]).sort(),
      );
    }
    const { Labels: labels } = JSON.parse(
      world.skopeo("inspect", "--tls-verify=false", `${at}@${digest}`),
    ) as { Labels: Record<string, string> };
    assert.equal(labels["org.opencontainers.image.revision"], revision);
    assert.equal(labels["org.opencontainers.image.source"], `${program.github.url}/albeorla/pager`);
    const tags = JSON.parse(world.skopeo("list-tags", "--tls-verify=false", at)) as { Tags: string[] };
    assert.ok(tags.Tags.includes(`sha256-${digest.slice("sha256:".length)}`), tags.Tags.join());
  });

  it("ran the command that the package brings, and keeps no place of this machine in the state", async () => {
    const state = await program.must(folder, ["stack", "export"]);
    for (const step of ["check", "scan", "tag", "attest"]) {
      assert.ok(state.includes(`"node_modules/ghcr-platform/cli/ghcr image ${step} --input - --json"`), step);
    }
    for (const place of [program.top, checkout]) assert.ok(!state.includes(place), place);
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
