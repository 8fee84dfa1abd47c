/** `ghcr init` with the real engine, real git and the GitHub stand-in: an organization and a user account. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { AppRegistration, RegisteredApp } from "../../sandbox/github-api/state/apps";
import { leastRights, register, testApp } from "./github-app";
import { SmallProgram, token } from "./small-program";

const checkout = join(__dirname, "..", "..");

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

  describe("with a GitHub App", () => {
    const { key, registration } = testApp("albeorla", ["albeorla", "ada"]);
    let app: RegisteredApp;
    let keyFile = "";

    before(async () => {
      keyFile = join(program.top, "app.pem");
      app = await register(program.github.url, registration);
      for (const owner of ["albeorla", "ada"]) await clone(`app-of-${owner}`);
      mkdirSync(join(program.top, "app-state"));
    });

    /** The app stays as it is; its installations are given something else. */
    async function given(permissions: AppRegistration["permissions"]): Promise<void> {
      const installations = ["albeorla", "ada"].map((account) => ({ account, permissions }));
      await register(program.github.url, { ...registration, installations });
    }

    const withApp = (owner: string, installation?: number, file = keyFile): readonly string[] => {
      const own = app.installations.find(({ account }) => account === owner)?.id;
      return [
        ...["--owner", owner, "--backend", `file://${join(program.top, "app-state")}`],
        ...["--secrets-provider", "passphrase", "--stack", owner, "--app-id", String(app.id)],
        ...["--app-installation-id", String(installation ?? own), "--app-key-file", file],
      ];
    };

    it("stops where the key is none, goes on from there, checks the app's rights, and keeps its key encrypted", async () => {
      const without = await init("app-of-albeorla", withApp("albeorla"));
      assert.equal(without.code, 1);
      assert.match(without.output, /--app-key-file: is no private key in PEM form/);

      writeFileSync(keyFile, key);
      const { code, output } = await init("app-of-albeorla", withApp("albeorla"));
      assert.equal(code, 0, output);
      assert.match(output, /✓ there {3}rights: the app platform has what an update needs, and no more\n/);
      assert.match(
        output,
        /✓ done {4}configuration githubAppId: \d+\n[^]*✓ done {4}configuration githubAppKey: encrypted/,
      );
      const stack = readFileSync(join(program.top, "app-of-albeorla", "Pulumi.albeorla.yaml"), "utf8");
      assert.match(stack, /githubAppKey:\n\s+secure: /);
      const secret = key.split("\n")[1] ?? "";
      assert.ok(!stack.includes(secret) && !output.includes(secret));
    });

    it("names each right that lacks and each beyond need, with the page that mends it", async () => {
      const { workflows: _, ...others } = leastRights;
      await given({ ...others, contents: "read", members: "read" });
      const { code, output } = await init("app-of-albeorla", withApp("albeorla"));
      await given(leastRights);
      assert.equal(code, 0, output);
      const page = `${program.github.url}/organizations/albeorla/settings`;
      const installation = app.installations[0]?.id;
      for (const right of ["Contents", "Workflows"]) {
        assert.ok(
          output.includes(
            `the GitHub App platform: lacks the repository permission "${right}: write"\n` +
              `  fix: the app asks for it: accept that at ${page}/installations/${installation}`,
          ),
          output,
        );
      }
      assert.match(
        output,
        /has more than an update needs: members: read\n {2}fix: take it away at .*\/apps\/platform\/permissions/,
      );
      assert.match(output, /2 of these only you can do/);
    });

    it("says of a user account that the app makes no repository there", async () => {
      const { code, output } = await init("app-of-ada", withApp("ada"));
      assert.equal(code, 0, output);
      assert.match(output, /✓ there {3}rights: .* GitHub lets no app make a repository of a user account/);
    });

    it("refuses a key that isn't the app's, and another owner's installation, and says which is the owner's", async () => {
      const strange = join(program.top, "strange.pem");
      const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
      writeFileSync(strange, other.export({ type: "pkcs1", format: "pem" }));
      const refused = await init("app-of-albeorla", withApp("albeorla", undefined, strange));
      assert.equal(refused.code, 1);
      assert.match(refused.output, /GitHub knows no app of this id that this key belongs to/);
      const [ofAlbeorla, ofAda] = app.installations;
      const elsewhere = await init("app-of-albeorla", withApp("albeorla", ofAda?.id));
      assert.equal(elsewhere.code, 1);
      assert.match(
        elsewhere.output,
        new RegExp(`no such installation for albeorla[^]*--app-installation-id ${ofAlbeorla?.id}\n`),
      );
    });
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
