import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startWorld, type World } from "./world";

/** A service in a repository of its own, declared beside the first two. */
const third = `import { defineService } from "../../core/fleet";

export default defineService({
  name: "pager",
  source: { repository: { name: "pager", description: "Pages whoever is on call", topics: ["on-call"] } },
  secrets: ["PAGER_KEY"],
  environments: { production: { refs: { tags: ["v*"] }, variables: { REGION: "eu" } } },
});
`;

describe("a user account as owner, with a third service in a repository of its own", () => {
  let world: World;
  before(async () => {
    world = await startWorld({
      owner: { login: "albeorla", type: "User" },
      files: { "services/pager/service.ts": third },
    });
  });
  after(() => world.stop());

  const json = async <T>(path: string): Promise<T> => (await world.github("GET", path)).json() as Promise<T>;

  it("goes on where an interrupted up stopped", async () => {
    let seen = "";
    let stopped = false;
    const first = await world.stack.run("up", ["--yes", "--skip-preview"], (chunk, kill) => {
      seen += chunk.toString();
      if (stopped || !/github:index:Repository pager\S* created/.test(seen)) return;
      stopped = true;
      kill("SIGINT");
    });
    assert.ok(stopped, first.output);
    assert.notEqual(first.code, 0, first.output);
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.ok((await world.stack.lastChanges())["same"], "nothing of the first run was kept");
  });

  it("makes the repository with its environment, secret, workflow and rules", async () => {
    const repository = await json<{ description: string; visibility: string; owner: { type: string } }>(
      "repos/albeorla/pager",
    );
    assert.equal(repository.owner.type, "User");
    assert.equal(repository.description, "Pages whoever is on call");
    assert.equal(repository.visibility, "private");
    const { environments } = await json<{ environments: { name: string }[] }>(
      "repos/albeorla/pager/environments",
    );
    assert.deepEqual(
      environments.map(({ name }) => name),
      ["production"],
    );
    const { secrets } = await json<{ secrets: { name: string }[] }>("repos/albeorla/pager/actions/secrets");
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ["PAGER_KEY"],
    );
    const files = await json<{ name: string }[]>("repos/albeorla/pager/contents/.github/workflows");
    assert.deepEqual(
      files.map(({ name }) => name),
      ["container-publish.yml", "container-retention.yml", "promote.yml", "rescan.yml"],
    );
    const beside = await json<{ name: string }[]>("repos/albeorla/pager/contents/.github");
    assert.deepEqual(beside.map(({ name }) => name).sort(), ["dependabot.yml", "workflows"]);
    assert.equal((await json<unknown[]>("repos/albeorla/pager/rulesets")).length, 2);
  });

  it("leaves its image to its workflow", async () => {
    const { services } = (await world.stack.outputs()) as { services: Record<string, { image?: unknown }> };
    assert.deepEqual(Object.keys(services), ["hello-python", "pager", "todost"]);
    assert.equal(services["pager"]?.image, undefined);
  });

  it("can be cloned with plain git, and a branch pushed", async () => {
    const made = (await (
      await world.github("POST", "_sandbox/tokens", { login: "albeorla", scopes: ["repo", "workflow"] })
    ).json()) as { token: string };
    const target = join(world.sandbox.dir, "clone");
    const remote = new URL("albeorla/pager.git", world.sandbox.github.url).href;
    const git = (token: string, ...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: "pipe", env: gitEnvironment(token) });
    git(made.token, "clone", "--quiet", remote, target);
    const workflow = readFileSync(join(target, ".github/workflows/container-publish.yml"), "utf8");
    assert.match(workflow, /^permissions: \{\}$/m);
    writeFileSync(join(target, "README.md"), "# pager\n");
    git(made.token, "-C", target, "checkout", "--quiet", "-b", "change");
    git(made.token, "-C", target, "add", "-A");
    git(
      made.token,
      "-C",
      target,
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@example.org",
      "commit",
      "-qm",
      "Say what it is",
    );
    git(made.token, "-C", target, "push", "--quiet", "origin", "change");
    assert.equal((await world.github("GET", "repos/albeorla/pager/branches/change")).status, 200);
  });

  it("changes nothing the second time", async () => {
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.deepEqual(Object.keys(await world.stack.lastChanges()), ["same"]);
  });
});

function gitEnvironment(token: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
  };
}
