import assert from "node:assert/strict";
import { AdoptWorld, owner } from "./adopt-world";

const pager = (more = "") => `import { defineService } from "../../core/fleet";

export default defineService({
  name: "pager",
  description: "Pages whoever is on call",
  source: { repository: { name: "pager", topics: ["paging"]${more} } },
  secrets: ["PAGER_KEY"],
  variables: { REGION: "eu" },
  environments: {
    staging: {},
    production: { refs: { branches: ["main"], tags: ["v*"] }, secrets: ["DATABASE_KEY"] },
  },
});
`;
const declaration = "services/pager/service.ts";
const others = { "services/hello-python/service.ts": null, "services/todost/service.ts": null };

/** Whoever the owner is and whoever signs in: what an update made is adopted whole, and nothing is written for it. */
function itAdopts(start: () => Promise<AdoptWorld>): void {
  let world: AdoptWorld;
  before(async () => {
    world = await start();
    await world.platformRepository();
  });
  after(() => world.stop());

  it("is brought up, lost, and adopted whole without a write", async () => {
    await world.up();
    assert.deepEqual(await world.changes(), []);
    await world.loseState();
    world.github.clearJournal();
    for (const repository of ["ghcr-platform", "pager"]) {
      const { code, output } = await world.adopt(repository);
      assert.equal(code, 0, output);
      assert.match(output, /resources of .* are in sandbox now; all preview as unchanged/);
      assert.doesNotMatch(output, /not there yet/);
    }
    assert.deepEqual(world.writes().filter(isChange), []);
    await world.up();
    assert.deepEqual(world.writes().filter(isChange), []);
    assert.deepEqual(await world.changes(), []);
  });

  it("is declared by what it is where nothing declares it yet", async () => {
    const { code, output } = await world.ghcr("offboard", "pager", ...world.stackFlags);
    assert.equal(code, 0, output);
    const adopted = await world.adopt("pager");
    assert.equal(adopted.code, 0, adopted.output);
    assert.match(adopted.output, /all preview as unchanged/);
    assert.match(world.read(declaration), /topics: \["paging"\]/);
    assert.deepEqual(world.writes().filter(isChange), []);
  });
}

/** Signing in is a POST as well. */
function isChange(write: string): boolean {
  return !/^POST \/(api\/v3\/)?app\/installations\/\d+\/access_tokens$/.test(write);
}

describe("a repository of a user account", () => {
  itAdopts(() => AdoptWorld.start({ ...others, [declaration]: pager() }, { type: "User" }));
});

describe("a repository of an organization, as a GitHub App", () => {
  itAdopts(() => AdoptWorld.start({ ...others, [declaration]: pager() }, { app: true }));
});

describe("a repository of a user account, as a GitHub App", () => {
  itAdopts(async () => {
    const files = { ...others, [declaration]: pager(", existing: true") };
    const world = await AdoptWorld.start(files, { type: "User", app: true });
    // No app may make it.
    const settings = { description: "Pages whoever is on call", private: true, auto_init: true };
    await world.octokit.repos.createForAuthenticatedUser({
      ...{ name: "pager", ...settings, allow_merge_commit: false, delete_branch_on_merge: true },
    });
    await world.octokit.repos.replaceAllTopics({ owner, repo: "pager", names: ["paging"] });
    return world;
  });
});
