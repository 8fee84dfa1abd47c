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
      changes.filter((change) => !/^create (.*\$)?(ghcr:index:\w+|pulumi:providers:ghcr) /.test(change)),
      [],
    );
    await world.up();
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(await world.changes(), []);
  });
});
