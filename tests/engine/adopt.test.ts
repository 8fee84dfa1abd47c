import assert from "node:assert/strict";
import { AdoptWorld } from "./adopt-world";

const pager = `import { defineService } from "../../core/fleet";

export default defineService({
  name: "pager",
  description: "Pages whoever is on call",
  source: { repository: { name: "pager", topics: ["paging"], homepage: "https://pager.example.org" } },
  secrets: ["PAGER_KEY"],
  variables: { REGION: "eu" },
  environments: {
    staging: {},
    production: { refs: { branches: ["main"], tags: ["v*"] }, secrets: ["DATABASE_KEY"], variables: { LOG: "info" } },
  },
});
`;

describe("a stack whose state is lost", () => {
  let world: AdoptWorld;

  before(async () => {
    world = await AdoptWorld.start({ "services/pager/service.ts": pager });
    await world.platformRepository();
    await world.up();
  });
  after(() => world.stop());

  it("is rebuilt by adopting its repositories, and then nothing changes on GitHub", async () => {
    assert.deepEqual(await world.changes(), []);
    await world.loseState();
    assert.ok((await world.changes()).length > 50, "the state is not lost");
    world.github.clearJournal();

    for (const repository of ["ghcr-platform", "pager"]) {
      const { code, output } = await world.adopt(repository);
      assert.equal(code, 0, output);
      assert.match(output, /resources of .* are in sandbox now; all preview as unchanged/);
      assert.doesNotMatch(output, /not there yet/);
    }
    assert.deepEqual(world.writes(), []);
    // Packages are compared by this program alone: nothing of that is on GitHub.
    const changes = await world.changes();
    assert.deepEqual(
      changes.filter(
        (change) => !/^create (.*\$)?(ghcr:index:(Package|Retention)|pulumi:providers:ghcr) /.test(change),
      ),
      [],
    );
    await world.up();
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(await world.changes(), []);
  });

  it("has every secret's value again, and none in clear", async () => {
    const secrets = JSON.parse(await world.stack.secretConfig()) as Record<string, Record<string, string>>;
    const values = Object.values(secrets).flatMap((each) => Object.values(each));
    const state = await world.state();
    assert.equal(values.length, 4);
    for (const value of values) assert.ok(!state.includes(value), "a secret lies in the state in clear");
  });

  it("keeps a service's resources under another name, and says what becomes of its package", async () => {
    world.github.clearJournal();
    const { code, stdout, output } = await world.ghcr("rename", "pager", "oncall", ...world.stackFlags);
    assert.equal(code, 0, output);
    assert.match(stdout, /the package pager can't be renamed/);
    assert.match(world.read("services/oncall/service.ts"), /name: "oncall",\n {2}formerNames: \["pager"\],/);
    // Its workflows say its name; packages are compared by the program alone.
    const onGitHub = (await world.changes()).filter((change) =>
      /\$(github:|ghcr:index:FileSet)/.test(change),
    );
    assert.deepEqual(
      onGitHub.filter((change) => !/^update .*:FileSet /.test(change)),
      [],
    );
    await world.up();
    assert.deepEqual(
      world.writes().filter((write) => !/^(POST|PATCH) .*\/pager\/git\//.test(write)),
      [],
    );
    assert.deepEqual(await world.changes(), []);
    const secrets = JSON.parse(await world.stack.secretConfig()) as Record<string, object>;
    assert.deepEqual(Object.keys(secrets).sort(), ["hello-python", "oncall", "todost"]);
  });

  it("forgets a service with one command, and GitHub keeps all of it", async () => {
    const dry = await world.ghcr("offboard", "oncall", "--dry-run", ...world.stackFlags);
    assert.match(dry.stdout, /would forget \d+ resources of oncall/);
    const { code, stdout, output } = await world.ghcr("offboard", "oncall", ...world.stackFlags);
    assert.equal(code, 0, output);
    assert.match(stdout, /stays as it is: the repository pager /);
    assert.throws(() => world.read("services/oncall/service.ts"), /ENOENT/);
    assert.deepEqual(await world.changes(), []);
    await world.up();
    assert.deepEqual(world.writes(), []);
    assert.equal((await world.octokit.repos.get({ owner: "albeorla", repo: "pager" })).status, 200);

    const shared = await world.ghcr("offboard", "todost", ...world.stackFlags);
    assert.equal(shared.code, 0, shared.output);
    const changes = await world.changes();
    assert.deepEqual(
      changes.filter((change) => !/^update .*:FileSet /.test(change)),
      [],
    );
  });

  it("is told what it can't rename or forget, and nothing changes", async () => {
    const rename = await world.ghcr("rename", "pager", "oncall", ...world.stackFlags);
    assert.deepEqual(
      [rename.code, /no such service is declared; there are hello-python/.test(rename.output)],
      [1, true],
    );
    const wrong = await world.ghcr("rename", "hello-python", "Hello_Python", ...world.stackFlags);
    assert.equal(wrong.code, 2);
    const offboard = await world.ghcr("offboard", "nobody", ...world.stackFlags);
    assert.deepEqual([offboard.code, /there are hello-python/.test(offboard.output)], [1, true]);
  });
});
