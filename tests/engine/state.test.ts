import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testToolchain } from "./world";

const checkout = join(__dirname, "..", "..");
const page = readFileSync(join(checkout, "docs", "state.md"), "utf8");
const [, commands = ""] = /^```sh\n([^]*?)^```$/m.exec(page) ?? [];

const program = `const pulumi = require("@pulumi/pulumi");
const secret = new pulumi.Config().requireSecret("word");
new pulumi.Stash("kept", { input: secret });
exports.word = secret;
`;

describe("a stack's state", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ghcr-state-"));
    for (const name of ["old", "new"]) mkdirSync(join(folder, name));
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: small\nruntime: nodejs\nmain: index.js\n");
    writeFileSync(join(folder, "package.json"), '{ "name": "small", "private": true }');
    writeFileSync(join(folder, "index.js"), program);
    env = {
      ...process.env,
      ...(await testToolchain()).env(),
      PULUMI_CONFIG_PASSPHRASE: "of the test",
      OLD: `file://${join(folder, "old")}?metadata=skip`,
      NEW: `file://${join(folder, "new")}?metadata=skip`,
    };
    must("PULUMI_BACKEND_URL=$OLD pulumi stack init prod");
    must("PULUMI_BACKEND_URL=$OLD pulumi config set --secret word hunter2 --stack prod");
    must("PULUMI_BACKEND_URL=$OLD pulumi up --yes --skip-preview --stack prod");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function must(line: string): string {
    const { status, stdout, stderr } = spawnSync("bash", ["-ec", line], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, `${line}\n${stdout}${stderr}`);
    return stdout;
  }

  it("moves to another backend with its secrets by the lines that docs/state.md gives, and nothing changes", () => {
    assert.ok(commands.includes("stack import"), "docs/state.md has its block of commands");
    const before = readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8");
    // At a terminal the engine would ask.
    env["PULUMI_NON_INTERACTIVE"] = "true";
    must(commands);
    assert.equal(
      must("PULUMI_BACKEND_URL=$NEW pulumi stack output word --show-secrets --stack prod").trim(),
      "hunter2",
    );
    assert.equal(readFileSync(join(folder, "Pulumi.prod.yaml"), "utf8"), before);
    assert.ok(!existsSync(join(folder, "prod.json")));
    must("PULUMI_BACKEND_URL=$OLD pulumi stack rm prod --force --yes --preserve-config");
    must("PULUMI_BACKEND_URL=$NEW pulumi preview --stack prod --expect-no-changes");
  });

  it("in a folder has no file beside it that a kill could leave empty", () => {
    const files = readdirSync(join(folder, "new"), { recursive: true, encoding: "utf8" });
    assert.ok(files.some((file) => file.endsWith("prod.json")));
    assert.deepEqual(
      files.filter((file) => file.endsWith(".attrs")),
      [],
    );
  });

  it("can't be read with such a file left empty, until that is deleted", () => {
    const damaged = join(folder, "damaged");
    cpSync(join(folder, "new"), damaged, { recursive: true });
    const attributes = join(damaged, ".pulumi", "stacks", "small", "prod.json.attrs");
    writeFileSync(attributes, "");
    const line = `PULUMI_BACKEND_URL=file://${damaged} pulumi stack export --stack prod`;
    const { status, stderr } = spawnSync("bash", ["-ec", line], { cwd: folder, env, encoding: "utf8" });
    assert.notEqual(status, 0);
    assert.match(stderr, /failed to load checkpoint: EOF/);
    rmSync(attributes);
    must(line);
  });
}).timeout(300_000);
