/** docs/onboarding.md, followed word for word: every command that stands in it is run as it stands there. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../sandbox/ports";
import { copyProgram, run, testToolchain } from "./world";

const page = readFileSync(join(__dirname, "../../docs/onboarding.md"), "utf8");

/** The page's blocks of one language, in order. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , text = ""]) => text.trimEnd());
}

describe("docs/onboarding.md", () => {
  let top: string;
  const printed: { readonly command: string; readonly output: string; readonly stdout: string }[] = [];
  const outputOf = (command: string, index = 0) =>
    printed.filter((each) => each.command === command)[index]?.output ?? assert.fail(`${command} didn't run`);

  before(async function () {
    this.timeout(15 * 60_000);
    await testToolchain();
    top = mkdtempSync(join(tmpdir(), "ghcr-platform-onboarding-"));
    copyProgram(join(top, "origin/ghcr-platform.git"), {});
    const env = {
      ...process.env,
      GHCR_SANDBOX_GITHUB_PORT: String(await freePort()),
      GHCR_SANDBOX_REGISTRY_PORT: String(await freePort()),
      // What the page takes for given: a person's name in git, and GitHub, where this checkout's copy stands in.
      ...gitConfig({
        "user.name": "Test",
        "user.email": "engineer@example.org",
        [`url.${join(top, "origin")}/.insteadOf`]: "https://github.com/albeorla/",
      }),
    };
    let folder = join(top, "home");
    mkdirSync(folder);
    for (const command of blocks("sh").flatMap((block) => block.split("\n"))) {
      const [, into] = /^cd (\S+)$/.exec(command) ?? [];
      if (into !== undefined) {
        folder = join(folder, into);
        continue;
      }
      // Asked before all is taken down again.
      if (command === "make down") await lookAtImage();
      const { code, output, stdout } = await shell(command, folder, env);
      assert.equal(code, 0, `${command}\n${output}`);
      printed.push({ command, output, stdout });
    }
  });
  after(() => {
    const folder = join(top, "home/ghcr-platform");
    // Where a command failed, the sandbox still runs.
    execFileSync("make", ["down"], { cwd: folder, stdio: "ignore" });
    rmSync(top, { recursive: true, force: true });
  });

  let index: { manifests: { platform: { architecture: string } }[] };
  async function lookAtImage(): Promise<void> {
    const { stdout = "" } = printed.find(({ command }) => command === "make -s outputs") ?? {};
    const { services } = JSON.parse(stdout) as {
      services: Record<string, { image: { reference: string } }>;
    };
    const { reference } = services["pager"]?.image ?? assert.fail("no image of pager");
    const signedIn = {
      REGISTRY_AUTH_FILE: join(top, "home/ghcr-platform/.sandbox/secrets/registry-auth.json"),
    };
    index = JSON.parse(
      run("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${reference}`], signedIn),
    );
  }

  it("has commands for every step, and ends with nothing running", () => {
    assert.ok(printed.length >= 9, String(printed.length));
    assert.equal(printed.at(-1)?.command, "make down");
    assert.match(outputOf("make down"), /stopped: /);
  });

  it("shows the declaration that new-service writes", () => {
    const [shown] = blocks("ts");
    const command = printed.find((each) => each.command.startsWith("cli/ghcr new-service"));
    assert.ok(command);
    assert.match(command.output, /\+ services\/pager\/service\.ts/);
    assert.equal(
      readFileSync(join(top, "home/ghcr-platform/services/pager/service.ts"), "utf8"),
      `${shown}\n`,
    );
  });

  it("has new-service check what it wrote and preview what it brings about", () => {
    const { output } = printed.find((each) => each.command.startsWith("cli/ghcr")) ?? assert.fail();
    for (const said of ["✓ types", "✓ lint", "✓ format", "Policy Packs run", "pager-image-build"]) {
      assert.ok(output.includes(said), `${said}\n${output}`);
    }
  });

  it("publishes the service as the page shows it, after the two that are there", () => {
    const [shown = ""] = blocks("");
    const pattern = shown
      .split("\n")
      .map((line) => line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*"))
      .join("\n");
    assert.match(outputOf("make up", 1), new RegExp(`^${pattern}$`, "m"));
    assert.doesNotMatch(outputOf("make up", 0), /^pager$/m);
  });

  it("leaves an image of both platforms in the registry", () => {
    assert.deepEqual(index.manifests.map(({ platform }) => platform.architecture).sort(), ["amd64", "arm64"]);
  });

  it("leaves both environments on GitHub", () => {
    const shown = outputOf("make show");
    for (const name of ["pager-staging", "pager-production"]) assert.ok(shown.includes(name), shown);
  });
});

function gitConfig(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings);
  return Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(entries.length)],
    ...entries.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]) as Record<string, string>;
}

function shell(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-ec", command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [output, stdout] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output, stdout }));
  });
}
