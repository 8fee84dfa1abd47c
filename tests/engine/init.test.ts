/** `ghcr init` with the real engine, real git and the GitHub stand-in: an organization and a user account. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { SmallProgram, token } from "./small-program";

const checkout = join(__dirname, "..", "..");
const key = "-----BEGIN PRIVATE KEY-----\nMIIEv-s3cr3t-key\n-----END PRIVATE KEY-----\n";

interface Step {
  readonly title: string;
  readonly state: string;
  readonly detail: string;
}

describe("ghcr init", () => {
  let program: SmallProgram;
  before(async () => {
    program = await SmallProgram.start();
  });
  after(() => program.stop());

  /** A checkout with one commit, as after a clone. */
  async function clone(folder: string): Promise<void> {
    mkdirSync(join(program.top, folder, "services"), { recursive: true });
    for (const file of ["Pulumi.yaml", "services/platform.ts"]) {
      cpSync(join(checkout, file), join(program.top, folder, file));
    }
    for (const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "-A"],
      ["-c", "user.name=Test", "-c", "user.email=engineer@example.org", "commit", "--quiet", "-m", "First"],
    ]) {
      const { code, output } = await program.run(folder, ["git", ...args]);
      assert.equal(code, 0, output);
    }
  }

  async function init(folder: string, args: readonly string[]): Promise<{ code: number; output: string }> {
    const { code, output } = await program.run(folder, [join(checkout, "cli/ghcr"), "init", ...args], {
      env: {
        GITHUB_TOKEN: token,
        GITHUB_API_URL: `${program.github.url}/`,
        // Pulumi.yaml is to name it.
        PULUMI_BACKEND_URL: "",
      },
    });
    assert.ok(!output.includes(token), "the token is printed");
    return { code, output };
  }

  const steps = (output: string): Record<string, string> =>
    Object.fromEntries(
      (JSON.parse(output.slice(output.indexOf('{"steps"'))) as { steps: Step[] }).steps.map(
        ({ title, state }) => [title, state],
      ),
    );

  const github = (path: string) =>
    fetch(`${program.github.url}/${path}`, { headers: { authorization: `Bearer ${token}` } });

  function filesOf(folder: string): Record<string, string> {
    return Object.fromEntries(
      readdirSync(join(program.top, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path, readFileSync(path, "latin1")]),
    );
  }

  for (const [owner, kind] of [
    ["albeorla", "an organization"],
    ["ada", "a user account"],
  ] as const) {
    it(`sets production up for ${kind}, and the second time finds all of it there`, async () => {
      const folder = `for-${owner}`;
      await clone(folder);
      const backend = `file://${join(program.top, folder, "../state-of", owner)}`;
      mkdirSync(backend.replace("file://", ""), { recursive: true });
      const args = ["--owner", owner, "--backend", backend, "--secrets-provider", "passphrase"];

      const before = filesOf(folder);
      const dry = await init(folder, [...args, "--dry-run"]);
      assert.equal(dry.code, 2, dry.output);
      assert.match(dry.output, /… would {3}repository: make [^]*Nothing was changed/);
      assert.deepEqual(filesOf(folder), before);
      assert.equal((await github(`repos/${owner}/ghcr-platform`)).status, 404);

      const first = await init(folder, args);
      assert.equal(first.code, 0, first.output);
      assert.ok(first.output.includes(`✓ there   owner: ${owner}, ${kind}`), first.output);
      for (const title of ["repository", "state backend", "stack", "configuration owner"]) {
        assert.match(first.output, new RegExp(`✓ done {4}${title}: `), first.output);
      }
      assert.match(first.output, /! needed {2}workflows: come with the first update: pulumi up --stack prod/);
      assert.equal((await github(`repos/${owner}/ghcr-platform/contents/services/platform.ts`)).status, 200);
      const project = readFileSync(join(program.top, folder, "Pulumi.yaml"), "utf8");
      assert.equal((parse(project) as { backend: { url: string } }).backend.url, backend);
      assert.equal(
        project.replace(/backend:\n.*\n/, ""),
        readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
        "what else stands in Pulumi.yaml, comments too, is left as it was",
      );
      const listed = await program.pulumi(folder, ["stack", "ls", "--json"], {
        env: { PULUMI_BACKEND_URL: "" },
      });
      assert.match(listed.output, /"name": "[^"]*prod"/);

      const after = filesOf(folder);
      const again = await init(folder, [...args, "--json"]);
      assert.equal(again.code, 0, again.output);
      const { workflows, ...others } = steps(again.output);
      assert.equal(workflows, "needed");
      assert.deepEqual([...new Set(Object.values(others))], ["there"]);
      assert.deepEqual(filesOf(folder), after);
      for (const [path, content] of Object.entries(after)) assert.ok(!content.includes(token), path);
    });
  }

  it("goes on where it was stopped, and keeps an app's key encrypted", async () => {
    const folder = "for-albeorla";
    const keyFile = join(program.top, "app.pem");
    const args = [
      "--owner",
      "albeorla",
      "--app-id",
      "1",
      "--app-installation-id",
      "2",
      "--app-key-file",
      keyFile,
    ];
    const without = await init(folder, args);
    assert.equal(without.code, 1);
    assert.match(without.output, /--app-key-file: is no private key in PEM form/);

    writeFileSync(keyFile, key);
    const { code, output } = await init(folder, args);
    assert.equal(code, 0, output);
    assert.match(
      output,
      /✓ there {3}configuration githubAppId: 1\n[^]*✓ done {4}configuration githubAppKey: encrypted/,
    );
    const stack = readFileSync(join(program.top, folder, "Pulumi.prod.yaml"), "utf8");
    assert.match(stack, /githubAppKey:\n\s+secure: /);
    assert.ok(!stack.includes("s3cr3t-key") && !output.includes("s3cr3t-key"));
  });

  it("leaves a backend that is named alone, and says how to move", async () => {
    const { code, output } = await init("for-albeorla", ["--owner", "albeorla", "--backend", "s3://other"]);
    assert.equal(code, 1);
    assert.match(output, /Pulumi\.yaml: backend\.url: names another backend[^]*pulumi stack export/);
  });

  it("refuses an owner that isn't there, and half an app, before anything is made", async () => {
    await clone("for-nobody");
    const nobody = await init("for-nobody", ["--owner", "nobody-at-all"]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.output, /--owner: there is no organization or user account of this name \(404\)/);
    const half = await init("for-nobody", ["--owner", "albeorla", "--app-id", "1"]);
    assert.equal(half.code, 2);
    assert.match(half.output, /a GitHub App needs all three/);
    assert.ok(!existsSync(join(program.top, "for-nobody/Pulumi.prod.yaml")));
  });
});
